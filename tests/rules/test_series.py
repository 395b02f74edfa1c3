"""The rules of number series, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.writes import numbering

from .said import hear

OLD = "HT{year}{seq:06}"


@pytest.mark.parametrize(
    ("pattern", "is_used", "used_length", "is_delete", "passes"),
    [
        (OLD, False, None, False, True),
        ("HT{year}{seq:07}", False, None, False, True),
        ("HX{year}{seq:06}", False, 12, False, True),  # another prefix for the next year, of the same length
        ("H{year}{seq:07}", False, 12, False, True),
        ("HT{year}{seq:07}", False, 12, False, False),
        (OLD, True, 12, False, True),
        ("HX{year}{seq:06}", True, 12, False, False),
        (OLD, True, 12, True, False),
        (OLD, False, 12, True, True),
    ],
)
def test_a_series_in_use_stays_as_it_is(pattern: str, is_used: bool, used_length: int | None, is_delete: bool, passes: bool) -> None:
    change = numbering.SeriesChange(pattern=pattern, old_pattern=OLD, is_used=is_used, used_length=used_length, is_delete=is_delete)
    heard = hear(numbering.check_series, change)
    assert (heard is None) == passes
    assert heard is None or heard[1] == "pattern"


@pytest.mark.parametrize(
    ("year", "pattern", "passes"),
    [
        (2026, OLD, True),
        (2027, OLD, True),
        (2025, OLD, False),
        (2028, OLD, False),
        (0, OLD, False),
        (0, "KH{seq:06}", True),
        (2026, "KH{seq:06}", False),
    ],
)
def test_a_series_is_of_this_year_or_the_next(year: int, pattern: str, passes: bool) -> None:
    heard = hear(numbering.check_new_series, year, pattern, this_year=2026)
    assert heard == (None if passes else (numbering.YEAR_BAD, "year"))


@pytest.mark.parametrize(
    ("sequence", "number"), [(1, "HT2026000001"), (999_999, "HT2026999999"), (1_000_000, None)], ids=["first", "last", "full"]
)
def test_a_series_ends_before_its_numbers_grow(sequence: int, number: Any) -> None:
    heard = hear(numbering.compose, OLD, 2026, sequence)
    assert heard == (None if number else (numbering.SERIES_FULL, None))
    assert not number or numbering.compose(OLD, 2026, sequence) == number
