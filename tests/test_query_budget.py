"""How many statements a page may send: a list 12, a record 30, a lookup 12, however many rows it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import acting_as, as_system
from app.core.forms import lookups
from app.core.sharing import shares
from app.core.views.base import DeskView
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff
from app.tickets.models import Ticket

from .access_table import find_access
from .factories import World, find_choice, list_other_models, make_activity, make_contract, make_customer, make_record, make_ticket

LIST_BUDGET, RECORD_BUDGET, LOOKUP_BUDGET = 12, 30, 12
ROWS = 30
# FAB's transaction words are no statements.
SILENT = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


@contextmanager
def recording(app: Flask) -> Iterator[list[str]]:
    """Collect the statements sent while the block runs."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(SILENT):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def busy(app: Flask, world: World) -> World:
    """Return the company with a page full of everything, so that a statement per row would show."""
    with app.app_context(), as_system("import"):
        owners = [db.session.get_one(Staff, world.people[name]) for name in ("south1", "south2", "north1")]
        big = db.session.get_one(Customer, world.signed["south1"])
        for turn in range(ROWS):
            owner = owners[turn % 3]
            customer = make_customer(f"Busy {turn} Ltd", owner)
            db.session.flush()
            for target in (customer, big):
                make_activity(target, owner)
                make_contract(target)
                make_ticket(target, assignee_id=world.people["service1"])
                for model in list_other_models().values():
                    make_record(model, owner, target)
        db.session.commit()
    return world


def list_views(app: Flask) -> list[DeskView]:
    """Return every screen built on the desk's base."""
    return [view for view in app.extensions["appbuilder"].baseviews if isinstance(view, DeskView)]


@pytest.mark.whole_desk
def test_every_list_stays_within_its_budget(app: Flask, busy: World, sign_in: Any) -> None:
    counted = {}
    for name in ("chief", "boss_south", "south1"):
        person = sign_in(name)
        for view in list_views(app):
            for args in ("", "?q=busy", "?size=100", "?last=1"):
                with recording(app) as sent:
                    answer = person.get(f"{view.route_base}/{args}")
                if name == "chief":
                    assert answer.status_code == 200
                counted[f"{name} {view.route_base}/{args}"] = len(sent)
    assert {path: count for path, count in counted.items() if count > LIST_BUDGET} == {}
    assert max(counted.values()) > 3  # the recorder records


def change_everything(app: Flask, world: World) -> None:
    """Write history lines of many kinds of rows, with all that a line can name: people, lists, customers, contracts."""
    with app.test_request_context("/"), acting_as(world.people["chief"], source="form"):
        customers = list(db.session.scalars(select(Customer).where(Customer.name.like("Busy%")).limit(6)))
        for turn, customer in enumerate(customers):
            customer.owner_id = world.people["north1" if customer.owner_id != world.people["north1"] else "south1"]
            customer.region_id, customer.industry_id = find_choice("region").id, find_choice("industry").id
            customer.contacts[0].phone = f"020 {turn}"
            ticket = db.session.scalars(select(Ticket).where(Ticket.customer_id == customer.id)).one()
            ticket.assignee_id = world.people["service2"]
            contract = db.session.scalars(select(Contract).where(Contract.customer_id == customer.id)).one()
            ticket.contract_id, contract.title = contract.id, f"Changed {turn}"
            activity = db.session.scalars(select(Activity).where(Activity.customer_id == customer.id)).one()
            activity.result = "called back"
            shares.grant(db.session(), customer, world.people["south2"], "read", None)
            db.session.commit()
            db.session.delete(activity)
            db.session.delete(customer.contacts[0])
            db.session.commit()


@pytest.mark.whole_desk
def test_the_ledger_and_the_start_page_stay_within_the_budget_of_a_list(app: Flask, busy: World, sign_in: Any) -> None:
    person = sign_in("chief")
    change_everything(app, busy)
    for path in ("/", "/numbers/", "/history/", "/bin/", "/bin/?kind=contact", "/notices/", "/handover/"):
        with recording(app) as sent:
            assert person.get(path).status_code == 200
        assert len(sent) <= LIST_BUDGET, (path, sent)


@pytest.mark.whole_desk
def test_the_plan_of_a_handover_stays_within_the_budget_of_a_record(app: Flask, busy: World, sign_in: Any) -> None:
    person, people = sign_in("boss_south"), busy.people
    with recording(app) as sent:
        page = person.get(f"/handover/plan?leaver={people['south1']}&to={people['south2']}").text
    assert page.count("Busy ") > ROWS  # the lists of what goes along are there
    assert len(sent) <= RECORD_BUDGET, sent


@pytest.mark.whole_desk
@pytest.mark.parametrize("page", ["show", "edit"])
def test_every_record_page_stays_within_its_budget(app: Flask, busy: World, sign_in: Any, page: str) -> None:
    person, counted = sign_in("chief"), {}
    for view in list_views(app):
        with app.app_context(), as_system():
            first = db.session.scalar(select(view.datamodel.obj.id).order_by(view.datamodel.obj.id).limit(1))
        if first is None:
            continue
        with recording(app) as sent:
            person.get(f"{view.route_base}/{page}/{first}")
        counted[view.route_base] = len(sent)
    assert {path: count for path, count in counted.items() if count > RECORD_BUDGET} == {}
    assert len(counted) > 8


@pytest.mark.whole_desk
def test_every_lookup_stays_within_its_budget(app: Flask, busy: World, sign_in: Any) -> None:
    person, counted = sign_in("chief"), {}
    for name in lookups.known():
        for args in ("?q=busy", f"?parent={busy.signed['south1']}", "?q=nothing-like-it"):
            with recording(app) as sent:
                assert person.get(f"/lookup/{name}{args}").status_code == 200
            counted[name + args] = len(sent)
    assert {path: count for path, count in counted.items() if count > LOOKUP_BUDGET} == {}


@pytest.mark.parametrize("name", [base for base, one in find_access().items() if one.has_rest])
def test_rest_lists_stay_within_the_budget(app: Flask, busy: World, rest: Any, name: str) -> None:
    client = rest("chief")
    with recording(app) as sent:
        answer = client.send("GET", f"{name}/?q=(page_size:100)")
    assert answer.json["count"] > ROWS
    assert len(sent) <= LIST_BUDGET, sent
