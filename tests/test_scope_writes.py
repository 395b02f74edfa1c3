"""What a person may write through a session: nothing past reach or rights; rows that move take their reach along."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import delete, insert, select, text, update

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import NOBODY, acting_as, as_system, load_viewer
from app.core.base.errors import AccessDenied, HiddenRow, RuleViolation
from app.core.writes.history import HistoryEntry
from app.customers.models import Contact, Customer
from app.extensions import db
from app.staff.models import Department, Staff
from app.tickets.models import Ticket

from .acting import acting, names, system
from .factories import World

CHILDREN = (Contact, Activity, Contract, Ticket)


@pytest.mark.parametrize("model", [Customer, *CHILDREN])
@pytest.mark.parametrize("person", ["south1", "chief", None])
def test_bulk_writes_are_refused_to_everybody(app: Flask, world: World, model: Any, person: str | None) -> None:
    with app.app_context(), acting_as(load_viewer(world.people[person]) if person else NOBODY):
        for statement in (update(model).values(owner_id=None), delete(model), insert(model).values(owner_id=None)):
            with pytest.raises(AccessDenied):
                db.session.execute(statement)
            db.session.rollback()
        with pytest.raises(AccessDenied):
            db.session.query(model).delete()
        db.session.rollback()
    with system(app) as session, pytest.raises(AccessDenied):
        session.execute(delete(model))


@pytest.mark.parametrize("person", ["south1", "north1", "south2"])
def test_a_row_given_away_is_gone_for_the_giver(app: Flask, world: World, person: str) -> None:
    with acting(app, world, person) as session:
        row = session.scalars(select(Customer).where(Customer.id == world.lead[person])).one()
        row.owner_id = world.people["south2" if person != "south2" else "south1"]
        with pytest.raises(AccessDenied):  # only a manager gives customers to someone else
            session.commit()


def test_a_manager_gives_a_customer_with_its_children_inside_the_tree_only(app: Flask, world: World) -> None:
    with acting(app, world, "boss_south") as session:
        row = session.scalars(select(Customer).where(Customer.id == world.signed["south1"])).one()
        row.owner_id = world.people["north1"]
        with pytest.raises(RuleViolation):
            session.commit()
        session.rollback()
        row.owner_id = world.people["south2"]
        session.commit()
    with acting(app, world, "south1") as session:
        assert session.get(Customer, world.signed["south1"]) is None
        for model in (Activity, Contract, Ticket):
            assert session.scalars(select(model).where(model.customer_id == world.signed["south1"])).all() == []
    with acting(app, world, "south2") as session:
        for model in CHILDREN:
            found = session.scalars(select(model).where(model.customer_id == world.signed["south1"])).all()
            assert [row.owner_id for row in found] == [world.people["south2"]]
    with system(app) as session:
        entry = HistoryEntry
        to_south2 = (entry.field == "owner_id", entry.new == str(world.people["south2"]), entry.way != "import")
        moved = session.scalars(select(entry.model).where(*to_south2)).all()
        assert sorted(moved) == ["Activity", "Contact", "Contract", "Customer", "Ticket"]
        author = session.scalars(select(Activity.author_id).where(Activity.id == world.activity["south1"])).one()
        assert author == world.people["south1"]  # what was done stays who did it


def test_roles_are_united_per_action(app: Flask, world: World) -> None:
    """Salesperson (own: delete) with Regional manager (department: see, edit) deletes own rows only."""
    with system(app) as session:
        status_id = session.get_one(Customer, world.lead["south1"]).status_id
        own = Customer(name="selling_boss own", owner_id=world.people["selling_boss"], status_id=status_id)
        session.add(own)
        session.flush()
        own_id = own.id
    for row_id, refusal in ((world.lead["south1"], AccessDenied), (world.lead["north1"], HiddenRow), (own_id, None)):
        with acting(app, world, "selling_boss") as session:
            with as_system():
                row = session.get_one(Customer, row_id)
            session.delete(row)
            if refusal is None:
                session.commit()
            else:
                with pytest.raises(refusal):
                    session.commit()
    with system(app) as session:
        assert session.get(Customer, own_id) is None
        assert session.get(Customer, world.lead["south1"]) is not None


def test_a_person_who_moves_takes_the_rows_department_along(app: Flask, world: World) -> None:
    with system(app) as session:
        north = session.get_one(Staff, world.people["boss_north"]).department_id
        session.get_one(Staff, world.people["south1"]).department_id = north
    with acting(app, world, "boss_north") as session:
        assert names(session.scalars(select(Customer))) == {"north1", "south1"}
        assert {row.subject.split()[0] for row in session.scalars(select(Ticket))} == {"north1", "south1"}
    with acting(app, world, "boss_south") as session:
        assert names(session.scalars(select(Customer))) == {"south2"}


def test_a_department_that_moves_takes_its_people_into_the_other_tree(app: Flask, world: World) -> None:
    with system(app) as session:
        north = session.get_one(Staff, world.people["boss_north"]).department_id
        city = session.get_one(Staff, world.people["south2"]).department_id
        session.get_one(Department, city).parent_id = north
    with acting(app, world, "boss_north") as session:
        assert names(session.scalars(select(Customer))) == {"north1", "south2"}
    with acting(app, world, "boss_south") as session:
        assert names(session.scalars(select(Customer))) == {"south1"}


def test_an_object_from_elsewhere_cannot_be_written_by_a_person_out_of_reach(app: Flask, world: World) -> None:
    for person in ("south1", "boss_south", "service1", "it", "nobody", "director"):
        with acting(app, world, person) as session:
            with as_system():
                row = session.get_one(Customer, world.lead["north1"])
            row.remark = "taken"
            with pytest.raises((HiddenRow, AccessDenied)):
                session.commit()
    with system(app) as session:
        assert session.get_one(Customer, world.lead["north1"]).remark == ""


def test_roles_taken_away_reach_nothing_at_the_next_load(app: Flask, world: World) -> None:
    with system(app) as session:
        session.get_one(Staff, world.people["south1"]).roles = []
    with acting(app, world, "south1") as session:
        assert session.scalars(select(Customer)).all() == []
    with system(app) as session:
        role = session.scalars(select(Role).where(Role.name == "Salesperson")).one()
        role.permissions = [p for p in role.permissions if p.permission.name != "can_see_own"]
    with acting(app, world, "north1") as session:
        assert session.scalars(select(Customer)).all() == []


def test_the_bin_is_out_of_sight(app: Flask, world: World) -> None:
    with acting(app, world, "south1") as session:
        session.delete(session.get(Customer, world.lead["south1"]))
        session.commit()
    for person in ("south1", "boss_south", "director", "chief"):
        with acting(app, world, person) as session:
            assert session.get(Customer, world.lead["south1"]) is None
            assert "south1 Lead Ltd" not in session.scalars(select(Customer.name)).all()
    with app.app_context(), db.engine.connect() as connection:  # kept, not deleted
        kept = connection.execute(text("SELECT count(*) FROM customer WHERE name = 'south1 Lead Ltd' AND deleted_at IS NOT NULL"))
        assert kept.scalar() == 1
