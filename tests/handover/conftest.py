"""A leaver with everything a salesperson can hold, and three colleagues who take over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import acting_as, as_system
from app.core.base import clock
from app.core.writes.option_sets import Choice
from app.customers.models import Customer
from app.extensions import db
from app.handover import moving
from app.handover.forms import read_plan
from app.handover.holdings import Holding, holdings_for
from app.handover.models import Handover
from app.handover.plan import Plan
from app.handover.queries import read_moves
from app.staff.models import Staff
from app.tickets.models import Ticket

from ..conftest import Databases
from ..factories import World, make_activity, make_contract, make_customer, make_share, make_staff, make_ticket

CUSTOMERS, ACTIVITIES, CONTRACTS, TICKETS = 120, 900, 40, 6
RECEIVERS = ("take1", "take2", "take3")


@dataclass(frozen=True)
class Story:
    """Who leaves, who takes over, who runs it, and the leaver's customers."""

    leaver: int
    receivers: tuple[int, int, int]
    manager: int
    admin: int
    customers: tuple[int, ...]
    contracts: tuple[int, ...]
    tickets: tuple[int, ...]


def write_story(world: World) -> Story:
    """Write the leaver with 120 customers, 900 activities, 40 contracts (2 void, 3 expired), tickets, follow-ups and a share."""
    session, today = db.session, clock.today()
    leaver = session.get_one(Staff, world.people["south1"])
    south = leaver.department
    receivers = [make_staff(name, ["Salesperson"], south) for name in RECEIVERS]
    regions = list(session.scalars(select(Choice).where(Choice.list_code == "region").order_by(Choice.position)))
    session.flush()
    customers = []
    for turn in range(CUSTOMERS):
        stage = "signed" if turn < CONTRACTS else "lead"
        region = regions[turn % 4].id if turn % 5 else None
        customers.append(make_customer(f"Leaver {turn:03}", leaver, stage, region_id=region))
        customers[-1].next_step_on = today + timedelta(days=turn % 20) if turn % 3 else None
    session.flush()
    for turn in range(ACTIVITIES):
        author = leaver if turn % 4 else receivers[turn % 3]
        make_activity(customers[turn % CUSTOMERS], author, happened_at=clock.now() - timedelta(days=turn % 300 + 1, hours=turn % 9))
    contracts = [make_contract(customer) for customer in customers[:CONTRACTS]]
    session.flush()
    for contract in contracts[:2]:
        contract.status, contract.status_reason = "void", "written in error"
    for contract in contracts[2:5]:
        contract.start_on, contract.end_on = today - timedelta(days=400), today - timedelta(days=35)
    tickets = [make_ticket(customer, assignee_id=world.people["service1"]) for customer in customers[:TICKETS]]
    make_share("Customers", customers[0].id, receivers[0])
    make_share("Customers", world.signed["north1"], leaver)
    session.flush()
    return Story(
        leaver.id, tuple(person.id for person in receivers), world.people["boss_south"], world.people["chief"],  # type: ignore[arg-type]
        tuple(row.id for row in customers), tuple(row.id for row in contracts), tuple(row.id for row in tickets),
    )  # fmt: skip


_written: list[Story] = []  # of this worker: the company is written once and copied for each test


@pytest.fixture
def story(app: Flask, world: World, databases: Databases) -> Story:
    """Return the leaver's company."""
    with app.app_context():
        if _written:
            db.session.remove()
            db.engine.dispose()
            databases.restore("story")
        else:
            with as_system("import"):
                _written.append(write_story(world))
                db.session.commit()
            databases.keep_as_template("story")
    return _written[0]


@pytest.fixture
def inside(app: Flask) -> Iterator[Any]:
    """Run the test in an app context, in English."""
    with app.test_request_context("/", method="POST", headers={"Accept-Language": "en"}):
        yield db.session


def make_plan(holdings: list[Holding], leaver: int, to: tuple[int, ...], **fields: Any) -> Plan:
    """Return the plan that a form with these fields describes; `customer_*` and `ticket_*` name the kinds of rows."""
    values: MultiDict[str, str] = MultiDict({"leaver": str(leaver), "way-customer-owner_id": "even" if len(to) > 1 else "one"})
    values.setlist("to", [str(one) for one in to])
    values.update({name: str(value) for name, value in fields.items()})
    if "way" in fields:
        values.setlist("way-customer-owner_id", [fields["way"]])
    return read_plan(values, holdings)


def run_as(person: int, leaver: int, to: tuple[int, ...], **fields: Any) -> Handover:
    """Preview and run a handover in a person's name."""
    with acting_as(person, source="form") as viewer:
        holdings = holdings_for(viewer)
        plan = make_plan(holdings, leaver, to, **fields)
        _moves, seen = read_moves(holdings, plan, viewer)
        return moving.run(plan, holdings, seen)


def digest_of_what_never_moves() -> dict[str, Any]:
    """Return what a handover must leave as it is: authors, times, statuses, numbers, amounts, the monthly call table."""
    connection = db.session.connection()
    activity, customer, contract, ticket = (model.__table__.c for model in (Activity, Customer, Contract, Ticket))
    month = func.substr(func.cast(activity.happened_at, db.String), 1, 7)
    return {
        "activities": connection.execute(
            select(activity.id, activity.author_id, activity.author_department_id, activity.happened_at, activity.entered_at, activity.text)
            .order_by(activity.id)
        ).all(),
        "customers": connection.execute(
            select(customer.id, customer.number, customer.status_id, customer.stage, customer.next_step_on, customer.created_by_id)
            .order_by(customer.id)
        ).all(),
        "contracts": connection.execute(
            select(contract.id, contract.number, contract.status, contract.amount, contract.start_on, contract.end_on).order_by(contract.id)
        ).all(),
        "tickets": connection.execute(select(ticket.id, ticket.number, ticket.status, ticket.due_at).order_by(ticket.id)).all(),
        "calls": connection.execute(
            select(activity.author_id, month, func.count()).group_by(activity.author_id, month).order_by(activity.author_id, month)
        ).all(),
    }  # fmt: skip
