"""Comments on tickets: the row that keeps one."""

from __future__ import annotations

from ..core.writes.row_data import write
from ..extensions import db
from .models import Ticket, TicketComment


def add_comment(ticket: Ticket, text: str) -> TicketComment:
    """Add a comment to a ticket, to be committed by the caller; the gate refuses an empty one."""
    comment = TicketComment(ticket_id=ticket.id, customer_id=ticket.customer_id)
    write(comment, {"text": text.strip()})
    db.session.add(comment)
    return comment
