"""Bind the activities' rules to the gate."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..core.access.scope import is_row_reached
from ..core.access.viewer import EDIT, Reach
from ..core.base import clock
from ..core.writes import bulk
from ..core.writes.gate import Change
from ..core.writes.option_sets import Choice
from ..customers.models import Customer
from ..staff.models import Staff
from . import rules
from .models import Activity


def guard_activity(change: Change) -> None:
    """Check an activity; stamp its author and time of entry; carry the next step to the customer."""
    row, viewer = change.row, change.viewer
    if change.is_new:
        _stamp(change)
    else:
        rules.refuse_withdrawn(is_withdrawn=change.old("withdrawn_at") is not None)
    kind = change.facts.get(Choice, row.kind_id)
    is_kind = kind is not None and kind.list_code == "activity_kind"
    rules.check_activity(rules.ActivityEntry(happened_at=row.happened_at, kind_exists=is_kind, now=clock.now()))
    if not change.is_new and not viewer.is_system:
        rules.check_editor(
            is_author=row.author_id == viewer.id,
            changes_facts=any(change.changed(name) for name in ("kind_id", "happened_at")),
        )
    if not change.is_new and (row.withdrawn_reason or row.withdrawn_at):
        _withdraw(change)
    if row.next_step_on is not None and change.changed("next_step_on"):
        customer = change.facts.get(Customer, row.customer_id)
        rules.check_next_step(may_plan=viewer.is_system or is_row_reached(viewer, customer, EDIT, writing=True))
        change.after_write.append(lambda session: _carry_next_step(session, row))


def _stamp(change: Change) -> None:
    row, viewer = change.row, change.viewer
    if not viewer.is_system:  # an import may bring its own author and time
        row.author_id, row.entered_at = viewer.id, clock.now()
        row.withdrawn_at = row.withdrawn_by_id = None
        row.withdrawn_reason = ""
    author = change.facts.get(Staff, row.author_id)
    row.author_department_id = author.department_id if author is not None else None


def _withdraw(change: Change) -> None:
    row, viewer = change.row, change.viewer
    rules.check_withdrawal(
        reason=row.withdrawn_reason,
        is_author=viewer.is_system or row.author_id == viewer.id,
        is_manager=_is_manager(change),
    )
    row.withdrawn_at, row.withdrawn_by_id = clock.now(), viewer.id


def _is_manager(change: Change) -> bool:
    """Tell whether the viewer manages the activity's customer, which is more than to borrow it."""
    viewer, before, actions = change.viewer, change.before, ("can_withdraw",)
    place = {"owner_id": before.owner_id, "department_id": before.department_id}
    return viewer.reach("Activities", actions) >= Reach.DEPARTMENT and viewer.reaches_row("Activities", actions, **place)


def _carry_next_step(session: Session, row: Activity) -> None:
    bulk.set_values(session, Customer, Customer.__table__.c.id == row.customer_id, {"next_follow_up": row.next_step_on})
