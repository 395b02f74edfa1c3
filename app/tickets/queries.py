"""Questions about tickets: what a customer's card says of them, comments and history of one."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from ..core.access.directory import name_of_actor, name_of_person
from ..core.access.viewer import SEE, Reach, current_viewer
from ..core.base.showing import show_safely
from ..core.forms.lookups import Details
from ..core.views.timeline import MOST, Event, tell_each
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


def make_events(customer: Customer) -> list[Event]:
    """Return what a customer's timeline tells of its tickets: reported, and resolved."""
    tickets = select(Ticket).where(Ticket.customer_id == customer.id).order_by(Ticket.id.desc()).limit(MOST)
    may_open = current_viewer().may("can_show", "Tickets")

    def tell(row: Ticket) -> list[Event]:
        url = url_for("TicketsView.show", pk=row.id) if may_open else None
        events = [Event(row.reported_at, _("Ticket reported"), "ticket", str(row), name_of_actor(row.created_by_id), url)]
        if row.resolved_at is not None:
            events.append(Event(row.resolved_at, _("Ticket resolved"), "check", str(row), name_of_person(row.assignee_id), url))
        return events

    return tell_each(db.session.scalars(tickets), tell)
