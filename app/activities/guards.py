"""Bind the activities' rules to the gate."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.access.scope import is_row_reached
from ..core.access.viewer import EDIT, Reach
from ..core.base import clock
from ..core.writes import bulk
from ..core.writes.gate import Change
from ..core.writes.option_sets import Choice
from ..customers.models import Contact, Customer
from ..customers.rules import OPEN, check_step_day
from ..staff.models import Staff
from . import queries, rules
from .models import Activity

BATCH = 500  # customers of one statement


def guard_activity(change: Change) -> None:
    """Check an activity; stamp its author and time of entry; carry the next step to the customer, in place of its own."""
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
            changes_facts=any(change.changed(name) for name in ("kind_id", "happened_at", "contact_id")),
        )
    _guard_contact(change)
    if not change.is_new and (row.withdrawn_reason or row.withdrawn_at):
        _withdraw(change)
    if change.is_new or row.step != change.before.step:
        check_step_day(row.step)
        _guard_plan(change)


def _guard_contact(change: Change) -> None:
    """Refuse another customer's contact; one that is made in the same breath has no id yet."""
    row = change.row
    made = row.__dict__.get("contact") if row.contact_id is None else None
    if made is not None:
        is_same = made.customer is row.customer is not None
        rules.check_contact(is_theirs=is_same or made.customer_id == row.customer_id is not None, is_living=True)
    elif row.contact_id is not None and change.changed("contact_id"):
        contact = change.facts.get(Contact, row.contact_id)
        is_theirs = contact is not None and contact.customer_id == row.customer_id
        rules.check_contact(is_theirs=is_theirs, is_living=is_theirs and contact.deleted_at is None)


def _guard_plan(change: Change) -> None:
    row, viewer = change.row, change.viewer
    if row.next_step_on is not None:
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
    step = {"next_step": row.next_step, "next_step_on": row.next_step_on, "next_step_at": row.next_step_at}
    fresh = {"next_step_state": OPEN, "next_step_postponed": 0}
    bulk.set_values(session, Customer, Customer.__table__.c.id == row.customer_id, {**step, **fresh})


def recount_last_contacts(session: Session, customer_ids: Sequence[int]) -> None:
    """Write down anew when, how and with whom each of the customers was last spoken to, of the activities that count.

    The customers are locked first, by a statement of its own: the next one then sees what others committed before they let go.
    """
    customer = Customer.__table__.c
    for start in range(0, len(customer_ids), BATCH):
        mine = customer.id.in_(customer_ids[start : start + BATCH])
        session.connection().execute(select(customer.id).where(mine).order_by(customer.id).with_for_update(key_share=True))
        bulk.keep(session, Customer, mine, queries.select_last_contact())
