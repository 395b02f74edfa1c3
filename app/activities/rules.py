"""What may happen to an activity. Plain functions, no framework."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from ..core.base.errors import AccessDenied, RuleViolation

TEXT_NEEDED = _l("Enter what was said or done.")
TIME_NEEDED = _l("Enter when it happened.")
IN_FUTURE = _l("An activity is logged after it happened; this time lies in the future.")
KIND_NEEDED = _l("Choose a kind.")
REASON_NEEDED = _l("Enter the reason for the withdrawal.")
CONTACT_NOT_THEIRS = _l("Choose a contact of this customer.")
IS_WITHDRAWN = _l("This activity is withdrawn and cannot be changed.")
NOT_YOURS = _l("Only the person who logged it or a manager can withdraw an activity.")
# A phone's clock may run ahead of the server's.
TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class ActivityEntry:
    """An activity as it is to be saved, and the instant of saving. Instants in UTC."""

    happened_at: datetime
    kind_exists: bool
    now: datetime


def check_activity(entry: ActivityEntry) -> None:
    """Refuse an activity of no kind, or one that has not happened yet."""
    if not entry.kind_exists:
        raise RuleViolation(KIND_NEEDED, "kind")
    if entry.happened_at > entry.now + TOLERANCE:
        raise RuleViolation(IN_FUTURE, "happened_at")


def check_contact(*, is_theirs: bool, is_living: bool) -> None:
    """Refuse a contact who is another customer's, unknown, or removed."""
    if not (is_theirs and is_living):
        raise RuleViolation(CONTACT_NOT_THEIRS, "contact")


def check_withdrawal(*, reason: str | None, is_author: bool, is_manager: bool) -> None:
    """Refuse a withdrawal without a reason, or by someone who is neither its author nor a manager."""
    if not (is_author or is_manager):
        raise AccessDenied(NOT_YOURS, "withdrawn_reason")
    if not (reason or "").strip():
        raise RuleViolation(REASON_NEEDED, "withdrawn_reason")


def refuse_withdrawn(*, is_withdrawn: bool) -> None:
    """Refuse any change of an activity that was withdrawn."""
    if is_withdrawn:
        raise RuleViolation(IS_WITHDRAWN)


ONLY_LENT = _l("You may read this customer, but not plan its next step. Leave the next step empty, or ask its salesperson.")


def check_next_step(*, may_plan: bool) -> None:
    """Refuse that someone who only reads the customer plans its next step."""
    if not may_plan:
        raise RuleViolation(ONLY_LENT, "next_step_on")


NOT_THE_AUTHOR = _l("Only the person who logged an activity can change its kind, time and contact.")


def check_editor(*, is_author: bool, changes_facts: bool) -> None:
    """Refuse that someone other than the author changes what was counted; text and result are the owner's to edit."""
    if changes_facts and not is_author:
        raise AccessDenied(NOT_THE_AUTHOR, "happened_at")
