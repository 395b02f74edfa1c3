"""Who manages whom: the nearest department with a manager who is there, and who comes next above."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.base.errors import RuleViolation
from app.extensions import db
from app.staff import rules
from app.staff.models import Department, Staff
from app.staff.queries import find_manager, find_manager_above

from ..acting import acting, system
from ..factories import World
from ..forms import read_refusals
from ..test_query_budget import recording


def set_managers(app: Flask, world: World, **managers: str | None) -> None:
    """Set the managers of departments, by English name with underscores."""
    with system(app) as session:
        for department in session.scalars(select(Department)):
            name = "head" if department.parent_id is None else department.name_en.replace(" ", "_")
            if name in managers:
                department.manager_id = world.people.get(managers[name] or "")
        session.commit()


def find(app: Flask, world: World, person: str) -> tuple[str | None, str | None]:
    """Return a person's manager and the one above, by user name."""
    names = {key: name for name, key in world.people.items()}
    with app.app_context():
        found = [names.get(ask(db.session(), world.people[person]) or 0) for ask in (find_manager, find_manager_above)]
    return found[0], found[1]


def test_the_nearest_manager_counts(app: Flask, world: World) -> None:
    assert find(app, world, "south2") == (None, None)
    set_managers(app, world, south="boss_south", head="director")
    assert find(app, world, "south2") == ("boss_south", "director")  # the city has none: that of the region
    assert find(app, world, "south1") == ("boss_south", "director")
    assert find(app, world, "boss_south") == ("director", None)  # nobody manages themselves
    assert find(app, world, "north1") == ("director", None)
    assert find(app, world, "director") == (None, None)
    set_managers(app, world, south_city="boss_south")
    assert find(app, world, "south2") == ("boss_south", "director")  # named twice, asked once


def test_a_closed_account_manages_nobody(app: Flask, world: World) -> None:
    set_managers(app, world, south="boss_south", head="director")
    with system(app) as session:
        session.get_one(Staff, world.people["boss_south"]).active = False
        session.commit()
    assert find(app, world, "south1") == ("director", None)


def test_one_statement_finds_the_manager(app: Flask, world: World) -> None:
    set_managers(app, world, south="boss_south", head="director")
    with recording(app) as sent:
        assert find(app, world, "south2") == ("boss_south", "director")
    assert len(sent) == 2


@pytest.mark.parametrize("manager", ["closed", "nobody there"])
def test_the_gate_takes_no_manager_without_an_open_account(app: Flask, world: World, manager: str) -> None:
    with system(app) as session:
        session.get_one(Staff, world.people["north1"]).active = False
        session.commit()
    with acting(app, world, "it") as session:
        department = session.scalars(select(Department).where(Department.name_en == "south")).one()
        department.manager_id = world.people["north1"] if manager == "closed" else 987654
        with pytest.raises(RuleViolation) as refusal:
            session.commit()
        session.rollback()
    assert (refusal.value.message, refusal.value.field) == (rules.MANAGER_CLOSED, "manager")


def test_it_names_the_manager_in_the_form_and_history_says_so(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("it")
    with app.app_context():
        south = db.session.scalars(select(Department.id).where(Department.name_en == "south")).one()
    form = {"name_zh": "南区", "name_en": "South", "position": "1", "row_version": "1", "manager": str(world.people["boss_south"])}
    answer = person.post(f"/departments/edit/{south}", form)
    assert answer.status_code == 302, read_refusals(answer.text)
    assert "Boss_South Test" in person.get(f"/departments/show/{south}").text
    history = person.get("/history/").text
    assert "Manager" in history and "Boss_South Test" in history
    assert "Boss_South Test" in person.get("/departments/").text
    closed = person.post(f"/departments/edit/{south}", {**form, "row_version": "2", "manager": "987654"})
    assert closed.status_code == 422
    assert "Choose a manager whose account is open." in closed.text
