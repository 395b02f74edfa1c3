"""What the start page shows: a person's next steps, contracts about to end, open tickets, own call volume."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import selectinload

from ..activities.models import Activity
from ..contracts.models import Contract
from ..core.access.viewer import Viewer
from ..core.base import clock
from ..core.base.days import Told, draw_told, tell_due, tell_due_time
from ..core.base.entities import Entity
from ..core.base.showing import DASH, show_safely
from ..customers.models import Customer
from ..customers.rules import OPEN as STEP_OPEN
from ..extensions import db
from ..tickets.models import Ticket
from ..tickets.rules import OPEN

ROWS = 6
SOON = timedelta(days=60)
WEEK = timedelta(days=7)


class Line(NamedTuple):
    """What waits: its name, its address, what tells it apart, and when it is due."""

    name: str
    url: str | None
    below: str = ""
    due: str = ""


NOTHING = Line(DASH, None)


def count(model: type[Entity], *where: ColumnElement[bool]) -> int:
    """Return how many rows within reach match, counting no further than 10,001."""
    inner = select(model.id).where(*where).limit(10_001).subquery()
    return db.session.scalar(select(func.count()).select_from(inner)) or 0


def make_tiles(viewer: Viewer) -> list[dict[str, object]]:
    """Return the figures on top, for the modules the viewer has; each opens the list of exactly the rows it counts."""
    tiles: list[dict[str, object]] = []
    today = clock.today()
    first = today.replace(day=1)
    month = clock.from_local(datetime.combine(first, time()))

    def add(module: str, label: str, value: int, hint: str, url: str, icon: str) -> None:
        shown = f"{value:,}" if value <= 10_000 else "10,000+"
        tiles.append({"label": label, "value": shown, "hint": hint, "url": url, "icon": icon, "tone": "blue"})

    if viewer.may("can_list", "Customers"):
        add("Customers", _("Signed customers"), count(Customer, Customer.stage == "signed"), "",
            url_for("CustomersView.list", stage="signed"), "building")  # fmt: skip
    if viewer.may("can_list", "Activities"):
        mine = count(Activity, Activity.author_id == viewer.id, Activity.happened_at >= month, Activity.withdrawn_at.is_(None))
        add("Activities", _("My call volume this month"), mine, "",
            url_for("ActivitiesView.list", author="me", withdrawn="no", happened_from=first.isoformat()), "phone")  # fmt: skip
    if viewer.may("can_list", "Contracts"):
        ending = count(Contract, Contract.status == "in_force", Contract.end_on.between(today, today + SOON))
        add("Contracts", _("Contracts ending within 60 days"), ending, "",
            url_for("ContractsView.list", status="in_force", ends_to=(today + SOON).isoformat()), "file-text")  # fmt: skip
    if viewer.may("can_list", "Tickets"):
        add("Tickets", _("Open tickets"), count(Ticket, Ticket.status.in_(OPEN)), "",
            url_for("TicketsView.list", status="unresolved"), "ticket")  # fmt: skip
    return tiles


def _say_follow_up(row: Customer) -> Line:
    told = tell_due(row.next_step_on, row.next_step_at) if row.next_step_on is not None else Told(DASH, "")
    return Line(row.name, url_for("CustomersView.show", pk=row.id), row.next_step, draw_told(told))


def _say_due(row: Ticket) -> Line:
    told = tell_due_time(row.due_at, clock.now()) if row.due_at is not None else Told(DASH, "")
    return Line(row.subject, url_for("TicketsView.show", pk=row.id), str(row.customer or ""), draw_told(told))


def make_blocks(viewer: Viewer) -> list[dict[str, object]]:
    """Return the lists of what waits."""
    blocks = []
    today = clock.today()
    if viewer.may("can_list", "Customers"):
        waits = (Customer.next_step_on <= today + WEEK, Customer.next_step_state == STEP_OPEN, Customer.stage != "terminated")
        rows = db.session.scalars(select(Customer).where(*waits).order_by(Customer.next_step_on, Customer.id).limit(ROWS))
        blocks.append({
            "title": _("Next steps"), "empty": _("Nobody is waiting for a call this week."),
            "more_url": url_for("CustomersView.list", stage="current", follow_up_to=(today + WEEK).isoformat(), sort="next_step_on"),
            "rows": [show_safely(row, "workbench", _say_follow_up, NOTHING) for row in rows],
        })  # fmt: skip
    if viewer.may("can_list", "Tickets"):
        waiting = select(Ticket).where(Ticket.status.in_(OPEN)).options(selectinload(Ticket.customer))
        rows = db.session.scalars(waiting.order_by(Ticket.due_at, Ticket.id).limit(ROWS))
        blocks.append({
            "title": _("Tickets by due time"), "empty": _("No ticket is open."),
            "more_url": url_for("TicketsView.list", status="unresolved", sort="due_at"),
            "rows": [show_safely(row, "workbench", _say_due, NOTHING) for row in rows],
        })  # fmt: skip
    return blocks
