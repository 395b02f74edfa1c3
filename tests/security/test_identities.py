"""Nobody adds or takes a name that reads like another's, by whatever door; so everybody goes on signing in as themself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select, update

from app.core.access.viewer import acting_as, load_viewer
from app.core.base import clock
from app.core.base.errors import NAME_TAKEN, RuleViolation, translate_integrity_error
from app.core.db import identities
from app.core.db.identities import NAME_NEEDED, NOT_PLAIN, IdentityKey
from app.core.lists.saved_views import SavedView
from app.core.writes.numbering import SERIES_TAKEN, NumberSeries, issue
from app.customers.models import Status
from app.extensions import db
from app.staff import rules
from app.staff.models import Department, Staff

from ..acting import acting, system
from ..conftest import ADMIN_PASSWORD, Browser
from ..factories import World, make_department
from ..snapshots import list_changes, take_snapshot
from . import steps
from .lookalikes import KINDS, SPELLINGS, Kind, find_renamed, make_fields, make_values, prepare

CYRILLIC = str.maketrans("aeoc", "аеос")


def list_spellings(kind: Kind) -> dict[str, str]:
    """Return the look-alikes of the taken name of a kind."""
    names = {how: spell(kind.taken) for how, spell in SPELLINGS.items()}
    return names | ({"Cyrillic": kind.taken.translate(CYRILLIC)} if kind.is_plain else {})


def is_refused_at(page: Any, field: str) -> bool:
    """Tell whether a form came back with a sentence at this field, and linked from the top."""
    return page.status_code == 422 and f'<a href="#{field}">' in page.text


@pytest.mark.parametrize("name", KINDS)
def test_the_form_of_a_new_row_refuses_every_spelling(app: Flask, world: World, sign_in: Any, name: str) -> None:
    prepare(app)
    kind, it = KINDS[name], sign_in("it")
    before, fields = take_snapshot(app), make_fields(app, kind)
    pages = {how: it.post(f"{kind.screen}/add", {**fields, kind.field: spelt}) for how, spelt in list_spellings(kind).items()}
    assert [how for how, page in pages.items() if not is_refused_at(page, kind.field)] == []
    assert list_changes(before, take_snapshot(app)) == {}
    assert it.post(f"{kind.screen}/add", {**fields, kind.field: kind.fresh}).status_code == 302  # the name alone was at fault


@pytest.mark.parametrize("name", KINDS)
def test_the_form_that_renames_a_row_refuses_every_spelling(app: Flask, world: World, sign_in: Any, name: str) -> None:
    prepare(app)
    kind, it = KINDS[name], sign_in("it")
    row_id, fields = find_renamed(app, kind)
    before = take_snapshot(app)
    pages = {how: it.post(f"{kind.screen}/edit/{row_id}", {**fields, kind.field: spelt}) for how, spelt in list_spellings(kind).items()}
    assert [how for how, page in pages.items() if not is_refused_at(page, kind.field)] == []
    assert list_changes(before, take_snapshot(app)) == {}
    assert it.post(f"{kind.screen}/edit/{row_id}", {**fields, kind.field: kind.fresh}).status_code == 302


@pytest.mark.parametrize("name", KINDS)
def test_a_session_refuses_every_spelling_for_new_rows_and_old(app: Flask, world: World, name: str) -> None:
    prepare(app)
    kind = KINDS[name]
    row_id, values = find_renamed(app, kind)[0], make_values(app, kind)
    before, accepted = take_snapshot(app), []
    for how, spelt in list_spellings(kind).items():
        for is_new in (True, False):
            with acting(app, world, "it") as session:
                if is_new:
                    session.add(kind.model(**{**values, kind.field: spelt}))
                else:
                    setattr(session.get_one(kind.model, row_id), kind.field, spelt)
                try:
                    session.commit()
                except RuleViolation as refusal:
                    assert refusal.field == kind.field
                    continue
                accepted.append((how, is_new))
    assert accepted == []
    assert list_changes(before, take_snapshot(app)) == {}


def test_the_sentences(app: Flask, world: World, sign_in: Any) -> None:
    it = sign_in("it")
    person = {**KINDS["user name"].others}
    assert str(rules.ACCOUNT_TAKEN) in it.post("/staff/add", {**person, "username": "NORTH1"}).text
    assert str(NOT_PLAIN) in it.post("/staff/add", {**person, "username": "nоrth1"}).text
    assert str(NAME_TAKEN) in it.post("/roles/add", {"name": "Management "}).text
    assert str(NAME_NEEDED) in it.post("/roles/add", {"name": "\u3164\u200b"}).text


@pytest.mark.parametrize("spelling", ["Admin", "Admin ", "ADMIN", "\u200bAdmin", "Ａdmin", "Аdmin", "аdmin"])
@pytest.mark.parametrize("person", ["it", "chief"])
def test_no_role_reads_like_the_admin_role(app: Flask, world: World, sign_in: Any, spelling: str, person: str) -> None:
    browser = sign_in(person)
    before = take_snapshot(app)
    assert is_refused_at(browser.post("/roles/add", {"name": spelling}), "name")
    assert is_refused_at(steps.save_role(browser, "Management", list(steps.list_grants(app, "Management").values()), name=spelling), "name")
    assert list_changes(before, take_snapshot(app)) == {}


def test_the_admin_role_keeps_its_name_however_it_is_written(app: Flask, world: World, sign_in: Any) -> None:
    chief, grants = sign_in("chief"), list(steps.list_grants(app, "Admin").values())
    assert steps.save_role(chief, "Admin", grants, name="ADMIN ").status_code == 302
    assert "Admin" in steps.held_roles(app, world.people["chief"])
    assert Browser(app).sign_in("chief").get("/staff/").status_code == 200


def test_accents_put_together_or_apart_are_one_name(app: Flask, world: World, sign_in: Any) -> None:
    it = sign_in("it")
    person = KINDS["user name"].others
    assert it.post("/staff/add", {**person, "username": "rene\u0301"}).status_code == 302
    assert is_refused_at(it.post("/staff/add", {**person, "username": "René", "email": "other@example.com"}), "username")
    with app.app_context():
        assert db.session.scalar(select(Staff.username).where(Staff.email == person["email"])) == "ren\u00e9"  # stored composed


def test_a_person_s_user_name_may_be_their_own_mail(app: Flask, world: World, sign_in: Any) -> None:
    person = {**KINDS["user name"].others, "username": "same@example.com", "email": "same@example.com"}
    assert sign_in("it").post("/staff/add", person).status_code == 302
    assert steps.save_person(sign_in("it"), world.people["south1"], username="South1@Example.com").status_code == 302
    assert Browser(app).sign_in("south1@example.com", "south1-south1")


def test_everybody_goes_on_signing_in_as_themself(app: Flask, world: World, sign_in: Any) -> None:
    it = sign_in("it")
    for username, email in [
        ("ADMIN", "a1@example.com"),
        ("ｎorth1", "a2@example.com"),
        ("north1@example.com", "a3@example.com"),
        ("fine", "N1@x.y"),
    ]:
        it.post("/staff/add", {**KINDS["user name"].others, "username": username, "email": email})
    for name, password in [("admin", ADMIN_PASSWORD), ("north1", "north1-north1"), ("NORTH1@example.com", "north1-north1")]:
        for _ in range(10):
            page = Browser(app).sign_in(name, password).get("/profile/").text
            assert ("admin@countersign.example" if name == "admin" else "north1@example.com") in page


@pytest.mark.parametrize("typed", ["north1", " NORTH1", "ｎｏｒｔｈ１", "no\u200brth1", "NORTH1@EXAMPLE.com"])
def test_a_name_is_found_however_it_is_typed(app: Flask, world: World, rest: Any, typed: str) -> None:
    assert Browser(app).sign_in(typed, "north1-north1").get("/profile/").status_code == 200
    assert rest(typed, "north1-north1").send("GET", "customers/").status_code == 200


def test_older_names_stay_and_their_rows_can_be_saved(app: Flask, world: World, sign_in: Any) -> None:
    """What was there before is compared only when it is changed."""
    person = world.people["south1"]
    with app.app_context():
        table, keys = Staff.__table__, IdentityKey.__table__
        connection = db.session.connection()
        connection.execute(update(table).where(table.c.id == person).values(username="Sоuth 1"))
        connection.execute(update(keys).where(keys.c.key == "south1").values(key=identities.make_key("Sоuth 1")))
        role = db.session.scalars(select(Role).where(Role.name == "Management")).one()
        connection.execute(update(Role.__table__).where(Role.__table__.c.id == role.id).values(name="Маnagement "))
        db.session.commit()
    assert steps.save_role(sign_in("it"), "Маnagement ", [], name="Маnagement ").status_code == 302
    with acting(app, world, "it") as session:
        row = session.scalars(select(Status).where(Status.name_en == "Signed")).one()
        row.position = 99
        session.commit()


def test_a_name_given_up_is_free_again(app: Flask, world: World, sign_in: Any) -> None:
    it = sign_in("it")
    assert steps.save_person(it, world.people["south1"], username="south.one").status_code == 302
    assert it.post("/staff/add", {**KINDS["user name"].others, "username": "SOUTH1"}).status_code == 302
    fields = {**KINDS["status"].others, "name_en": "Fleeting", "name_zh": "短暂"}
    for _ in range(2):
        assert it.post("/statuses/add", fields).status_code == 302
        with app.app_context():
            row_id = db.session.scalars(select(Status.id).where(Status.name_en == "Fleeting")).one()
        assert it.post(f"/statuses/delete/{row_id}").status_code == 302


def test_departments_are_told_apart_below_one_parent(app: Flask, world: World) -> None:
    with acting(app, world, "chief") as session:
        south, north = (session.scalars(select(Department).where(Department.name_en == name)).one() for name in ("south", "north"))
        make_department("north", south)
        session.commit()
        child = session.scalars(select(Department).where(Department.parent_id == south.id, Department.name_en == "north")).one()
        child.parent = session.get(Department, north.parent_id)
        with pytest.raises(RuleViolation) as refused:
            session.commit()
        assert refused.value.field in ("name_zh", "name_en")


def test_a_tree_of_departments_is_added_in_one_go(app: Flask, world: World) -> None:
    """The parent has no id yet when its children pass the gate."""
    with acting(app, world, "chief") as session:
        for name in ("one", "two"):
            make_department("team", make_department(name))
        session.commit()
        make_department("TEAM", session.scalars(select(Department).where(Department.name_en == "one")).one())
        with pytest.raises(RuleViolation):
            session.commit()


def test_a_view_is_found_by_its_name_however_it_is_written(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    for name in ("Mine", "MINE ", "ｍｉｎｅ", "mi\u200bne"):
        assert person.post("/views/save", {"screen": "customers", "name": name, "query": "", "view": "0"}).status_code == 302
    with app.app_context():
        assert list(db.session.scalars(select(SavedView.name))) == ["mine"]
    assert sign_in("south2").post("/views/save", {"screen": "customers", "name": "Mine", "query": "", "view": "0"}).status_code == 302
    with acting(app, world, "south1") as session:
        session.add(SavedView(staff_id=world.people["south1"], module="customers", name="MINE"))
        with pytest.raises(RuleViolation) as refused:
            session.commit()
    assert refused.value.field == "name"


def test_a_series_has_one_row_a_year_also_when_the_year_begins_by_itself(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(app, world, "it") as session:
        session.add(NumberSeries(code="customer", year=0, pattern="C{seq:07}"))
        with pytest.raises(RuleViolation) as refused:
            session.commit()
        assert refused.value.field == "code" and str(refused.value) == str(SERIES_TAKEN)
    monkeypatch.setattr(clock, "today", lambda: date(2031, 1, 2))
    with system(app) as session:
        issue(session, "ticket")
    with acting(app, world, "it") as session:
        session.add(NumberSeries(code="ticket", year=2031, pattern="T{year}{seq:06}"))
        with pytest.raises(RuleViolation) as refused:
            session.commit()
    assert refused.value.field == "code"


@pytest.mark.postgres
def test_of_two_at_the_same_moment_one_wins(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting, real = Barrier(2), identities._check_free

    def check_then_wait(*args: Any) -> None:
        real(*args)
        meeting.wait(10)

    monkeypatch.setattr(identities, "_check_free", check_then_wait)

    def add(username: str) -> RuleViolation | None:
        with app.app_context(), acting_as(load_viewer(world.people["it"])):
            db.session.add(Staff(username=username, first_name="R", last_name="", email=f"{len(username)}@x.example", active=True))
            try:
                db.session.commit()
            except RuleViolation as refusal:
                db.session.rollback()
                return refusal
        return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(add, ["racer", "RACER "]))
    refusals = [outcome for outcome in outcomes if outcome is not None]
    assert [(refusal.field, str(refusal)) for refusal in refusals] == [("username", str(rules.ACCOUNT_TAKEN))]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Staff).where(func.lower(func.trim(Staff.username)) == "racer")) == 1


def test_the_database_itself_keeps_a_key_once(app: Flask, world: World) -> None:
    with app.app_context():
        with pytest.raises(identities.IntegrityError) as broken:
            identities.note_key(db.session.connection(), "account", "", "north1", 999_999)
        db.session.rollback()
        assert str(translate_integrity_error(broken.value)) == str(NAME_TAKEN)


def test_a_gate_without_identities_would_be_noticed(app: Flask, world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "check", lambda change: None)
    assert sign_in("it").post("/staff/add", {**KINDS["user name"].others, "username": "NORTH1"}).status_code == 302
