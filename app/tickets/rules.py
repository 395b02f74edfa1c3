"""What may happen to a ticket. Plain functions, no framework."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from ..core.base.errors import RuleViolation
from ..core.base.lifecycle import Lifecycle, Move, State

REASON_NEEDED = _l("Enter the reason.")

LIFECYCLE = Lifecycle(
    states={
        "open": State(_l("Open"), "blue"),
        "in_progress": State(_l("In progress"), "blue"),
        "waiting": State(_l("Waiting"), "amber"),
        "resolved": State(_l("Resolved"), "green"),
        "closed": State(_l("Closed"), "grey"),
    },
    first="open",
    moves=(
        Move("start", _l("Start work"), ("open", "waiting"), "in_progress"),
        Move("wait", _l("Wait for others"), ("open", "in_progress"), "waiting", {"status_reason": REASON_NEEDED}),
        Move("resolve", _l("Resolve"), ("open", "in_progress", "waiting"), "resolved"),
        Move("close", _l("Close"), ("resolved",), "closed"),
        Move("reopen", _l("Reopen"), ("resolved", "closed"), "open", {"status_reason": REASON_NEEDED}),
    ),
)

OPEN = ("open", "in_progress", "waiting")  # work is still to be done

SUBJECT_NEEDED = _l("Enter the subject.")
PRIORITY_NEEDED = _l("Choose a priority.")
ASSIGNEE_BAD = _l("Choose an active member of maintenance.")
CONTRACT_BAD = _l("Choose a contract of this customer.")
IS_CLOSED = _l("A closed ticket cannot be changed. Reopen it first.")


def check_priority(*, priority_exists: bool) -> None:
    """Refuse a ticket without a priority."""
    if not priority_exists:
        raise RuleViolation(PRIORITY_NEEDED, "priority")


def check_assignee(*, is_active_maintenance: bool) -> None:
    """Refuse an assignee who is not active or may not work tickets."""
    if not is_active_maintenance:
        raise RuleViolation(ASSIGNEE_BAD, "assignee")


def check_contract(*, contract_customer_id: int | None, customer_id: int) -> None:
    """Refuse a contract of another customer (or none that exists)."""
    if contract_customer_id != customer_id:
        raise RuleViolation(CONTRACT_BAD, "contract")


def refuse_closed(*, old_status: str | None, new_status: str) -> None:
    """Refuse any change of a closed ticket but its reopening."""
    if old_status == "closed" and new_status == "closed":
        raise RuleViolation(IS_CLOSED)


def is_overdue(status: str, due_at: datetime | None, now: datetime) -> bool:
    """Tell whether a ticket still waits for its work after the instant by which it was due."""
    return status in OPEN and due_at is not None and due_at < now


def find_due(reported_at: datetime, hours: int) -> datetime:
    """Return the instant by which a ticket of this priority is due."""
    return reported_at + timedelta(hours=hours)
