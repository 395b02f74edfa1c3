"""Who can see this, why can I see this, what is missing: the sentences against the filter, over every person and record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.scope import REACH_OPTION, find_reason, owned_models
from app.core.access.viewer import PICK, SEE, acting_as, as_system, load_viewer
from app.core.views.reach_page import list_reachers
from app.extensions import db
from app.seed import demo
from app.staff.models import Staff

from ..factories import World


@pytest.mark.slow
def test_reason_and_filter_agree_for_every_person_and_record_of_the_demo_company(app: Flask) -> None:
    """The rows that a statement returns are those for which the sentence has a reason, for all and for pickers."""
    with app.app_context():
        with as_system("demo"):
            wipe_small_company()
        demo.fill(120)
        with as_system():
            people = dict(db.session.execute(select(Staff.id, Staff.username).where(Staff.active.is_(True))).all())
            rows = {model: list(db.session.scalars(select(model))) for model in owned_models()}
        compared = differing = 0
        for staff_id in people:
            with acting_as(staff_id) as viewer:
                for model, found in rows.items():
                    for actions, reach in ((SEE, "see"), (PICK, "pick")):
                        seen = set(db.session.scalars(select(model.id), execution_options={REACH_OPTION: reach}))
                        told = {row.id for row in found if find_reason(viewer, row, actions) is not None}
                        compared += len(found)
                        differing += len(seen ^ told)
    assert compared > 20_000
    assert differing == 0


def wipe_small_company() -> None:
    """Begin with an empty company: the demo is not written into another."""
    connection = db.session.connection()
    for table in reversed(db.metadata.sorted_tables):
        if table.name in {model.__tablename__ for model in owned_models()} | {"share", "handover_item", "history"}:
            connection.execute(table.delete())
    db.session.commit()
    keep = db.session.scalars(select(Staff).where(Staff.username != "admin")).all()
    for person in keep:
        person.roles = []
    db.session.flush()
    table = Staff.__table__
    connection = db.session.connection()
    connection.execute(db.metadata.tables["issued_number"].delete())
    keys = db.metadata.tables["identity"]
    gone = select(table.c.id).where(table.c.username != "admin")
    connection.execute(keys.delete().where(keys.c.kind == "account", keys.c.row_id.in_(gone)))
    # The company's departments stay, their names do not stand in the way of the demo's.
    connection.execute(keys.delete().where(keys.c.kind == "department"))
    connection.execute(table.delete().where(table.c.username != "admin"))
    db.session.commit()


def test_the_page_names_everybody_who_reaches_the_record_and_nobody_else(app: Flask, world: World, sign_in: Any) -> None:
    page = sign_in("boss_south").get(f"/customers/reach/{world.signed['south1']}").text
    rows = dict(re.findall(r'<tr><th scope="row"><strong>([^<]+)</strong></th><td>([^<]+)</td>', page))
    assert rows["South1 Test"] == "is its salesperson"
    assert rows["Boss_South Test"].startswith("manages south, to which")
    assert rows["Director Test"] == "has a role that shows all records of this kind"
    assert rows["Service1 Test"].startswith("chooses it in forms")
    assert {"South2 Test", "North1 Test", "Boss_North Test", "Nobody Test", "It Test"}.isdisjoint(rows)
    shared = sign_in("boss_north").get(f"/customers/reach/{world.signed['north1']}").text
    assert "South2 Test" in shared and "shares it with them" in shared


def test_the_list_is_the_filter_seen_from_the_other_side(app: Flask, world: World) -> None:
    with app.app_context():
        with as_system():
            rows = [row for model in owned_models() for row in db.session.scalars(select(model))]
            people = {row.id: row.name for row in db.session.scalars(select(Staff).where(Staff.active.is_(True)))}
        for row in rows:
            wanted = set()
            for staff_id, name in people.items():
                with acting_as(load_viewer(staff_id)):
                    statement = select(type(row).id).where(type(row).id == row.id)
                    if db.session.scalar(statement, execution_options={REACH_OPTION: "pick"}) is not None:
                        wanted.add(name)
            assert {reacher.name for reacher in list_reachers(row)} == wanted


def test_the_record_page_says_why_and_links_for_managers_only(world: World, sign_in: Any) -> None:
    pk = world.signed["south1"]
    assert (
        "You see this because you manage south, to which its salesperson belongs."
        in sign_in("boss_south").get(f"/customers/show/{pk}").text
    )
    assert f"/customers/reach/{pk}" in sign_in("boss_south").get(f"/customers/show/{pk}").text
    assert f"/customers/reach/{pk}" not in sign_in("south1").get(f"/customers/show/{pk}").text


@pytest.mark.parametrize(
    ("person", "sentence"),
    [("south1", "you reach your own and what is shared with you"), ("boss_south", "you reach your department"), ("it", "do not include")],
)
def test_a_refusal_says_what_is_missing_and_not_whether_the_record_exists(world: World, sign_in: Any, person: str, sentence: str) -> None:
    browser = sign_in(person)
    hidden, unknown = (browser.get(f"/customers/show/{pk}") for pk in (world.signed["north1"], 987654))
    assert sentence in hidden.text and "Customers" in hidden.text
    assert hidden.status_code == unknown.status_code

    def plain(text: str) -> str:
        return re.sub(r'value="[^"]*"', "", text).replace(str(world.signed["north1"]), "").replace("987654", "")

    assert plain(hidden.text) == plain(unknown.text)
