"""Absences: who may enter them, what the gate refuses, whom it tells, and who stands in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.extensions import db
from app.notices.models import Notice
from app.staff import rules
from app.staff.models import Absence, Staff
from app.staff.queries import find_deputies, list_stood_for

from ..acting import acting, system
from ..conftest import POSTGRES
from ..factories import World
from ..test_query_budget import recording

FIRST = date(2031, 3, 3)


def enter(app: Flask, world: World, person: str, deputy: str, *, first: int = 0, last: int = 4, by: str = "") -> int:
    """Enter an absence so many days from FIRST on; return its id."""
    with acting(app, world, by or person) as session:
        row = Absence(
            owner_id=world.people[person], deputy_id=world.people[deputy], from_on=FIRST + timedelta(days=first),
            until_on=FIRST + timedelta(days=last),
        )  # fmt: skip
        session.add(row)
        session.commit()
        return row.id


def hear(app: Flask, world: World, *given: Any, **more: Any) -> object:
    """Return the sentence by which an absence is refused; None when it is taken."""
    try:
        enter(app, world, *given, **more)
    except RuleViolation as refusal:
        return refusal.message
    return None


def close(app: Flask, world: World, person: str) -> None:
    with system(app) as session:
        session.get_one(Staff, world.people[person]).active = False
        session.commit()


def stand_in(app: Flask, world: World, day: date = FIRST) -> dict[str, str]:
    """Return who stands in for whom, by user name; nobody asks."""
    names = {key: name for name, key in world.people.items()}
    with app.app_context():
        return {names[absent]: names[deputy] for absent, deputy in find_deputies(db.session(), day).items()}


def test_the_chain_ends_with_who_is_there(app: Flask, world: World) -> None:
    enter(app, world, "south1", "south2")
    enter(app, world, "south2", "boss_south", last=2)
    assert stand_in(app, world) == {"south1": "boss_south", "south2": "boss_south"}
    assert stand_in(app, world, FIRST + timedelta(days=3)) == {"south1": "south2"}
    assert stand_in(app, world, FIRST + timedelta(days=5)) == {}
    with recording(app) as sent, app.app_context():
        found = list_stood_for(db.session(), world.people["boss_south"], FIRST)
    assert found == {world.people["south1"], world.people["south2"]} and len(sent) == 1


def test_a_closed_deputy_is_nobody_and_a_deleted_absence_none(app: Flask, world: World) -> None:
    absence = enter(app, world, "south1", "south2")
    close(app, world, "south2")
    assert stand_in(app, world) == {}
    enter(app, world, "north1", "boss_north")
    with acting(app, world, "south1") as session:  # returned early: the deputy is not asked for again
        session.scalars(select(Absence).where(Absence.id == absence)).one().until_on = FIRST
        session.commit()
        session.delete(session.scalars(select(Absence).where(Absence.id == absence)).one())
        session.commit()
    assert stand_in(app, world) == {"north1": "boss_north"}


def test_the_gate_refuses_what_cannot_be(app: Flask, world: World) -> None:
    close(app, world, "service2")
    assert hear(app, world, "south1", "service2") is rules.DEPUTY_CLOSED
    assert hear(app, world, "south1", "south1") is rules.DEPUTY_SELF
    assert hear(app, world, "south1", "south2", first=2, last=1) is rules.DAYS_ORDER
    assert hear(app, world, "south1", "south2") is None
    assert hear(app, world, "south1", "service1", first=4, last=9) is rules.OVERLAP
    assert hear(app, world, "south2", "south1", first=4, last=9) is rules.CIRCLE
    assert hear(app, world, "south2", "service1") is None
    assert hear(app, world, "service1", "it") is None
    assert hear(app, world, "it", "director") is rules.CHAIN_LONG


def test_what_comes_out_of_the_bin_is_checked_again(app: Flask, world: World, sign_in: Any) -> None:
    absence = enter(app, world, "south1", "south2")
    person = sign_in("south1")
    assert person.post(f"/absences/delete/{absence}").status_code == 302
    enter(app, world, "south1", "boss_south")
    answer = person.post(f"/bin/restore/absence/{absence}", follow_redirects=True)
    assert "entered as absent on some of these days already" in answer.text
    assert stand_in(app, world) == {"south1": "boss_south"}


@pytest.mark.parametrize(
    ("by", "person", "said"),
    [
        ("south1", "south1", None),
        ("south1", "south2", rules.PERSON_CLOSED),
        ("service1", "service1", None),
        ("boss_south", "south2", None),
        ("boss_south", "north1", rules.PERSON_CLOSED),
        ("it", "north1", None),
        ("director", "director", None),
        ("chief", "north1", None),
    ],
)
def test_who_enters_whose_absence(app: Flask, world: World, by: str, person: str, said: object) -> None:
    assert hear(app, world, person, "nobody", by=by) is said


def test_the_deputy_is_told_and_sees_it_on_the_profile(app: Flask, world: World, sign_in: Any) -> None:
    today = clock_today(app)
    person, deputy = sign_in("south1"), sign_in("south2")
    body = {"owner": "", "from_on": str(today), "until_on": str(today), "deputy": str(world.people["south2"]), "note": "at the dentist's"}
    assert person.post("/absences/add", body).status_code == 302
    told = deputy.get("/notices/").text
    assert f"South1 Test named you as deputy: South1 Test {today} – {today}" in told
    with app.app_context():
        notice = db.session.scalars(select(Notice).where(Notice.kind == "deputy").order_by(Notice.id.desc())).first()
        assert notice is not None and notice.staff_id == world.people["south2"]
    page = deputy.post(f"/notices/open/{notice.id}", follow_redirects=True).text
    assert "Stands in for" in page and "South1 Test" in page
    assert "at the dentist" not in page  # the note is the absent person's and their managers'
    mine = person.get("/profile/").text
    assert 'href="/absences/"' in mine and "South2 Test" in mine
    assert "South1 Test" in person.get("/absences/").text
    assert "South1 Test" not in deputy.get("/absences/").text.split("<main", 1)[1]


def clock_today(app: Flask) -> date:
    with app.app_context():
        return clock.today()


@pytest.mark.skipif(not POSTGRES, reason="SQLite has one writer at a time")
def test_two_who_name_each_other_at_once_make_no_circle(app: Flask, world: World) -> None:
    start = Barrier(2)

    def write(names: tuple[str, str]) -> object:
        start.wait()
        return hear(app, world, *names)

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(write, [("south1", "south2"), ("south2", "south1")]))
    assert sorted(map(str, said)) == sorted(map(str, [None, rules.CIRCLE]))
