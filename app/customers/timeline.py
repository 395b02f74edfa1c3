"""What the customers module tells on a customer's timeline: when it was entered, its statuses, how long each lasted."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from ..core.access.directory import name_of_actor
from ..core.base.input_guard import parse_id
from ..core.views.timeline import MOST, Event, Span
from ..core.writes.history import HistoryEntry
from ..core.writes.option_sets import name_of
from ..extensions import db
from .models import Customer, Status


def _read_changes(customer: Customer) -> list[HistoryEntry]:
    entry = HistoryEntry
    statement = select(entry).where(entry.model == "Customer", entry.row_id == customer.id, entry.field == "status_id")
    return list(db.session.scalars(statement.order_by(entry.id)))


def _name(text: str | None) -> str:
    return name_of(Status, parse_id(text))


def make_events(customer: Customer) -> list[Event]:
    """Return that it was entered, and each change of status."""
    events = [Event(customer.created_at, _("Entered"), "plus", customer.number, name_of_actor(customer.created_by_id))]
    for line in _read_changes(customer)[-MOST:]:
        events.append(Event(line.at, _("Status"), "tag", f"{_name(line.old)} → {_name(line.new)}", name_of_actor(line.actor_id)))
    return events


def read_spans(customer: Customer, first: datetime) -> list[Span]:
    """Return the statuses it stood in, from the first contact on; the present one has no end."""
    changes = _read_changes(customer)
    begun = _name(changes[0].old) if changes else name_of(Status, customer.status_id)
    spans, start = [], first
    for line in changes:
        spans.append(Span(begun, start, line.at))
        begun, start = _name(line.new), line.at
    return [*spans, Span(begun, start, None)]
