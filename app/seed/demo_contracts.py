"""The demo company's contracts: in force, expired, renewed, terminated, void and drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ..contracts.models import Contract
from ..customers.rules import SIGNED
from . import demo_words as words
from .demo_plan import BATCH, Client, Plan

YEAR = timedelta(days=365)
# A round of the cases of signed customers, most of them plain, each case among the first five.
ROUND = ["in_force", "renewed", "expired", "terminated", "void", "in_force", "draft", "in_force", "in_force", "renewed"]


@dataclass
class Wish:
    """A contract to be written, and the one it renews."""

    client: Client
    values: dict[str, Any]
    renews: Wish | None = None
    row: Contract | None = None


def write_contracts(session: Session, plan: Plan) -> None:
    """Add each signed customer's contracts; renewals after what they renew."""
    wishes: list[Wish] = []
    for place, client in enumerate(client for client in plan.clients if client.stage == SIGNED):
        wishes += _wish_for(plan, client, ROUND[place % len(ROUND)])
    first = [wish for wish in wishes if wish.renews is None]
    _write(session, plan, first)
    _write(session, plan, [wish for wish in wishes if wish.renews is not None])


def _write(session: Session, plan: Plan, wishes: list[Wish]) -> None:
    for start in range(0, len(wishes), BATCH):
        part = wishes[start : start + BATCH]
        for wish in part:
            renews = wish.renews.row.id if wish.renews and wish.renews.row else None
            wish.row = Contract(customer_id=wish.client.id, renews_id=renews, **wish.values)
            session.add(wish.row)
        session.flush()
        for wish in part:
            if wish.row is not None and wish.row.state == "in_force":
                plan.cover[wish.client.id] = wish.row.id
        session.expunge_all()


def _wish_for(plan: Plan, client: Client, case: str) -> list[Wish]:
    """Return what one signed customer has, by its case; who is known for less than 13 months has nothing that ended a year ago."""
    age = (plan.today - client.since).days
    if age < 395 and case in ("expired", "renewed", "terminated"):
        case = "in_force"
    running = Wish(client, _term(plan, plan.day_before(5, max(min(age - 13, 340), 6)), "in_force"))
    if case == "in_force":
        return [running]
    if case == "expired":
        return [Wish(client, _term(plan, plan.day_before(370, age - 13), "in_force"))]
    if case == "renewed":
        earlier = Wish(client, _term(plan, plan.day_before(370, age - 13), "in_force"))
        start = earlier.values["start_on"] + YEAR
        later = running.values | {"title": earlier.values["title"], "start_on": start, "end_on": start + YEAR - timedelta(days=1)}
        return [earlier, Wish(client, later | {"signed_on": start - timedelta(days=plan.random.randint(5, 30))}, renews=earlier)]
    if case == "terminated":
        ended = _term(plan, plan.day_before(120, 360), "terminated") | {"status_reason": plan.random.choice(words.CONTRACT_ENDS)}
        return [Wish(client, ended), running]
    if case == "void":
        void = running.values | {"status": "void", "status_reason": plan.random.choice(words.VOID_REASONS)}
        return [Wish(client, void), running]
    return [running, Wish(client, _draft(plan))]


def _term(plan: Plan, start: date, status: str) -> dict[str, Any]:
    """Return a contract of one year from a day."""
    signed = start - timedelta(days=plan.random.randint(0, 12))
    return _draft(plan) | {"signed_on": signed, "start_on": start, "end_on": start + YEAR - timedelta(days=1), "status": status}


def _draft(plan: Plan) -> dict[str, Any]:
    currency = plan.random.choices(["CNY", "HKD", "USD"], [92, 5, 3])[0]
    amount = Decimal(plan.random.randint(12, 960)) * 500
    return {"title": plan.random.choice(words.CONTRACT_TITLES), "amount": amount, "currency": currency, "status": "draft"}
