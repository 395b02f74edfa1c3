"""What may come back from the bin, and what may leave it for good. Plain functions, no framework."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.base.errors import AccessDenied, RuleViolation

ONLY_ADMIN = _l("Only an administrator can delete for good.")
NOT_IN_BIN = _l("Only what is in the bin can be deleted for good.")
REASON_NEEDED = _l("Enter the reason; it stays in the history and the ledger.")
NUMBERED_BELOW = _l("Numbered entries still hang on this one. Delete those for good first.")


def check_purge(*, is_admin: bool, is_binned: bool, reason: str, numbered_below: int) -> None:
    """Refuse to delete for good what is not in the bin, without a reason, by others than an Admin, or with numbers below it."""
    if not is_admin:
        raise AccessDenied(ONLY_ADMIN)
    if not is_binned:
        raise RuleViolation(NOT_IN_BIN)
    if not reason.strip():
        raise RuleViolation(REASON_NEEDED, "reason")
    if numbered_below:
        raise RuleViolation(NUMBERED_BELOW)
