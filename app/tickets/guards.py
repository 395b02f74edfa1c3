"""Bind the tickets' rules to the gate."""

from __future__ import annotations

from ..contracts.models import Contract
from ..core.base import clock
from ..core.writes.gate import Change
from ..customers import rules as customer_rules
from ..customers.models import Customer
from ..notices.queries import notify
from ..staff.queries import is_holder, lock_active_accounts
from . import rules
from .models import Priority


def guard_ticket(change: Change) -> None:
    """Check a ticket: signed customer, its contract, assignee, move; set when it is due."""
    row, facts = change.row, change.facts
    if row.status is None:
        row.status = rules.LIFECYCLE.first
    if change.kind in ("delete", "restore"):
        return
    rules.refuse_closed(old_status=change.old("status"), new_status=row.status)
    if change.changed("customer_id"):
        customer = facts.get(Customer, row.customer_id, share=True)
        customer_rules.refuse_unsigned(customer.stage if customer is not None else None)
    priority = facts.get(Priority, row.priority_id)
    is_usable = priority is not None and (priority.is_active or change.viewer.is_system or not change.changed("priority_id"))
    rules.check_priority(priority_exists=is_usable)
    if row.contract_id is not None and (change.changed("contract_id") or change.changed("customer_id")):
        contract = facts.get(Contract, row.contract_id, share=True)
        usable = contract is not None and contract.deleted_at is None and contract.status != "void"
        rules.check_contract(contract_customer_id=contract.customer_id if usable else None, customer_id=row.customer_id)
    if row.assignee_id is not None and change.changed("assignee_id"):
        lock_active_accounts(facts.session, [row.assignee_id])  # before it is asked: an account that is being closed is waited for
        holds = is_holder(facts.session, row.assignee_id, "can_edit", "Tickets")
        rules.check_assignee(is_active_maintenance=holds)
        change.after_write.append(lambda session: notify(session, row.assignee_id, "assigned", row))
    _guard_move(change)
    _set_times(change, priority)


def _guard_move(change: Change) -> None:
    row, old = change.row, change.old("status")
    if change.viewer.is_system and change.is_new and row.status in rules.LIFECYCLE.states:
        return  # an import brings tickets as they stand
    is_given = change.changed("status_reason")  # the reason of an earlier move does for no later one
    move = rules.LIFECYCLE.check_move(old, row.status, {"status_reason": row.status_reason if is_given else ""})
    if move is not None and not is_given:
        row.status_reason = ""


def _set_times(change: Change, priority: Priority) -> None:
    row = change.row
    if change.is_new and (row.reported_at is None or not change.viewer.is_system):
        row.reported_at = clock.now()
    if change.is_new or change.changed("priority_id"):
        row.due_at = rules.find_due(row.reported_at, priority.hours)
    if row.status in ("resolved", "closed"):
        row.resolved_at = row.resolved_at or clock.now()
    else:
        row.resolved_at = None
