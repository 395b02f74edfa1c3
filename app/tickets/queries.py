"""Questions about tickets: what a customer's card says of them, comments and history of one."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, union_all
from sqlalchemy.orm import selectinload

from ..core.access import SEE, Reach, current_viewer
from ..core.display import show
from ..customers.models import Customer
from ..extensions import db
from . import rules
from .models import Ticket, TicketComment

SHOWN = 3


def add_ticket_lines(customers: list[Customer]) -> dict[int, dict[str, Any]]:
    """Return for customers' cards the last three tickets of each."""
    if current_viewer().reach("Tickets", SEE) is Reach.NONE:
        return {}
    newest = [
        select(Ticket.id).where(Ticket.customer_id == customer.id).order_by(Ticket.id.desc()).limit(SHOWN).subquery()
        for customer in customers
    ]
    if not newest:
        return {}
    statement = select(Ticket).where(Ticket.id.in_(union_all(*(select(part.c.id) for part in newest)))).order_by(Ticket.id.desc())
    lines: dict[int, list[list[str]]] = {}
    for ticket in db.session.scalars(statement):
        text = f"{rules.LIFECYCLE.states[ticket.status].label} · {ticket.subject}"
        lines.setdefault(ticket.customer_id, []).append([ticket.number, text])
    none = [[_("Tickets"), _("none so far")]]
    return {customer.id: {"lines": lines.get(customer.id, none)} for customer in customers}


def read_comments(ticket: Ticket) -> list[tuple[str, str, str]]:
    """Return (who, when, text) of a ticket's comments, oldest first."""
    statement = select(TicketComment).where(TicketComment.ticket_id == ticket.id).order_by(TicketComment.id)
    rows = db.session.scalars(statement.options(selectinload(TicketComment.author)))
    return [(str(row.author or "–"), show(row.created_at), row.text) for row in rows]
