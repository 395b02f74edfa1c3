"""What may come back from the bin, and what may leave it for good. Plain functions, no framework."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ..core.base.errors import AccessDenied, RuleViolation

ONLY_ADMIN = _l("Only an administrator can delete for good.")
NOT_IN_BIN = _l("Only what is in the bin can be deleted for good.")
REASON_NEEDED = _l("Enter the reason; it stays in the history and the ledger.")
NUMBERED_BELOW = _l("Numbered entries still hang on this one. Delete those for good first.")


@dataclass(frozen=True, kw_only=True)
class Purge:
    """A record that somebody wants to delete for good; `numbered_below` counts the numbered records that belong to it."""

    is_admin: bool
    is_deleted: bool
    reason: str
    numbered_below: int


def check_purge(purge: Purge) -> None:
    """Refuse to delete for good what is not in the bin, without a reason, by others than an Admin, or with numbers below it."""
    if not purge.is_admin:
        raise AccessDenied(ONLY_ADMIN)
    if not purge.is_deleted:
        raise RuleViolation(NOT_IN_BIN)
    if not purge.reason.strip():
        raise RuleViolation(REASON_NEEDED, "reason")
    if purge.numbered_below:
        raise RuleViolation(NUMBERED_BELOW)
