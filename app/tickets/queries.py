"""Questions about tickets: what a customer's card says of them, comments and history of one."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, or_, select

from ..core.access.directory import name_of_actor, name_of_person
from ..core.access.scope import CACHED_OPTION
from ..core.access.viewer import SEE, Reach, current_viewer
from ..core.base import clock
from ..core.base.caches import once_each
from ..core.base.days import say_due
from ..core.base.page_data import Button
from ..core.base.showing import show_safely
from ..core.base.urls import find_address
from ..core.base.workspace import Event, RailPart
from ..core.forms.lookups import Details
from ..core.views.timeline import Older, tell_each
from ..customers import rules as customer_rules
from ..customers.models import Customer
from ..extensions import db
from . import rules
from .models import Ticket

SHOWN = 3


def in_status(value: str) -> ColumnElement[bool] | None:
    """Return the condition of a status, or of all that are still to be resolved; None for an unknown one."""
    if value == "unresolved":
        return Ticket.status.in_(rules.OPEN)
    return Ticket.status == value if value in rules.LIFECYCLE.states else None


def add_ticket_lines(customer: Customer) -> Details:
    """Return for a customer's card its last three tickets."""
    if current_viewer().reach("Tickets", SEE) is Reach.NONE:
        return {}
    statement = select(Ticket).where(Ticket.customer_id == customer.id).order_by(Ticket.id.desc()).limit(SHOWN)
    found = db.session.scalars(statement)
    lines = [[ticket.number, show_safely(ticket, "card", _describe)] for ticket in found]
    return {"lines": lines or [[_("Tickets"), _("none so far")]]}


def _describe(ticket: Ticket) -> str:
    return f"{rules.LIFECYCLE.states[ticket.status].label} · {ticket.subject}"


def read_events(customer: Customer, older: Older) -> list[Event]:
    """Return what a customer's stream tells of its tickets behind the cursor: reported, and resolved.

    Ordered by the later of the two that stands there: no other ticket has an event before the last one's.
    """
    may_open = current_viewer().may("can_show", "Tickets")

    def tell(row: Ticket) -> list[Event]:
        url, state = url_for("TicketsView.show", pk=row.id) if may_open else None, rules.LIFECYCLE.show(row.status)
        reported = Event(
            row.reported_at, _("Ticket reported"), "ticket", row.subject, who=name_of_actor(row.created_by_id), url=url, badge=state,
            tone="amber", key=2 * row.id,
        )  # fmt: skip
        if row.resolved_at is None:
            return [reported]
        resolved = Event(
            row.resolved_at, _("Ticket resolved"), "check", row.subject, who=name_of_person(row.assignee_id), url=url, tone="green",
            key=2 * row.id + 1,
        )  # fmt: skip
        return [reported, resolved]

    if older.at is None:
        rows = db.session.scalars(_select_newest(older.limit), {CUSTOMER: customer.id}, execution_options={CACHED_OPTION: True})
    else:
        rows = db.session.scalars(_select_older(older.at, older.limit), {CUSTOMER: customer.id})
    return tell_each(rows, tell)


CUSTOMER = "customer_of_tickets"  # parameter of a statement


def _select_older(until: datetime, limit: int) -> Select:
    mine = select(Ticket).where(_of_customer(), or_(Ticket.reported_at <= until, Ticket.resolved_at <= until))
    moment = case((Ticket.resolved_at <= until, Ticket.resolved_at), else_=Ticket.reported_at)
    return mine.order_by(moment.desc(), Ticket.id.desc()).limit(limit)


@once_each
def _select_newest(limit: int) -> Select:
    moment = case((Ticket.resolved_at.is_not(None), Ticket.resolved_at), else_=Ticket.reported_at)
    return select(Ticket).where(_of_customer()).order_by(moment.desc(), Ticket.id.desc()).limit(limit)


@once_each
def _select_open(limit: int) -> Select:
    waiting = select(Ticket).where(_of_customer(), Ticket.status.in_(rules.OPEN))
    return waiting.order_by(Ticket.due_at.is_(None), Ticket.due_at, Ticket.id).limit(limit)


def _of_customer() -> ColumnElement[bool]:
    return Ticket.customer_id == bindparam(CUSTOMER, type_=Integer)


MOST_OPEN = 5


def make_open_part(customer: Customer) -> RailPart | None:
    """Return the tickets of a customer that are still to be resolved, for the rail of its page; the first due first."""
    viewer = current_viewer()
    if not viewer.may("can_list", "Tickets"):
        return None
    options = {CACHED_OPTION: True}
    found = db.session.scalars(_select_open(MOST_OPEN + 1), {CUSTOMER: customer.id}, execution_options=options).all()
    if not found:
        return None
    lines = [line for line in (show_safely(row, "ticket", _make_open, None) for row in found[:MOST_OPEN]) if line is not None]
    more = f"{find_address('TicketsView.list')}?customer={customer.id}&status=unresolved" if len(found) > MOST_OPEN else None
    count = None if more else len(found)
    return RailPart("work", _("Open tickets"), "tickets/_open.html", {"lines": lines, "more": more}, count, order=30)


def _make_open(row: Ticket) -> tuple[str, str | None, str, bool]:
    """Return subject, address, when it is due, and whether that has passed."""
    url = url_for("TicketsView.show", pk=row.id) if current_viewer().may("can_show", "Tickets") else None
    due = say_due(clock.to_local(row.due_at).date(), clock.today()) if row.due_at is not None else ""
    return row.subject, url, due, rules.is_overdue(row.status, row.due_at, clock.now())


def make_buttons(customer: Customer) -> list[Button]:
    """Return the button that logs a ticket of a customer, where the viewer may and the customer has signed."""
    if customer_rules.why_not_signed(customer.stage) is not None or not current_viewer().may("can_add", "Tickets"):
        return []
    return [Button(_("New ticket"), url_for("TicketsView.add", customer=customer.id), icon="ticket")]
