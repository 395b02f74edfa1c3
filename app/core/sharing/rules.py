"""What may be lent, to whom and how long. Plain functions, no framework."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from ..base.errors import AccessDenied, RuleViolation

ACCESS_WORDS = {"read": _l("Read"), "full": _l("Full access")}
NOT_SHARED_BY_YOU = _l("Only its salesperson or a manager can share this.")
NOBODY_CHOSEN = _l("Choose an active colleague.")
ALREADY_THEIRS = _l("This colleague is its salesperson already.")
UNTIL_PAST = _l("Choose a day from today on.")


@dataclass(frozen=True, kw_only=True)
class Loan:
    """A share as it is to be granted: of what, by whom, to whom, how far and until when (None: open-ended)."""

    reason: str | None  # by what the giver reaches the row for editing (see scope.find_reason)
    is_active: bool  # the borrower's account
    is_owner: bool  # the borrower owns the row
    access_kind: str
    until: date | None
    today: date


def check_share(loan: Loan) -> None:
    """Refuse a share by someone who only borrows the row, to nobody, to its owner, or for a time that is past."""
    check_lender(loan.reason)
    if not loan.is_active or loan.access_kind not in ACCESS_WORDS:
        raise RuleViolation(NOBODY_CHOSEN, "staff")
    if loan.is_owner:
        raise RuleViolation(ALREADY_THEIRS, "staff")
    if loan.until is not None and loan.until < loan.today:
        raise RuleViolation(UNTIL_PAST, "until")


def check_lender(reason: str | None) -> None:
    """Refuse to lend or take back a row by someone who only borrows it. `reason`: as in `Loan`."""
    if reason in (None, "share"):
        raise AccessDenied(NOT_SHARED_BY_YOU)
