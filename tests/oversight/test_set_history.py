"""The history of sets: roles of people and groups, members of groups, permissions of roles, each in words wherever it is read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Group, Role
from sqlalchemy import insert, select

from app.core.access.viewer import as_system
from app.core.writes import history
from app.core.writes.history import HistoryEntry
from app.extensions import db
from app.staff.models import Staff

from ..factories import World
from ..language_crawl import switch
from .test_history_page import list_lines


@pytest.fixture
def night(app: Flask, world: World) -> dict[str, int]:
    """Return the ids of a group with a role and two members, of that role, and of a member, all of them changed."""
    with app.app_context(), as_system("import"):
        people = [db.session.get_one(Staff, world.people[name]) for name in ("south1", "nobody")]
        role = db.session.scalars(select(Role).where(Role.name == "Maintenance")).one()
        group = Group(name="night", label="Night shift", description="", roles=[role], users=people)
        db.session.add(group)
        db.session.commit()
        group.users = people[:1]
        people[0].roles = [*people[0].roles, role]
        role.permissions = role.permissions[1:]
        db.session.commit()
        return {"groups": group.id, "roles": role.id, "staff": people[0].id}


WANTED = {
    "groups": ["People: – → ", "South1 Test", "People: Nobody Test → –", "Roles: – → Maintenance"],
    "roles": ["Permissions: "],
    "staff": ["Roles: – → Maintenance"],
}


def read_pane(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.split('id="pane-history"', 1)[1]).split())


@pytest.mark.parametrize("person", ["it", "chief"])
@pytest.mark.parametrize("base", list(WANTED))
def test_the_record_and_the_history_tell_its_sets_in_words(night: dict[str, int], sign_in: Any, person: str, base: str) -> None:
    reader = sign_in(person)
    for path in (f"/{base}/", f"/{base}/edit/{night[base]}"):
        answer = reader.get(path)
        assert answer.status_code == 200 or (base == "roles" and person == "it"), path
    pane = read_pane(reader.get(f"/{base}/show/{night[base]}?show=history").text)
    lines = "\n".join(list_lines(reader.get("/history/").text))
    for words in WANTED[base]:
        assert words in pane and words in lines, (words, pane, lines)
    for code in ("south1;", "nobody", "can_"):
        assert code not in pane and code not in lines, (code, pane)


def test_every_watched_set_is_told_in_both_languages(night: dict[str, int], app: Flask, sign_in: Any) -> None:
    watched = {(model.__name__, name) for model, sets in history.WATCHED.first_of_each().items() for name in sets.names}
    assert watched == {("Staff", "roles"), ("Staff", "groups"), ("Role", "permissions"), ("Group", "roles"), ("Group", "users")}
    with app.app_context():
        entry = HistoryEntry.__table__.c
        held = {tuple(row) for row in db.session.connection().execute(select(entry.model, entry.field).distinct())}
    assert watched - held <= {("Staff", "groups")}
    chief = sign_in("chief")
    for language, words in (("en", "South1 Test"), ("zh", "South1 Test")):
        switch(chief, language)
        assert words in chief.get("/history/?module=Groups").text


def test_who_is_no_longer_known_stands_by_the_user_name(night: dict[str, int], app: Flask, sign_in: Any) -> None:
    with app.app_context(), as_system():
        values = {"actor_id": None, "way": "form", "model": "Group", "row_id": night["groups"], "kind": "edit", "field": "users"}
        db.session.connection().execute(insert(HistoryEntry.__table__).values(**values, at=history.clock.now(), new="long-gone; south1"))
        db.session.commit()
    page = sign_in("it").get("/history/?module=Groups").text
    assert "long-gone, South1 Test" in page


ODD_LINES = [
    {"model": "Customer", "field": "owner_id", "old": "9" * 5000, "new": "x"},
    {"model": "Customer", "field": "name", "old": "", "new": "\u200b"},
    {"model": "Customer", "field": "contacts", "new": "what is a relation now"},
    {"model": "Customer", "field": "no_such_column", "new": "1"},
    {"model": "Customer", "field": "ended_on", "new": "0001-01-01", "old": "not a day"},
    {"model": "Customer", "field": "created_at", "new": "9999-12-31 23:59:59"},
    {"model": "Customer", "field": "status_id", "new": "9" * 5000},
    {"model": "Customer", "kind": "share", "field": "", "new": "x y z"},
    {"model": "Customer", "kind": "long ago", "field": "", "new": "1"},
    {"model": "Contract", "field": "amount", "new": "NaN", "old": "much"},
    {"model": "Contract", "field": "status", "new": "of long ago"},
    {"model": "Handover", "field": "state", "new": "of long ago"},
    {"model": "Role", "field": "permissions", "new": "nonsense"},
    {"model": "Group", "field": "users", "new": "; ; "},
]


@pytest.mark.parametrize("place", range(len(ODD_LINES)))
def test_no_line_breaks_the_history(night: dict[str, int], app: Flask, world: World, sign_in: Any, place: int) -> None:
    rows = {"Customer": ("customers", world.signed["south1"]), "Contract": ("contracts", world.contract["south1"]), "Handover": ("", 1),
            "Role": ("roles", night["roles"]), "Group": ("groups", night["groups"])}  # fmt: skip
    odd = ODD_LINES[place]
    base, row_id = rows[odd["model"]]
    with app.app_context(), as_system():
        values = {"actor_id": None, "way": "form", "row_id": row_id, "kind": "edit", "old": None, "new": None, **odd}
        db.session.connection().execute(insert(HistoryEntry.__table__).values(**values, at=history.clock.now()))
        db.session.commit()
    chief = sign_in("chief")
    assert chief.get("/history/").status_code == 200
    if base:
        assert chief.get(f"/{base}/show/{row_id}").status_code == 200


@pytest.mark.parametrize("person", ["it", "chief"])
def test_a_form_that_adds_a_member_tells_of_that_one_alone(night: dict[str, int], world: World, sign_in: Any, person: str) -> None:
    reader, pk = sign_in(person), night["groups"]
    members = [str(world.people[name]) for name in ("south1", "south2")]
    form = {"name": "night", "label": "Night shift", "description": "", "roles": [str(night["roles"])], "users": members}
    assert reader.post(f"/groups/edit/{pk}", form).status_code == 302
    newest = list_lines(reader.get("/history/?module=Groups").text)[0]
    assert "People: – → South2 Test" in newest and "South1" not in newest
    assert "People: – → South2 Test" in read_pane(reader.get(f"/groups/show/{pk}?show=history").text)
    assert reader.get(f"/staff/show/{world.people['south2']}").status_code == 200


def test_a_group_saved_unchanged_leaves_no_line(night: dict[str, int], world: World, sign_in: Any) -> None:
    it, pk = sign_in("it"), night["groups"]
    before = list_lines(it.get("/history/?module=Groups").text)
    form = {
        "name": "night",
        "label": "Night shift",
        "description": "",
        "roles": [str(night["roles"])],
        "users": [str(world.people["south1"])],
    }
    assert it.post(f"/groups/edit/{pk}", form).status_code == 302
    assert list_lines(it.get("/history/?module=Groups").text) == before
