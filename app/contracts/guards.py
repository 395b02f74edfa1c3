"""Bind the contracts' rules to the gate, and what contracts forbid their customers."""

from __future__ import annotations

from sqlalchemy import select

from ..core.access.scope import is_row_reached
from ..core.access.viewer import SEE
from ..core.base import clock
from ..core.writes import numbering
from ..core.writes.gate import Change
from ..customers import rules as customer_rules
from ..customers.models import Customer
from . import rules
from .models import Contract


def guard_contract(change: Change) -> None:
    """Check a contract: signed customer, terms, move, renewal; enter a void number in the ledger."""
    row, old_status = change.row, change.old("status")
    if row.status is None:
        row.status = rules.LIFECYCLE.first
    rules.refuse_ended(old_status=old_status)
    if change.changed("customer_id"):
        rules.check_customer_change(old_status=old_status)
        customer_rules.refuse_unsigned(_read_stage(change))
    rules.check_terms(start_on=row.start_on, end_on=row.end_on)
    _guard_move(change)
    if _comes_into_force(change):
        rules.check_customer_of_force(is_signed=_read_stage(change) == customer_rules.SIGNED)
    if row.renews_id is not None and (change.changed("renews_id") or change.changed("customer_id")):
        _guard_renewal(change)


def _read_stage(change: Change) -> str | None:
    """Return the stage of the contract's customer, who keeps it until the transaction ends."""
    customer = change.facts.get(Customer, change.row.customer_id, share=True)
    return customer.stage if customer is not None else None


def _comes_into_force(change: Change) -> bool:
    """Tell whether the contract is in force today and was not: by a move, a later end, or out of the bin."""
    row, today = change.row, clock.today()
    was = None if change.is_new or change.kind == "restore" else rules.find_state(change.old("status"), change.old("end_on"), today)
    return change.kind != "delete" and rules.find_state(row.status, row.end_on, today) == "in_force" != was


def _guard_move(change: Change) -> None:
    row, old = change.row, change.old("status")
    given = {name: getattr(row, name) for name in ("status_reason", "signed_on", "start_on", "end_on")}
    if change.viewer.is_system and change.is_new and row.status in rules.LIFECYCLE.states:
        old = row.status  # an import brings contracts as they stand
    if change.kind in ("delete", "restore"):
        return
    if not change.changed("status_reason"):
        given["status_reason"] = ""  # the reason of an earlier change does for no later one
    rules.LIFECYCLE.check_move(old, row.status, given)
    if row.status == "in_force":
        rules.check_start(signed_on=row.signed_on, start_on=row.start_on, end_on=row.end_on)
    if row.status == "void" and change.old("status") != "void":
        change.after_write.append(lambda session: numbering.set_number_status(session, row.number, "void", row.status_reason))


def _guard_renewal(change: Change) -> None:
    row, contract = change.row, Contract
    renewed = change.facts.get(Contract, row.renews_id, lock=True)
    reached = renewed is not None and is_row_reached(change.viewer, renewed, SEE)
    taken = select(contract.id).where(contract.renews_id == row.renews_id, contract.status != "void", contract.deleted_at.is_(None))
    renewal = rules.Renewal(
        is_self=not change.is_new and row.renews_id == row.id,
        exists=reached,
        same_customer=reached and renewed.customer_id == row.customer_id,
        status=renewed.status if reached else None,
        already_renewed=change.facts.scalar(taken.where(contract.id != (row.id or 0))) is not None,
    )
    rules.check_renewal(renewal)


def guard_attachment(change: Change) -> None:
    """Refuse to change the files of a contract that has ended."""
    contract = change.facts.get(Contract, change.row.record_id, share=True)
    rules.refuse_ended(old_status=contract.status if contract is not None else None)


def guard_customer_of_contracts(change: Change) -> None:
    """Refuse that a customer with contracts leaves the signed stage, or ends while one is in force."""
    row = change.row
    if change.is_new or row.stage == change.old("stage"):
        return
    contracts = change.facts.all(select(Contract).where(Contract.customer_id == row.id, Contract.deleted_at.is_(None)))
    today = clock.today()
    in_force = [c for c in contracts if c.status == "in_force" and rules.find_state(c.status, c.end_on, today) == "in_force"]
    shown = [c.number for c in in_force if is_row_reached(change.viewer, c, SEE)]
    move = customer_rules.StageMove(
        old=change.old("stage"),
        new=row.stage,
        has_contracts=any(c.status != "void" for c in contracts),
        in_force=shown,
        is_hidden=len(in_force) > len(shown),
    )
    customer_rules.check_contracts_allow(move)
