"""The rule of the bin, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from app.oversight import rules

from .said import hear, is_denied

GOOD: dict[str, Any] = {"is_admin": True, "is_deleted": True, "reason": "written twice", "numbered_below": 0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"is_admin": False}, (rules.ONLY_ADMIN, None)),
        ({"is_admin": False, "is_deleted": False, "reason": ""}, (rules.ONLY_ADMIN, None)),
        ({"is_deleted": False}, (rules.NOT_IN_BIN, None)),
        ({"reason": "  "}, (rules.REASON_NEEDED, "reason")),
        ({"numbered_below": 1}, (rules.NUMBERED_BELOW, None)),
    ],
)
def test_purging(change: dict[str, Any], said: Any) -> None:
    assert hear(rules.check_purge, rules.Purge(**GOOD | change)) == said
    assert is_denied(rules.check_purge, rules.Purge(**GOOD | change)) == (change.get("is_admin") is False)
