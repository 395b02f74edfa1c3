"""Questions about contracts: what a ticket may name, what the customer's card says of them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from ..core import clock
from ..core.access import EDIT, PICK, Reach, current_viewer
from ..core.display import show
from ..core.scope import REACH_OPTION, make_condition
from ..customers.models import Customer
from ..extensions import db
from . import rules
from .models import Contract


def contracts_of(parent: int | None) -> list[Any]:
    """Return the conditions of the contracts of one customer that may be named; none without a customer."""
    return [Contract.customer_id == (parent or 0), Contract.status.in_(("in_force", "terminated", "draft"))]


def renewable_of(parent: int | None) -> list[Any]:
    """Return the conditions of the contracts of one customer that can still be renewed."""
    renewed = select(Contract.renews_id).where(Contract.renews_id.is_not(None), Contract.status != "void")
    reach = make_condition(Contract, current_viewer(), EDIT)
    conditions = [
        Contract.customer_id == (parent or 0), Contract.status.in_(("in_force", "terminated")), Contract.id.not_in(renewed),
    ]  # fmt: skip
    return conditions if reach is None else [*conditions, reach]


def make_contract_cards(rows: list[Contract]) -> dict[int, dict[str, Any]]:
    """Return the card of each contract: its state and term."""
    cards = {}
    for row in rows:
        state = rules.LIFECYCLE.states[row.state]
        term = f"{show(row.start_on)} – {show(row.end_on)}"
        cards[row.id] = {
            "number": row.number, "status": str(state.label), "tone": state.tone,
            "card": {"badge": {"text": str(state.label), "tone": state.tone}, "lines": [[_("Term"), term]], "warnings": []},
        }  # fmt: skip
    return cards


def add_contract_lines(customers: list[Customer]) -> dict[int, dict[str, Any]]:
    """Return for customers' cards the contract in force and its end, or the warning that none covers today."""
    if current_viewer().reach("Contracts", PICK) is Reach.NONE:
        return {}
    today = clock.today()
    statement = select(Contract).where(
        Contract.customer_id.in_([customer.id for customer in customers]),
        Contract.status == "in_force",
        or_(Contract.start_on.is_(None), Contract.start_on <= today),
        or_(Contract.end_on.is_(None), Contract.end_on >= today),
    )
    covering: dict[int, Contract] = {}
    for contract in db.session.scalars(statement.order_by(Contract.end_on), execution_options={REACH_OPTION: "pick"}):
        covering[contract.customer_id] = contract
    parts: dict[int, dict[str, Any]] = {}
    for customer in customers:
        found = covering.get(customer.id)
        if found is None:
            parts[customer.id] = {"warnings": [_("No contract covers today.")]}
        else:
            text = _("%(number)s until %(day)s", number=found.number, day=show(found.end_on))
            parts[customer.id] = {"lines": [[_("Contract in force"), text]]}
    return parts
