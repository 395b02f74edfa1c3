"""The printable sheet of a handover: one page a customer with its facts, contacts, open items and last five activities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import selectinload

from ..activities.models import Activity
from ..contracts.models import Contract
from ..contracts.rules import LIFECYCLE as CONTRACT_STATES
from ..core.access.directory import name_of_person
from ..core.base.formatting import money, show
from ..core.base.showing import show_safely
from ..core.writes.option_sets import Choice, name_of
from ..customers.models import Customer, Status
from ..customers.rules import DONE, STEP_WORDS, describe_step
from ..extensions import db
from ..tickets.models import Ticket
from ..tickets.rules import LIFECYCLE as TICKET_STATES
from .models import Handover, HandoverItem

PAGE = 200
LAST = 5


@dataclass
class Sheet:
    """One customer on paper."""

    name: str
    number: str
    facts: list[tuple[str, str]]
    contacts: list[str]
    open_items: list[str] = field(default_factory=list)
    activities: list[tuple[str, str, str]] = field(default_factory=list)


def _select_customers(handover: Handover) -> Select[tuple[int]]:
    item = HandoverItem
    return select(item.row_id).where(item.handover_id == handover.id, item.model == Customer.__name__, item.field == "owner_id")


def has_sheets(handover: Handover) -> bool:
    """Tell whether a handover moved customers: a sheet has one page for each."""
    return db.session.scalar(_select_customers(handover).limit(1)) is not None


def read_sheets(handover: Handover, staff_id: int | None, page: int) -> tuple[list[Sheet], bool]:
    """Return one page of the customers that a handover moved (to one person), and whether there are more."""
    item, moved = HandoverItem, _select_customers(handover)
    if staff_id is not None:
        moved = moved.where(item.new_staff_id == staff_id)
    statement = select(Customer).where(Customer.id.in_(moved)).order_by(Customer.sort_name, Customer.id)
    statement = statement.options(selectinload(Customer.contacts)).offset((page - 1) * PAGE).limit(PAGE + 1)
    found = list(db.session.scalars(statement))
    rows = found[:PAGE]
    sheets = {row.id: _make_sheet(row) for row in rows}
    _add_open_items(sheets)
    _add_activities(sheets)
    return list(sheets.values()), len(found) > PAGE


def _say_step(row: Customer) -> str:
    step = describe_step(row.step)
    return f"{step} · {STEP_WORDS[DONE]}" if row.next_step_state == DONE else step


FACTS: dict[str, Callable[[Customer], str]] = {
    "status": lambda row: name_of(Status, row.status_id), "owner": lambda row: name_of_person(row.owner_id),
    "region": lambda row: name_of(Choice, row.region_id), "industry": lambda row: name_of(Choice, row.industry_id),
    "address": lambda row: row.address, "next_step": _say_step, "remark": lambda row: row.remark,
}  # fmt: skip


def _make_sheet(row: Customer) -> Sheet:
    labels = {
        "status": _("Status"), "owner": _("Salesperson"), "region": _("Region"), "industry": _("Industry"), "address": _("Address"),
        "next_step": _("Next step"), "remark": _("Remark"),
    }  # fmt: skip
    facts = [(labels[name], show_safely(row, name, make) or "–") for name, make in FACTS.items()]
    return Sheet(row.name, row.number, facts, [show_safely(contact, "name", lambda one: one.line) for contact in row.contacts])


def _add_open_items(sheets: dict[int, Sheet]) -> None:
    """Add the contracts that are not over and the tickets that are not closed."""
    ids = list(sheets)
    contracts = select(Contract).where(Contract.customer_id.in_(ids), Contract.status.in_(("draft", "in_force"))).order_by(Contract.id)
    for contract in db.session.scalars(contracts):
        if contract.state != "expired":
            sheets[contract.customer_id].open_items.append(show_safely(contract, "sheet", _say_contract))
    tickets = select(Ticket).where(Ticket.customer_id.in_(ids), Ticket.status != "closed").order_by(Ticket.id)
    for ticket in db.session.scalars(tickets):
        sheets[ticket.customer_id].open_items.append(show_safely(ticket, "sheet", _say_ticket))


def _say_contract(contract: Contract) -> str:
    state = CONTRACT_STATES.states[contract.state].label
    return f"{contract} · {state} · {money(contract.amount, contract.currency)} · {show(contract.start_on)} – {show(contract.end_on)}"


def _say_ticket(ticket: Ticket) -> str:
    return f"{ticket} · {TICKET_STATES.states[ticket.status].label}"


def _add_activities(sheets: dict[int, Sheet]) -> None:
    """Add the last five activities of each, by one statement."""
    place = func.row_number().over(partition_by=Activity.customer_id, order_by=(Activity.happened_at.desc(), Activity.id.desc()))
    mine: Sequence[ColumnElement[bool]] = [Activity.customer_id.in_(list(sheets)), Activity.withdrawn_at.is_(None)]
    ranked = select(Activity.id, place.label("place")).where(*mine).subquery()
    latest = select(Activity).where(Activity.id.in_(select(ranked.c.id).where(ranked.c.place <= LAST)))
    by_customer: dict[int, list[Activity]] = defaultdict(list)
    latest = latest.options(selectinload(Activity.contact)).order_by(Activity.happened_at.desc(), Activity.id.desc())
    for activity in db.session.scalars(latest):
        by_customer[activity.customer_id].append(activity)
    for customer_id, found in by_customer.items():
        sheets[customer_id].activities = [show_safely(one, "sheet", _say_activity, ("–", "–", one.text)) for one in found]


def _say_activity(activity: Activity) -> tuple[str, str, str]:
    who = (activity.kind_name, activity.contact_name, name_of_person(activity.author_id))
    return str(show(activity.happened_at)), " · ".join(name for name in who if name), activity.text
