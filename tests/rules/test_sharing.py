"""The rules of lending, as tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.core.sharing import rules

from .said import hear, is_denied

TODAY = date(2026, 11, 23)
GOOD: dict[str, Any] = {
    "reason": "own", "is_active": True, "is_owner": False, "access_kind": "read", "until": None, "today": TODAY,
}  # fmt: skip


@pytest.mark.parametrize("reason", ["own", "department", "all"])
@pytest.mark.parametrize("until", [None, TODAY, TODAY + timedelta(days=9)])
@pytest.mark.parametrize("access_kind", ["read", "full"])
def test_owners_and_managers_share(reason: str, until: date | None, access_kind: str) -> None:
    loan = rules.Loan(**GOOD | {"reason": reason, "until": until, "access_kind": access_kind})
    assert hear(rules.check_share, loan) is None
    assert hear(rules.check_lender, reason) is None


@pytest.mark.parametrize("reason", [None, "share"])
def test_who_only_borrows_a_row_cannot_lend_it_on(reason: str | None) -> None:
    loan = rules.Loan(**GOOD | {"reason": reason})
    assert hear(rules.check_share, loan) == hear(rules.check_lender, reason) == (rules.NOT_SHARED_BY_YOU, None)
    assert is_denied(rules.check_share, loan) and is_denied(rules.check_lender, reason)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_active": False}, (rules.NOBODY_CHOSEN, "staff")),
        ({"is_owner": True}, (rules.ALREADY_THEIRS, "staff")),
        ({"access_kind": "admin"}, (rules.NOBODY_CHOSEN, "staff")),
        ({"until": TODAY - timedelta(days=1)}, (rules.UNTIL_PAST, "until")),
    ],
)
def test_a_share_to_nobody_to_its_owner_or_in_the_past_is_refused(change: dict[str, Any], said: Any) -> None:
    assert hear(rules.check_share, rules.Loan(**GOOD | change)) == said
