"""The history across records: who reads which lines, by which filters, in words; every way of writing is in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.core.access import acting_as, as_system
from app.core.history import HistoryEntry
from app.core.scope import SEE, is_row_reached, owned_models
from app.customers.models import Customer
from app.extensions import db
from app.oversight import queries
from app.staff.models import Staff

from ..factories import PEOPLE, World
from ..language_crawl import Data, find_faults, say, switch


def list_lines(page: str) -> list[str]:
    """Return the rows of the table as text."""
    body = page.split("<tbody>", 1)[1].split("</tbody>", 1)[0] if "<tbody>" in page else ""
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("<tr>")[1:]]


@pytest.mark.parametrize("person", list(PEOPLE))
def test_one_reads_the_lines_of_what_one_sees_and_of_settings_one_may_list(app: Flask, world: World, person: str) -> None:
    """Against every line and every row, by the Python twin of the scope."""
    with app.app_context():
        with as_system():
            rows = {
                (model.__name__, row.id): row
                for model in owned_models() for row in db.session.scalars(select(model), execution_options={"with_bin": True})
            }  # fmt: skip
            lines = [(line.id, line.model, line.row_id) for line in db.session.scalars(select(HistoryEntry))]
        known = queries.known_models()
        with acting_as(world.people[person]) as viewer:
            statement = select(HistoryEntry.id).where(queries.make_scope(viewer))
            seen = set(db.session.scalars(statement, execution_options={"with_bin": True}))
            wanted = set()
            for line_id, name, row_id in lines:
                row = rows.get((name, row_id))
                model, module = known[name]
                is_owned = any(model is owned for owned in owned_models())
                if (row is not None and is_row_reached(viewer, row, SEE)) or (not is_owned and viewer.may("can_list", module)):
                    wanted.add(line_id)
    assert seen == wanted
    assert bool(seen) is (person != "nobody" and not person.startswith("service")) or person.startswith("service")


def test_a_manager_reads_their_tree_it_the_settings_admin_all(world: World, sign_in: Any) -> None:
    chief = sign_in("chief")
    for row_id in (world.lead["south1"], world.lead["north1"]):
        chief.post(f"/customers/status/{row_id}", {"status": "2"})
    chief.post("/statuses/add", {"name_zh": "新", "name_en": "Fresh", "stage": "lead", "tone": "grey", "position": "1", "is_active": "y"})
    south, it, all_of_it = (sign_in(name).get("/history/?way=action").text for name in ("boss_south", "it", "chief"))
    assert "south1 Lead Ltd" in south and "north1 Lead Ltd" not in south
    assert list_lines(it) == []
    assert {"south1 Lead Ltd", "north1 Lead Ltd"} <= set(re.findall(r"\w+ Lead Ltd", all_of_it))
    assert "Fresh" in sign_in("it").get("/history/").text
    assert "Fresh" not in sign_in("boss_south").get("/history/").text


def test_filters_by_person_module_record_time_way_and_batch(world: World, sign_in: Any, app: Flask) -> None:
    chief, pk = sign_in("chief"), world.lead["south1"]
    chief.post(f"/customers/status/{pk}", {"status": "2"})
    with app.app_context():
        table = Customer.__table__.c
        number = db.session.connection().execute(select(table.number).where(table.id == pk)).scalar_one()
    ours = "Status: Entered → First contact"
    for query in (
        f"person={world.people['chief']}", "module=Customers", f"q={number}", "q=south1+lead", f"record=Customer:{pk}",
        "way=action", "at_from=2026-01-01",
    ):  # fmt: skip
        lines = list_lines(chief.get(f"/history/?{query}").text)
        assert any(ours in line and "south1 Lead Ltd" in line for line in lines), query
    for query in (
        f"person={world.people['south1']}", "module=Tickets", "q=no-such-record", "record=Customer:0", "record=x", "way=api",
        "at_to=2001-01-01", "batch=HO202600001", "person=abc", "at_from=never",
    ):  # fmt: skip
        assert not any(ours in line for line in list_lines(chief.get(f"/history/?{query}").text)), query


def test_roles_and_permissions_given_and_taken_are_told_in_words(world: World, sign_in: Any, app: Flask) -> None:
    chief = sign_in("chief")
    with app.app_context():
        role = db.session.scalars(select(Role).where(Role.name == "Salesperson")).one()
        kept = [p.id for p in role.permissions if (p.permission.name, p.view_menu.name) != ("can_delete", "Customers")]
        role_id, maintenance = role.id, db.session.scalars(select(Role.id).where(Role.name == "Maintenance")).one()
    assert chief.post(f"/roles/edit/{role_id}", {"name": "Salesperson", "permissions": [str(one) for one in kept]}).status_code == 302
    form = {"first_name": "Nobody", "last_name": "Test", "username": "nobody", "email": "nobody@example.com", "active": "y"}
    assert chief.post(f"/staff/edit/{world.people['nobody']}", {**form, "roles": [str(maintenance)]}).status_code == 302
    page = sign_in("it").get("/history/").text
    lines = list_lines(page)
    assert any("Salesperson Roles Permissions: Customers: Delete → –" in line for line in lines), lines[:5]
    assert any("Nobody Test" in line and "Roles: – → Maintenance" in line for line in lines)
    assert "can_delete" not in page


def test_it_reads_no_customer_and_ids_of_hidden_rows_stay_hidden(world: World, sign_in: Any, app: Flask) -> None:
    assert "Ltd" not in sign_in("it").get("/history/").text
    with app.app_context(), as_system("import"):
        db.session.get_one(Customer, world.signed["south1"]).owner_id = world.people["north1"]
        db.session.commit()
    page = sign_in("boss_north").get("/history/?q=south1+signed").text
    assert any("Salesperson: South1 Test → North1 Test" in line for line in list_lines(page))
    assert "south1 Signed Ltd" not in sign_in("boss_south").get("/history/?q=south1+signed").text


def test_money_is_told_with_its_currency(world: World, sign_in: Any, rest: Any) -> None:
    rest("south1").send("PUT", f"contracts/{world.contract['south1']}", {"amount": "98765.50"})
    lines = list_lines(sign_in("boss_south").get("/history/?module=Contracts&way=api").text)
    assert any("Amount: ¥12,000 → ¥98,765.50" in line for line in lines), lines


def test_every_way_of_writing_leaves_a_line(world: World, sign_in: Any, rest: Any, app: Flask) -> None:
    pk = world.lead["south1"]
    owner = sign_in("south1")
    owner.post(f"/customers/edit/{pk}", {"name": "By form Ltd", "status": "1", "row_version": "1"})
    owner.post(f"/customers/status/{pk}", {"status": "2"})
    rest("south1").send("PUT", f"customers/{pk}", {"remark": "by REST"})
    with app.app_context(), acting_as(world.people["south1"], way="shell"):
        db.session.scalars(select(Customer).where(Customer.id == pk)).one().remark = "by shell"
        db.session.commit()
    with app.app_context(), as_system("import"):
        person = db.session.get_one(Staff, world.people["south1"])  # a move of the person moves their rows, set-based
        person.department_id = db.session.get_one(Staff, world.people["boss_north"]).department_id
        db.session.commit()
    with app.app_context():
        entry = HistoryEntry
        found = db.session.execute(select(entry.way, entry.field).where(entry.model == "Customer", entry.row_id == pk).order_by(entry.id))
        ways = [tuple(row) for row in found if row.field]
    assert ways[-5:] == [("form", "name"), ("action", "status_id"), ("api", "remark"), ("shell", "remark"), ("import", "department_id")]


def test_paging_goes_on_where_the_page_ended(world: World, sign_in: Any, app: Flask) -> None:
    with app.app_context(), as_system("import"):
        for turn in range(queries.PAGE + 5):
            db.session.get_one(Customer, world.lead["south1"]).remark = f"turn {turn}"
            db.session.commit()
    chief = sign_in("chief")
    first = chief.get("/history/").text
    after = re.search(r'href="([^"]*after=\d+)"', first)
    assert after and len(list_lines(first)) == queries.PAGE
    second = list_lines(chief.get(after.group(1).replace("&amp;", "&")).text)
    assert second and set(second).isdisjoint(list_lines(first))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_speaks_the_readers_language(world: World, sign_in: Any, app: Flask, language: str) -> None:
    chief = sign_in("chief")
    chief.post(f"/customers/delete/{world.lead['south1']}")
    chief.post(f"/customers/share/{world.signed['south1']}", {"staff": world.people["north1"], "access": "full"})
    with app.app_context(), as_system("import"):
        data = Data.read()
    data.words |= {"south1 Lead Ltd", "south1 Lead Ltd contact"}  # it lies in the bin
    switch(chief, language)
    faults = find_faults(chief.get("/history/"), language, data, "history")
    faults += find_faults(chief.get("/bin/"), language, data, "bin")
    for page in ("reach", "show"):
        faults += find_faults(chief.get(f"/customers/{page}/{world.signed['north1']}"), language, data, page)
    assert not faults, say(faults)
