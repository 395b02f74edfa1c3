"""Bind the rules of number series and short lists to the gate."""

from __future__ import annotations

from sqlalchemy import select

from ..core.base import clock
from ..core.writes import numbering
from ..core.writes.gate import Change
from ..core.writes.numbering import NumberSeries


def guard_series(change: Change) -> None:
    """Keep a series' length once it has issued a number, and its pattern once its year is in use."""
    row = change.row
    row.length = numbering.measure(row.pattern)
    if change.is_new:
        row.last_value = 0
        numbering.check_new_series(row.year, row.pattern, this_year=clock.today().year)
    table = NumberSeries.__table__.c
    used_length = change.facts.scalar(select(table.length).where(table.code == row.code, table.last_value > 0).limit(1))
    series = numbering.SeriesChange(
        pattern=row.pattern, old_pattern=change.old("pattern"), is_used=bool(change.old("last_value")), used_length=used_length,
        is_delete=change.kind == "delete",
    )  # fmt: skip
    numbering.check_series(series)


def guard_choice(change: Change) -> None:
    """Give an entry a code when it has none."""
    row = change.row
    if change.is_new and not row.code:
        row.code = "".join(letter if letter.isalnum() else "_" for letter in row.name_en.lower())[:30]
