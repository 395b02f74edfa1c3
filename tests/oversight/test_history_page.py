"""The history across records: who reads which lines, by which filters, in words; every way of writing is in it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.core.access.scope import SEE, is_row_reached, owned_models
from app.core.access.viewer import acting_as, as_system
from app.core.writes.history import HistoryEntry
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
    assert bool(seen) is (person != "nobody")  # service people read of tickets


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


def test_a_filter_without_hits_says_that_nothing_matches(world: World, sign_in: Any) -> None:
    chief = sign_in("chief")
    for query in ("q=no-such-record", "at_to=2001-01-01", "way=import&person=0", "batch=HO209900001"):
        page = chief.get(f"/history/?{query}").text
        assert "Nothing matches" in page and "Nothing has been changed yet" not in page, query
    assert "Nothing has been changed yet" not in chief.get("/history/").text


def test_facets_and_chips_say_what_they_filter_by(world: World, sign_in: Any) -> None:
    page = sign_in("chief").get("/history/?at_from=2026-01-01&at_to=2026-12-31&way=form&way=api&batch=HO202600001&q=south1").text
    chips = re.findall(r'<a class="chip" href="[^"]+"><span class="visually-hidden">Remove filter </span>([^<]+)<', page)
    assert chips == ["Batch: HO202600001"]
    shown = re.findall(r"<summary>([^<]+)((?: <b>[^<]+</b>)+)</summary>", page)
    said = [(name, re.findall(r"<b>([^<]+)</b>", values)) for name, values in shown]
    assert said == [("Way", ["form", "API"]), ("When", ["2026-01-01 – 2026-12-31"])]
    assert '<input type="search" name="q" value="south1"' in page
    off = [
        (html.unescape(url), name) for url, name in re.findall(r'href="([^"]+)"><span class="visually-hidden">Remove filter (\w+)<', page)
    ]
    kept = "/history/?at_from=2026-01-01&at_to=2026-12-31&batch=HO202600001&q=south1"
    assert (kept, "Way") in off
    assert ("/history/?way=form&way=api&batch=HO202600001&q=south1", "When") in off


def test_the_search_box_finds_lines_by_the_number_of_their_batch(world: World, sign_in: Any, app: Flask) -> None:
    with app.app_context(), as_system("handover"):
        db.session.info["batch"] = "HO202600001"
        for name in ("south1", "north1"):
            db.session.get_one(Customer, world.lead[name]).owner_id = world.people["south2"]
        db.session.commit()
        db.session.info.pop("batch")
    found = list_lines(sign_in("chief").get("/history/?q=ho202600001+").text)
    assert len(found) == 4 and all("HO202600001" in line for line in found)  # of each the salesperson and the department
    assert not any("HO2" in line for line in list_lines(sign_in("boss_north").get("/history/?q=HO202600001").text))
    assert list_lines(sign_in("it").get("/history/?q=HO202600001").text) == []
    assert not any("HO202600001" in line for line in list_lines(sign_in("chief").get("/history/?q=HO202600002").text))


def test_a_password_is_said_to_have_changed_and_neither_value_is_shown(world: World, sign_in: Any) -> None:
    chief, pk = sign_in("chief"), world.people["south1"]
    form = {"present": "south1-south1", "password": "a long new phrase", "again": "a long new phrase"}
    assert sign_in("south1").post("/profile/password", form).status_code == 302
    lines = list_lines(chief.get("/history/?module=Staff").text)
    assert any(" Password changed " in line for line in lines), lines
    assert not any("– → –" in line for line in lines)
    assert "Password changed" in chief.get(f"/staff/show/{pk}?show=history").text


def test_a_share_taken_back_names_the_colleague_on_the_record_too(world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    owner.post(f"/customers/share/{pk}", {"staff": world.people["north1"], "access": "full"})
    owner.post(f"/customers/unshare/{pk}", {"staff": world.people["north1"]})
    part = owner.get(f"/customers/show/{pk}?show=history").text.split('id="pane-history"', 1)[1]
    assert '<p class="ev-line">Shared with North1 Test · Full access</p>' in part
    assert '<p class="ev-line">No longer shared with North1 Test</p>' in part
    assert any("No longer shared with North1 Test" in line for line in list_lines(sign_in("chief").get("/history/").text))


def test_names_of_people_are_told_as_text(world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    owner.post(f"/customers/edit/{pk}", {"name": "<b>Bold</b> & 100% Ltd", "status": "1", "row_version": "1"})
    for page in (owner.get(f"/customers/show/{pk}?show=history").text, sign_in("chief").get("/history/").text):
        assert "Name: <del>south1 Lead Ltd</del> → <ins>&lt;b&gt;Bold&lt;/b&gt; &amp; 100% Ltd</ins>" in page


def test_chinese_lines_use_the_chinese_colon(world: World, sign_in: Any) -> None:
    owner = sign_in("south1")
    owner.post(f"/customers/status/{world.lead['south1']}", {"status": "2"})
    chief = sign_in("chief")
    for browser in (owner, chief):
        switch(browser, "zh")
    assert "客户状态：<del>" in chief.get("/history/?way=action").text
    assert "客户状态：<del>" in owner.get(f"/customers/show/{world.lead['south1']}?show=history").text
    refused = owner.post("/customers/add", {"name": "", "status": "1"}).text
    assert re.search(r'<li><a href="#name">[^<]+</a>：[^<]+</li>', refused)


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
    with app.app_context(), acting_as(world.people["south1"], source="shell"):
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
