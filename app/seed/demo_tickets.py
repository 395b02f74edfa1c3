"""The demo company's tickets and what maintenance wrote on them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ..core.access.viewer import Viewer, acting_as, load_viewer
from ..customers.rules import SIGNED
from ..tickets.models import Ticket, TicketComment
from . import demo_words as words
from .demo_plan import BATCH, Client, Plan

NUMBERS = [0, 1, 1, 2, 2, 3, 5]  # tickets of a signed customer
DAYS = 240
TEAM = ["service1", "service2", "service3", "service4"]


def write_tickets(session: Session, plan: Plan) -> None:
    """Add the tickets of signed customers, oldest first, and the comments of those who worked on them."""
    signed = [client for client in plan.clients if client.stage == SIGNED]
    since = plan.today - timedelta(days=DAYS)
    wanted = []
    for place, client in enumerate(signed):
        number = plan.random.choice(NUMBERS) if place else 3
        wanted += [(plan.instant(max(since, client.since), plan.today), client) for _ in range(number)]
    wanted.sort(key=lambda pair: (pair[0], pair[1].id))
    said: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for start in range(0, len(wanted), BATCH):
        rows = [_make_ticket(plan, client, at) for at, client in wanted[start : start + BATCH]]
        session.add_all(rows)
        session.flush()
        for row in rows:
            if row.assignee_id is not None and row.status != "open":
                said[row.assignee_id].append((row.id, row.reported_at))
        session.expunge_all()
    for staff_id, tickets in sorted(said.items()):
        _write_comments(session, plan, staff_id, tickets)


def _make_ticket(plan: Plan, client: Client, at: datetime) -> Ticket:
    random = plan.random
    category = random.choice(list(words.TICKETS))
    subject, description = random.choice(words.TICKETS[category])
    status = _find_status(plan, at)
    assignee = None if status == "open" and random.random() < 0.5 else plan.staff_ids[random.choice(TEAM)]
    row = Ticket(
        customer_id=client.id, contract_id=plan.cover.get(client.id), subject=subject, description=description, status=status,
        category_id=plan.choice("ticket_category", category), priority_id=_pick_priority(plan), assignee_id=assignee,
        reported_at=at, created_at=at,
    )  # fmt: skip
    if status == "waiting":
        row.status_reason = words.WAITING_REASON
    if status in ("resolved", "closed"):
        row.resolved_at = min(at + timedelta(hours=random.choice([2, 3, 5, 8, 20, 26, 50, 90])), plan.now)
    return row


def _find_status(plan: Plan, at: datetime) -> str:
    """Return a status that fits the ticket's age: old ones are closed, those of the last days are being worked on."""
    age = (plan.now - at).days
    if age > 30:
        return plan.random.choices(["closed", "resolved"], [9, 1])[0]
    if age > 10:
        return plan.random.choices(["closed", "resolved", "waiting", "in_progress"], [4, 4, 1, 1])[0]
    return plan.random.choices(["open", "in_progress", "waiting", "resolved"], [4, 4, 2, 2])[0]


def _pick_priority(plan: Plan) -> int:
    weights = [1, 3, 6, 2]
    return plan.random.choices(plan.priorities, [weights[min(place, 3)] for place in range(len(plan.priorities))])[0]


def _write_comments(session: Session, plan: Plan, staff_id: int, tickets: list[tuple[int, datetime]]) -> None:
    """Write a person's comments in the person's name."""
    author = Viewer(profile=load_viewer(staff_id).profile, is_system=True)
    with acting_as(author, source="demo"):
        for row_id, at in tickets:
            for nth in range(plan.random.choice([0, 1, 1, 2])):
                made = min(at + timedelta(minutes=35 + 50 * nth), plan.now)
                session.add(TicketComment(record_id=row_id, text=plan.random.choice(words.COMMENTS), created_at=made))
        session.flush()
    session.expunge_all()
