"""Questions about contracts: what a ticket may name, what the customer's card says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, or_, select

from ..core.access.directory import name_of_actor
from ..core.access.scope import CACHED_OPTION, REACH_OPTION, is_row_reached, make_condition
from ..core.access.viewer import EDIT, PICK, Reach, current_viewer
from ..core.base import clock
from ..core.base.caches import once_each
from ..core.base.days import draw_told, tell_end, tell_left
from ..core.base.formatting import join_words, money, show
from ..core.base.page_data import Button
from ..core.base.showing import show_safely
from ..core.base.workspace import Event, RailPart
from ..core.forms.lookups import Conditions, Details, Fields
from ..core.views.timeline import MOST, Older, tell_each
from ..customers import rules as customer_rules
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


def describe_end(row: Contract) -> str:
    """Return when a contract ends: how soon, while it is in force."""
    if row.end_on is None:
        return ""
    return draw_told(tell_end(row.end_on)) if row.status == "in_force" else show(row.end_on)


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


def read_events(customer: Customer, _older: Older) -> list[Event]:
    """Return what a customer's stream tells of its contracts: signed, or written while they are not. They are few, so all are read."""
    may_open = current_viewer().may("can_show", "Contracts")

    def tell(row: Contract) -> list[Event]:
        at = clock.from_local(datetime.combine(row.signed_on, time())) if row.signed_on else row.created_at
        label = _("Contract signed") if row.signed_on else _("Contract written")
        about = join_words([row.number, row.title, money(row.amount, row.currency)])
        return [
            Event(
                at, label, "file-text", about, who=name_of_actor(row.created_by_id), is_day=row.signed_on is not None, tone="blue",
                url=url_for("ContractsView.show", pk=row.id) if may_open else None, badge=rules.LIFECYCLE.show(row.state), key=row.id,
            )
        ]  # fmt: skip

    return tell_each(_read_newest(customer), tell)


CUSTOMER = "customer_of_contracts"  # parameter of a statement


def _read_newest(customer: Customer) -> Sequence[Contract]:
    """Return the contracts of a customer, newest first; stream and rail of a page share one statement, put together once."""
    known: dict[int, Sequence[Contract]] = g.setdefault("contracts_of", {})
    if customer.id not in known:
        found = db.session.scalars(_select_newest(MOST), {CUSTOMER: customer.id}, execution_options={CACHED_OPTION: True})
        known[customer.id] = found.all()
    return known[customer.id]


@once_each
def _select_newest(limit: int) -> Select:
    return select(Contract).where(Contract.customer_id == bindparam(CUSTOMER, type_=Integer)).order_by(Contract.id.desc()).limit(limit)


def make_term_part(customer: Customer) -> RailPart | None:
    """Return the contract in force of a customer for the rail of its page: amount, term, how long it lasts; None without one."""
    if not current_viewer().may("can_list", "Contracts"):
        return None
    today = clock.today()
    spans = [(row, rules.Span(status=row.status, start_on=row.start_on, end_on=row.end_on)) for row in _read_newest(customer)]
    running = [row for row, span in spans if rules.covers(span, today)]
    found = sorted(running, key=lambda row: row.end_on or date.max, reverse=True)[:SHOWN]
    if not found:
        return None
    terms = [term for term in (show_safely(row, "term", partial(_make_term, today=today), None) for row in found) if term is not None]
    may_renew = current_viewer().may("can_add", "Contracts") and is_row_reached(current_viewer(), customer, EDIT, writing=True)
    url = url_for("ContractsView.add", customer=customer.id, renews=found[0].id)
    link = (url, _("Renew")) if may_renew else None
    return RailPart("term", _("Contract in force"), "contracts/_terms.html", terms, link=link, order=20)


SHOWN = 3


@dataclass(frozen=True)
class Term:
    """A contract in force as the rail shows it: `done` is how many hundredths of its term have gone, `tone` the colour of the rest."""

    number: str
    url: str | None
    title: str
    amount: str
    start: str
    end: str
    left: str
    done: int
    tone: str


def _make_term(row: Contract, *, today: date) -> Term:
    url = url_for("ContractsView.show", pk=row.id) if current_viewer().may("can_show", "Contracts") else None
    left, done, tone = "", 0, ""
    if row.end_on is not None:
        days = (row.end_on - today).days
        left, _full, tone = tell_left(row.end_on)
        whole = (row.end_on - row.start_on).days + 1 if row.start_on is not None else 0
        done = max(0, min(100, 100 - 100 * (days + 1) // whole)) if whole > 0 else 0
    return Term(row.number, url, row.title, money(row.amount, row.currency), show(row.start_on), show(row.end_on), left, done, tone)


def find_beginning(row: Contract) -> datetime:
    """Return the UTC instant at which a contract's first status began: when it was entered, or signed, if that was earlier."""
    signed = clock.from_local(datetime.combine(row.signed_on, time())) if row.signed_on else row.created_at
    return min(signed, row.created_at)


def make_buttons(customer: Customer) -> list[Button]:
    """Return the button that writes a contract for a customer, where the viewer may and the customer has signed."""
    viewer = current_viewer()
    if customer_rules.why_not_signed(customer.stage) is not None or not viewer.may("can_add", "Contracts"):
        return []
    if not is_row_reached(viewer, customer, EDIT, writing=True):
        return []
    return [Button(_("New contract"), url_for("ContractsView.add", customer=customer.id), primary=True, icon="file-text")]
