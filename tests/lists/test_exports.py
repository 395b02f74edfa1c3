"""An export is the list: the same rows in the same order for the same person, and nothing a spreadsheet would run."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from sqlalchemy import select, update

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.grants import bump_grants_version
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.lists import exports
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff

from ..access_table import find_access
from ..factories import World, make_customer
from ..language_crawl import switch
from ..test_query_budget import recording
from .reading import read_csv, read_list, read_xlsx

PEOPLE = ["south1", "south2", "north1", "boss_south", "boss_north", "selling_boss", "service1", "director", "chief"]
MODULES = [base for base, one in find_access().items() if "export" in one.actions]
FILTERS = {
    "customers": ["", "q=signed", "stage=lead", "status=1", "sort=name", "sort=-number&q=ltd", "entered_from=2999-01-01", "status=abc"],
    "activities": ["", "q=called", "sort=happened_at", "kind=1", "happened_to=2000-01-01"],
    "contracts": ["", "q=south", "sort=-number", "status=in_force", "ends_from=2001-01-01&sort=end_on", "status=nonsense"],
    "tickets": ["", "q=down", "sort=number", "status=new", "assigned=me"],
}


@pytest.mark.parametrize("base", MODULES)
@pytest.mark.parametrize("name", PEOPLE)
def test_the_export_has_the_rows_of_the_list_in_its_order(app: Flask, world: World, sign_in: Any, name: str, base: str) -> None:
    person = sign_in(name)
    if not find_access()[base].may(name, "export"):
        assert person.get(f"/{base}/export/csv").status_code == 403
        return
    for query in FILTERS.get(base, ["", "q=south", "q=no-such-word"]):
        shown = read_list(person.get(f"/{base}/?{query or 'size=25'}").text)
        found = read_csv(person.get(f"/{base}/export/csv?{query}"))
        first, number = found.heads[0], len(found.rows)
        assert number == len(shown.rows), query
        if shown.rows:
            assert found.heads[: len(shown.heads)] == shown.heads
            assert found.column(first) == shown.column(first), query
            assert {"Salesperson", "Customer"} & set(found.heads)


def test_every_row_of_a_long_list_is_exported_once(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        owner = db.session.get_one(Staff, world.people["south1"])
        for turn in range(120):
            make_customer(f"Long {turn:03} Ltd", owner)
        db.session.commit()
    person = sign_in("south1")
    names = read_csv(person.get("/customers/export/csv?q=long&sort=name&size=25&page=2")).column("Name")
    assert names == [f"Long {turn:03} Ltd" for turn in range(120)]
    assert read_xlsx(person.get("/customers/export/xlsx?q=long&sort=-name")).column("A") == names[::-1]


def test_the_statements_of_an_export_do_not_grow_with_its_rows(app: Flask, world: World, sign_in: Any) -> None:
    person, counted = sign_in("chief"), {}
    for turn in range(2):
        for base in MODULES:
            person.get(f"/{base}/export/csv")
            with recording(app) as sent:
                assert person.get(f"/{base}/export/csv").status_code == 200
            counted[base, turn] = len(sent)
        with app.app_context(), as_system("import"):
            owner = db.session.get_one(Staff, world.people["north1"])
            for more in range(40):
                make_customer(f"More {more} Ltd", owner, industry_id=1)
            db.session.commit()
    assert all(counted[base, 1] <= counted[base, 0] for base in MODULES), counted
    assert max(counted.values()) <= 18, counted


def test_a_page_of_a_person_whose_other_role_sees_more_exports_only_what_the_exporting_role_reaches(
    app: Flask, world: World, sign_in: Any
) -> None:
    with app.app_context(), as_system("import"):
        viewing = db.session.scalars(select(Role).where(Role.name == "Management")).one()
        grant = db.session.scalars(
            select(PermissionView).join(Permission).join(ViewMenu).where(Permission.name == "can_export", ViewMenu.name == "Customers")
        ).one()
        viewing.permissions.remove(grant)
        person = db.session.get_one(Staff, world.people["south1"])
        person.roles = [*person.roles, viewing]
        bump_grants_version(db.session.connection())
        db.session.commit()
    seller = sign_in("south1")
    names = read_list(seller.get("/customers/").text).column("Name")
    assert "north1 Lead Ltd" in names
    assert set(read_csv(seller.get("/customers/export/csv")).column("Name")) == {"south1 Signed Ltd", "south1 Lead Ltd", "south1 Gone Ltd"}
    assert sign_in("director").get("/customers/export/csv").status_code == 403


@pytest.mark.parametrize("base", ["statuses", "lists", "priorities", "series", "departments", "roles", "groups", "staff"])
def test_lists_that_nobody_owns_are_not_exported(app: Flask, world: World, sign_in: Any, base: str) -> None:
    person = sign_in("chief")
    assert person.get(f"/{base}/export/csv").status_code == 404
    assert f"/{base}/export/" not in person.get(f"/{base}/").text


def test_the_list_offers_its_exports_with_its_filters_to_those_who_may(app: Flask, world: World, sign_in: Any) -> None:
    page = sign_in("south1").get("/customers/?q=signed&size=50&page=1&view=0").text
    assert 'href="/customers/export/csv?q=signed&amp;size=50"' in page
    assert 'href="/customers/export/xlsx?q=signed&amp;size=50"' in page
    assert sign_in("south1").get("/customers/export/pdf").status_code == 404


FORMULAS = ["=1+1", "+86 20 8888", "-2", "@SUM(A1)", "\tTab", "＝1+1", '=HYPERLINK("http://x.example","x")', "https://x.example"]


def test_no_cell_is_a_formula(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        owner = db.session.get_one(Staff, world.people["south1"])
        made = [(make_customer(text.strip(), owner), text) for text in FORMULAS]
        db.session.flush()
        for row, text in made:  # as an older version may have stored it: the definition of today takes the tab off
            db.session.connection().execute(update(Customer.__table__).where(Customer.__table__.c.id == row.id).values(address=text))
        db.session.commit()
    person = sign_in("chief")
    addresses = read_csv(person.get("/customers/export/csv?sort=number")).column("Address")
    assert [text for text in addresses if text] == [text if text.startswith("h") else f"'{text}" for text in FORMULAS]
    for row in read_csv(person.get("/customers/export/csv")).rows:
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r"))]
    sheet = read_xlsx(person.get("/customers/export/xlsx?sort=number"))
    texts = [text for _kind, text in sheet.cells.values()]
    assert [text for text in FORMULAS if text in texts] == FORMULAS
    assert "<f>" not in sheet.parts["xl/worksheets/sheet1.xml"]
    assert "<hyperlink" not in sheet.parts["xl/worksheets/sheet1.xml"]
    assert not [name for name in sheet.parts if name.startswith("xl/worksheets/_rels")]


def test_days_and_amounts_are_days_and_amounts_in_a_sheet(app: Flask, world: World, sign_in: Any) -> None:
    sheet = read_xlsx(sign_in("south1").get("/contracts/export/xlsx"))
    heads = {text: key[0] for key, (_kind, text) in sheet.cells.items() if key[1:] == "1"}
    assert sheet.cells[heads["Amount"] + "2"] == ("n", "12000")
    with app.app_context(), as_system():  # as the company was made, be that before midnight
        end = db.session.get_one(Contract, world.contract["south1"]).end_on
    assert sheet.cells[heads["Ends on"] + "2"] == ("n", str((end - date(1899, 12, 30)).days))
    assert 'formatCode="yyyy-mm-dd"' in sheet.parts["xl/styles.xml"]
    plain = read_csv(sign_in("south1").get("/contracts/export/csv"))
    assert plain.column("Amount") == ["12,000.00"]
    assert plain.column("Ends on") == [end.isoformat()]


@pytest.mark.parametrize(
    ("language", "heads", "state", "title"),
    [("zh", ["合同名称", "客户", "状态"], "生效中", "合同"), ("en", ["Title", "Customer", "Status"], "In force", "Contracts")],
)
def test_an_export_is_in_the_readers_language(
    app: Flask, world: World, sign_in: Any, language: str, heads: list[str], state: str, title: str
) -> None:
    person = sign_in("south1")
    switch(person, language)
    shown = read_list(person.get("/contracts/").text)
    answer = person.get("/contracts/export/csv")
    found = read_csv(answer)
    assert found.heads[:3] == heads
    assert found.rows[0][2] == shown.rows[0][2] == state
    with app.app_context():
        today = clock.today().isoformat()
    assert f"{title}-{today}.csv" in unquote(answer.headers["Content-Disposition"])
    assert answer.headers["Cache-Control"] == "no-store"
    book = read_xlsx(person.get("/contracts/export/xlsx"))
    assert f'name="{title}"' in book.parts["xl/workbook.xml"]
    assert book.cells["A1"][1] == heads[0]


def test_too_many_rows_are_refused_with_a_sentence_on_the_list(
    app: Flask, world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_ROWS", 3)
    person = sign_in("director")
    answer = person.get("/customers/export/xlsx?sort=name&q=ltd")
    assert answer.status_code == 302
    assert answer.location.endswith("?view=0&sort=name&q=ltd")
    assert "More than 3 rows cannot be exported at once. Narrow the list with a filter." in person.get(answer.location).text
    assert len(read_csv(person.get("/customers/export/csv?stage=lead")).rows) == 3


def test_the_history_says_who_exported_what(app: Flask, world: World, sign_in: Any) -> None:
    sign_in("boss_south").get("/customers/export/xlsx?stage=lead&sort=name&nonsense=1")
    sign_in("service1").get("/customers/export/csv")  # denied: no line
    with app.app_context(), as_system():
        lines = list(db.session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "export")))
        assert [(e.model, e.row_id, e.actor_id, e.new) for e in lines] == [
            ("Customer", 0, world.people["boss_south"], "2 xlsx stage=lead&sort=name")
        ]


def test_a_deleted_record_is_not_exported(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    person.post(f"/customers/delete/{world.lead['south1']}")
    assert "south1 Lead Ltd" not in read_csv(person.get("/customers/export/csv")).column("Name")
    with app.app_context(), as_system():
        assert db.session.scalar(select(Customer.id).where(Customer.id == world.lead["south1"])) is None


def test_an_export_has_the_whole_of_a_text_of_which_the_list_shows_the_beginning(app: Flask, sign_in: Any) -> None:
    text = "Spoke about " + "the move of the racks " * 9 + "and the price."
    with app.app_context(), as_system("import"):
        activity = db.session.scalars(select(Activity)).first()
        assert activity is not None
        activity.text = text
        db.session.commit()
    chief = sign_in("chief")
    assert text not in chief.get("/activities/").text
    assert text in chief.get("/activities/export/csv").get_data(as_text=True)
