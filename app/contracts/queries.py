"""Questions about contracts: what a ticket may name, what the customer's card says of them."""

from __future__ import annotations

from datetime import date, datetime, time

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select

from ..core.access.directory import name_of_actor
from ..core.access.scope import REACH_OPTION, make_condition
from ..core.access.viewer import EDIT, PICK, Reach, current_viewer
from ..core.base import clock
from ..core.base.formatting import money, show
from ..core.forms.lookups import Conditions, Details, Fields
from ..core.views.timeline import MOST, Event, tell_each
from ..customers.models import Customer
from ..extensions import db
from . import rules
from .models import Contract


def in_state(state: str) -> ColumnElement[bool] | None:
    """Return the condition of a state a person sees (the twin of `rules.find_state`); None for an unknown one."""
    if state not in rules.LIFECYCLE.states:
        return None
    today = clock.today()
    if state == "expired":
        return and_(Contract.status == "in_force", Contract.end_on < today)
    if state == "in_force":
        return and_(Contract.status == "in_force", or_(Contract.end_on.is_(None), Contract.end_on >= today))
    return Contract.status == state


def covering(today: date) -> ColumnElement[bool]:
    """Return the condition of the contracts in force on this day (the twin of `rules.covers`)."""
    begun, lasts = or_(Contract.start_on.is_(None), Contract.start_on <= today), or_(Contract.end_on.is_(None), Contract.end_on >= today)
    return and_(Contract.status == "in_force", begun, lasts)


def contracts_of(parent: int | None) -> Conditions:
    """Return the conditions of the contracts of one customer that may be named; none without a customer."""
    return [Contract.customer_id == (parent or 0), Contract.status.in_(("in_force", "terminated", "draft"))]


def renewable_of(parent: int | None) -> Conditions:
    """Return the conditions of the contracts of one customer that can still be renewed."""
    renewed = select(Contract.renews_id).where(Contract.renews_id.is_not(None), Contract.status != "void")
    reach = make_condition(Contract, current_viewer(), EDIT, writing=True)
    conditions = [
        Contract.customer_id == (parent or 0), Contract.status.in_(rules.RENEWABLE), Contract.id.not_in(renewed),
    ]  # fmt: skip
    return conditions if reach is None else [*conditions, reach]


def make_contract_cards(rows: list[Contract]) -> dict[int, Fields]:
    """Return what a picker's list shows of each contract: number and state."""
    states = {row.id: rules.LIFECYCLE.states[row.state] for row in rows}
    return {row.id: {"number": row.number, "status": str(states[row.id].label), "tone": states[row.id].tone} for row in rows}


def make_contract_details(row: Contract) -> Details:
    """Return the card of the chosen contract: state and term."""
    state = rules.LIFECYCLE.states[row.state]
    term = f"{show(row.start_on)} – {show(row.end_on)}"
    return {"badge": {"text": str(state.label), "tone": state.tone}, "lines": [[_("Term"), term]], "warnings": []}


def add_contract_lines(customer: Customer) -> Details:
    """Return for a customer's card the contract in force and its end, or the warning that none covers today."""
    if current_viewer().reach("Contracts", PICK) is Reach.NONE:
        return {}
    statement = select(Contract).where(Contract.customer_id == customer.id, covering(clock.today()))
    found = db.session.scalars(statement.order_by(Contract.end_on.desc()).limit(1), execution_options={REACH_OPTION: "pick"}).first()
    if found is None:
        return {"warnings": [_("No contract covers today.")]}
    return {"lines": [[_("Contract in force"), _("%(number)s until %(day)s", number=found.number, day=show(found.end_on))]]}


def make_events(customer: Customer) -> list[Event]:
    """Return what a customer's timeline tells of its contracts: signed, or written while they are not."""
    contracts = select(Contract).where(Contract.customer_id == customer.id).order_by(Contract.id.desc()).limit(MOST)
    may_open = current_viewer().may("can_show", "Contracts")

    def tell(row: Contract) -> list[Event]:
        at = clock.from_local(datetime.combine(row.signed_on, time())) if row.signed_on else row.created_at
        label = _("Contract signed") if row.signed_on else _("Contract written")
        text = f"{row} · {rules.LIFECYCLE.states[row.state].label} · {money(row.amount, row.currency)}"
        url = url_for("ContractsView.show", pk=row.id) if may_open else None
        return [Event(at, label, "file-text", text, name_of_actor(row.created_by_id), url, is_day=row.signed_on is not None)]

    return tell_each(db.session.scalars(contracts), tell)
