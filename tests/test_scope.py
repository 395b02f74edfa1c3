"""Which rows a person's session reaches: SQL and Python agree, every kind of statement obeys, nothing is written past it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import aliased, selectinload, subqueryload

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.scope import is_row_reached, make_condition, owned_models
from app.core.access.viewer import EDIT, NOBODY, PICK, SEE, acting_as, as_system, load_viewer
from app.core.base import clock
from app.core.base.errors import AccessDenied, RuleViolation
from app.core.lists.query import ListQuery
from app.customers.models import Contact, Customer
from app.extensions import db
from app.staff.models import Staff
from app.tickets.models import Ticket, TicketComment

from .acting import acting, names, system
from .factories import OWNERS, PEOPLE, World, make_share

CHILDREN = (Contact, Activity, Contract, Ticket)
ACTION_SETS = {"see": SEE, "pick": PICK, "edit": EDIT, "delete": ("can_delete",), "withdraw": ("can_withdraw",), "add": ("can_add",)}
# Who sees whose rows, by hand (customers and their children in the modules that the person has).
SEES = {
    "south1": {"south1"}, "south2": {"south2"}, "north1": {"north1"}, "boss_south": {"south1", "south2"}, "boss_north": {"north1"},
    "selling_boss": {"south1", "south2"}, "director": set(OWNERS), "chief": set(OWNERS),
    "service1": set(), "service2": set(), "it": set(), "nobody": set(),
}  # fmt: skip


@pytest.fixture
def rich(app: Flask, world: World) -> World:
    """Return the company with full, read, expired and revoked shares, a row without owner and one without department."""
    with system(app) as session:
        people = {name: session.get_one(Staff, key) for name, key in world.people.items()}
        make_share("Customers", world.signed["south1"], people["north1"], "full")
        make_share("Customers", world.lead["south1"], people["north1"], until=clock.today() - timedelta(days=1))
        make_share("Contracts", world.contract["south1"], people["boss_north"])
        make_share("Tickets", world.ticket["north1"], people["south1"], "full", until=clock.today())
        make_share("Customers", world.lead["south2"], people["service1"])
        make_share("Customers", world.lead["south2"], people["it"], "full")
        make_share("Customers", world.lead["south2"], people["south1"]).revoked_at = clock.now()
        contract = session.get_one(Contract, world.contract["north1"])
        session.add(ContractAttachment(record_id=contract.id, name="a.pdf", media_type="", size=5, sha256="0", content=b"%PDF-"))
        session.add(TicketComment(record_id=world.ticket["north1"], text="Looked at it"))
        session.flush()
        session.connection().execute(update(Customer.__table__).where(Customer.id == world.lead["south1"]).values(owner_id=None))
        session.connection().execute(update(Customer.__table__).where(Customer.id == world.lead["south2"]).values(department_id=None))
    return world


@pytest.mark.whole_desk
@pytest.mark.parametrize("person", PEOPLE)
def test_sql_and_python_agree_on_every_record_and_action(app: Flask, rich: World, person: str) -> None:
    cells = 0
    with app.app_context():
        viewer = load_viewer(rich.people[person])
        with as_system():
            rows = {model: list(db.session.scalars(select(model))) for model in owned_models()}
            for model, all_rows in rows.items():
                for actions, writing in product(ACTION_SETS.values(), (False, True)):
                    condition = make_condition(model, viewer, actions, writing=writing)
                    statement = select(model.id) if condition is None else select(model.id).where(condition)
                    by_sql = set(db.session.scalars(statement))
                    by_python = {row.id for row in all_rows if is_row_reached(viewer, row, actions, writing=writing)}
                    assert by_sql == by_python, (model, actions, writing)
                    cells += len(all_rows)
    assert cells >= 150


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_sees_the_rows_that_the_company_says(app: Flask, world: World, person: str) -> None:
    shared = {"north1"} if person == "south2" else set()
    with acting(app, world, person) as session:
        signed = session.scalars(select(Customer).where(Customer.stage == "signed"))
        assert names(signed) == SEES[person] | shared
        assert names(session.scalars(select(Customer).where(Customer.stage == "lead"))) == SEES[person]
        tickets = set(OWNERS) if person.startswith("service") else SEES[person] | shared
        assert {row.subject.split()[0] for row in session.scalars(select(Ticket))} == tickets


@pytest.mark.whole_desk
def test_a_session_without_a_viewer_sees_nothing(app: Flask, world: World) -> None:
    with app.app_context():
        for model in owned_models():
            assert db.session.scalars(select(model)).all() == []
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        with acting_as(NOBODY):
            assert db.session.get(Customer, world.signed["south1"]) is None


def test_a_closed_or_unknown_person_sees_nothing(app: Flask, world: World) -> None:
    with system(app) as session:
        session.connection().execute(update(Staff.__table__).where(Staff.id == world.people["director"]).values(active=False))
    with app.app_context():
        for person in (world.people["director"], 987_654):
            with acting_as(load_viewer(person)):
                assert db.session.scalars(select(Customer)).all() == []


STATEMENTS: dict[str, Any] = {
    "entity": lambda: select(Customer.name),
    "two columns": lambda: select(Customer.name, Customer.id),
    "alias": lambda: select(aliased(Customer).name),
    "join to parent": lambda: select(Customer.name).join(Activity, Activity.customer_id == Customer.id),
    "join from child": lambda: select(Customer.name).select_from(Contract).join(Contract.customer),
    "outer join": lambda: select(Customer.name).select_from(Customer).outerjoin(Ticket, Ticket.customer_id == Customer.id),
    "distinct": lambda: select(Customer.name).distinct(),
    "group": lambda: select(Customer.name, func.count()).group_by(Customer.name),
    "in subquery": lambda: select(Customer.name).where(Customer.id.in_(select(Contract.customer_id))),
    "exists": lambda: select(Customer.name).where(select(Ticket.id).where(Ticket.customer_id == Customer.id).exists()),
    "scalar subquery": lambda: select(select(func.max(Customer.name)).scalar_subquery()),
    "from subquery": lambda: select(select(Customer.name).subquery().c.name),
    "cte": lambda: select(select(Customer.name).cte().c.name),
    "union": lambda: select(Customer.name).union(select(Customer.name).where(Customer.id > 0)),
    "or true": lambda: select(Customer.name).where((Customer.id > 0) | (Customer.id < 1)),
}


@pytest.mark.parametrize("form", STATEMENTS)
@pytest.mark.parametrize("person", ["south1", "boss_north", "director", "it"])
def test_every_form_of_statement_is_narrowed(app: Flask, world: World, form: str, person: str) -> None:
    with acting(app, world, person) as session:
        found = {row[0].split()[0] for row in session.execute(STATEMENTS[form]()) if row[0]}
    expected = {max(SEES[person])} if form == "scalar subquery" and SEES[person] else SEES[person]
    assert found == expected


@pytest.mark.parametrize("person", PEOPLE)
def test_counts_agree_with_rows(app: Flask, world: World, person: str) -> None:
    with acting(app, world, person) as session:
        for model in owned_models():
            rows = len(session.scalars(select(model)).all())
            assert session.scalar(select(func.count()).select_from(model)) == rows
            assert session.scalar(select(func.count(model.id))) == rows
            assert session.scalar(select(func.count()).select_from(select(model).subquery())) == rows
            assert ListQuery(model).count(session) == rows
            assert session.scalar(select(exists(model.id))) == bool(rows)


@pytest.mark.parametrize("load", [selectinload, subqueryload])
def test_eager_loads_of_children_are_narrowed(app: Flask, world: World, load: Any) -> None:
    with system(app) as session:  # a contact of a foreign owner under a customer in reach: must not come along
        row = session.scalars(select(Contact).where(Contact.customer_id == world.signed["south1"])).one()
        table = Contact.__table__
        values = {"owner_id": world.people["north1"], "department_id": None}
        session.connection().execute(update(table).where(table.c.id == row.id).values(values))
    statement = select(Customer).where(Customer.id == world.signed["south1"]).options(load(Customer.contacts))
    with acting(app, world, "boss_south") as session:
        loaded = session.scalars(statement).one()
        assert loaded.contacts == []
    with acting(app, world, "director") as session:
        loaded = session.scalars(statement).one()
        assert len(loaded.contacts) == 1


def test_lazy_loads_are_narrowed_and_a_foreign_parent_reads_as_none(app: Flask, world: World) -> None:
    with system(app) as session:  # a ticket lent alone does not lend its customer
        make_share("Tickets", world.ticket["north1"], session.get_one(Staff, world.people["south1"]))
    with acting(app, world, "south1") as session:
        ticket = session.scalars(select(Ticket).where(Ticket.id == world.ticket["north1"])).one()
        assert ticket.customer is None
        assert ticket.customer_name is None
        mine = session.scalars(select(Ticket).where(Ticket.id == world.ticket["south1"])).one()
        assert mine.customer.name == "south1 Signed Ltd"


def test_shares_end_with_their_day_and_when_revoked(app: Flask, rich: World) -> None:
    with acting(app, rich, "north1") as session:
        assert session.get(Customer, rich.signed["south1"]) is not None
        assert session.get(Customer, rich.lead["south1"]) is None  # expired yesterday
    with acting(app, rich, "south1") as session:
        assert session.get(Ticket, rich.ticket["north1"]) is not None  # until today, today included
        assert session.get(Customer, rich.lead["south2"]) is None  # revoked


def test_a_share_widens_reach_and_never_actions(app: Flask, rich: World) -> None:
    with acting(app, rich, "it") as session:
        assert session.scalars(select(Customer)).all() == []  # no right on customers: a share gives none
    with acting(app, rich, "north1") as session:
        row = session.get(Customer, rich.signed["south1"])
        row.remark = "written with a full share"
        session.commit()
        session.delete(session.get(Customer, rich.signed["south1"]))
        with pytest.raises(RuleViolation):
            session.commit()
    with acting(app, rich, "south2") as session:
        session.get(Customer, rich.signed["north1"]).remark = "written with a read share"
        with pytest.raises(AccessDenied):
            session.commit()
