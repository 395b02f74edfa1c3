"""Bind the customers' rules to the gate: gather the facts, call the rule, complete the row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.access.scope import is_row_reached
from ..core.access.viewer import EDIT, SEE, Reach
from ..core.base import clock
from ..core.base.errors import UNIQUE, LimitedAnswer, RuleViolation
from ..core.sharing.shares import revoke
from ..core.writes import bulk, probes
from ..core.writes.gate import Change
from ..core.writes.option_sets import read_entries
from ..notices.queries import notify
from ..staff.models import Staff
from ..staff.queries import is_holder
from . import rules
from .models import Contact, Customer, Status


def guard_customer(change: Change) -> None:
    """Check a customer's own fields, stage and owner."""
    row = change.row
    if row.credit_code is not None and change.changed("credit_code"):
        _guard_credit_code(change)
    _guard_stage(change)
    _guard_step(change)
    _guard_owner(change)


def _guard_credit_code(change: Change) -> None:
    """Refuse a code that another customer has; of one outside the person's reach only that it is there."""
    row, facts, viewer = change.row, change.facts, change.viewer
    probes.refuse_prober(facts, viewer, "credit_code")
    other = facts.scalar(select(Customer).where(Customer.credit_code == row.credit_code, Customer.id != (row.id or 0)))
    if other is None:
        return
    if other.deleted_at is None and is_row_reached(viewer, other, SEE):
        raise RuleViolation(UNIQUE, "credit_code")
    raise LimitedAnswer(rules.ALREADY_ENTERED, "credit_code", other)


def _guard_stage(change: Change) -> None:
    row = change.row
    if not change.is_new and not change.changed("status_id"):
        row.stage = change.before.stage
        _guard_end(change)
        return
    status = read_entries(Status).get(row.status_id or 0)
    if status is None:
        raise RuleViolation(rules.STATUS_NEEDED, "status")
    if not status.is_active:
        raise RuleViolation(rules.STATUS_RETIRED, "status")
    rules.check_stage_move(change.old("stage"), status.stage)
    row.stage = status.stage
    _guard_end(change)


def _guard_end(change: Change) -> None:
    """Keep reason and day of a termination with the terminated alone, and keep them right when they change."""
    row = change.row
    if row.stage != rules.TERMINATED:
        row.ended_on, row.status_reason = None, ""
    elif change.is_new or any(change.changed(name) for name in ("status_id", "status_reason", "ended_on")):
        rules.check_end(reason=row.status_reason, ended_on=row.ended_on, today=clock.today())


def _guard_step(change: Change) -> None:
    """Settle the next step: its state and how often it was postponed are worked out here alone."""
    row = change.row
    old = change.before.step if change.before is not None else rules.NO_STEP
    if row.step != old:
        step = rules.settle_step(old, row.step)
        row.next_step, row.next_step_on, row.next_step_at = step.text, step.on, step.at
        row.next_step_state, row.next_step_postponed = step.state, step.postponed


def _guard_owner(change: Change) -> None:
    row, viewer = change.row, change.viewer
    if change.is_new and row.owner_id is None:
        row.owner_id = viewer.id
    if not change.changed("owner_id"):
        row.department_id = change.before.department_id
        return
    owner = change.facts.get(Staff, row.owner_id, share=True)
    is_active = owner is not None and bool(owner.active)
    if change.is_new and viewer.profile is not None and row.owner_id == viewer.id:
        rules.check_own_account(is_active=is_active)
        row.department_id = owner.department_id  # as it is now: who is moved meanwhile takes the customer along
        return
    needed = ("can_add",) if change.is_new else EDIT
    handing = rules.OwnerChange(
        exists=owner is not None,
        is_active=is_active,
        in_reach=owner is not None and viewer.reaches_row("Customers", needed, owner_id=owner.id, department_id=owner.department_id),
        is_new_row=change.is_new,
        is_self=viewer.id is not None and row.owner_id == viewer.id,
        may_reassign=_may_give(change, needed),
        may_work=viewer.is_system or is_holder(change.facts.session, row.owner_id, "can_edit", "Customers"),
    )
    rules.check_owner(handing)
    row.department_id = owner.department_id
    if not change.is_new:
        change.after_write.append(lambda session: _receive(session, row))


def _receive(session: Session, row: Any) -> None:
    """Tell the new owner; end what was lent to them, which would stay lent when they give it on."""
    revoke(session, row, row.owner_id)
    notify(session, row.owner_id, "given", row)


def _may_give(change: Change, actions: tuple[str, ...]) -> bool:
    """Tell whether the viewer manages the customer: who only borrows it gives it to nobody."""
    viewer, before = change.viewer, change.before
    if viewer.reach("Customers", actions) < Reach.DEPARTMENT:
        return False
    return change.is_new or viewer.reaches_row("Customers", actions, owner_id=before.owner_id, department_id=before.department_id)


def find_restored_phones(change: Change) -> None:
    """Make a restored customer found by the phones of the contacts that come back with it."""
    if change.kind == "restore":
        change.after_write.append(lambda session: refresh_search_text(session, change.row.id))


def guard_contact(change: Change) -> None:
    """Keep one primary contact; keep the customer's search line true."""
    row = change.row

    def follow(session: Session) -> None:
        table = Contact.__table__
        if row.is_primary and change.changed("is_primary"):
            others = (table.c.customer_id == row.customer_id) & (table.c.id != row.id) & table.c.is_primary
            bulk.set_values(session, Contact, others, {"is_primary": False})
        refresh_search_text(session, row.customer_id)

    change.after_write.append(follow)


def refresh_search_text(session: Session, customer_id: int) -> None:
    """Rewrite one customer's search line from its name, number, code and phones."""
    customer, contact = Customer.__table__.c, Contact.__table__.c
    connection = session.connection()
    row = connection.execute(
        select(customer.name, customer.number, customer.credit_code, customer.search_text).where(customer.id == customer_id)
    ).one()
    phones = connection.execute(
        select(contact.phone).where(contact.customer_id == customer_id, contact.deleted_at.is_(None)).order_by(contact.id)
    ).scalars()
    text = rules.make_search_text(row.name, row.number, row.credit_code, list(phones))
    if text != row.search_text:
        bulk.set_values(session, Customer, customer.id == customer_id, {"search_text": text})


def guard_status(change: Change) -> None:
    """Keep the stage of a status in use; refuse to delete one."""
    row = change.row
    if change.is_new:
        return
    in_use = change.facts.scalar(select(Customer.id).where(Customer.status_id == row.id).limit(1)) is not None
    if change.kind == "delete" and in_use:
        raise RuleViolation(rules.STATUS_IN_USE)
    if change.changed("stage") and in_use:
        raise RuleViolation(rules.STAGE_IN_USE, "stage")
