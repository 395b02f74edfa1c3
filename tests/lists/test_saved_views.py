"""Views of a list: one's own alone, columns that the list declares, a default for the bare address, and nothing else kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.lists.saved_views import MAX_VIEWS, SavedView
from app.core.views.base import DeskView
from app.extensions import db

from ..factories import World
from ..language_crawl import LANGUAGES, TAGS, Data, find_foreign, read_page, switch
from ..test_query_budget import LIST_BUDGET, recording
from .reading import read_list

HEADS = ["Name", "Status", "Salesperson", "Last contact", "Next step"]


def read_views(app: Flask) -> list[dict[str, Any]]:
    """Return every kept view as plain data."""
    names = ("id", "staff_id", "module", "name", "query", "columns", "density", "is_default")
    with app.app_context(), as_system():
        return [{name: getattr(row, name) for name in names} for row in db.session.scalars(select(SavedView).order_by(SavedView.id))]


def save(person: Any, name: str, query: str = "", screen: str = "customers", **more: Any) -> Any:
    """Save what is shown as a view."""
    return person.post("/views/save", {"screen": screen, "name": name, "query": query, "view": "0", **more})


def test_a_view_keeps_filters_order_columns_and_height_and_its_link_shows_them(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    chosen = {"screen": "customers", "columns": ["number", "created_at"], "density": "compact"}
    assert person.post("/views/layout", chosen).status_code == 302
    made = save(person, "  My   leads ", "stage=lead&sort=-name&page=3&after=x&view=9&password=1&q=")
    view = next(view for view in read_views(app) if view["name"])
    assert view == {
        "id": view["id"], "staff_id": world.people["south1"], "module": "customers", "name": "My leads", "query": "stage=lead&sort=-name",
        "columns": "name,number,created_at", "density": "compact", "is_default": False,
    }  # fmt: skip
    assert made.location == f"/customers/?view={view['id']}&stage=lead&sort=-name"
    person.post("/views/layout", {"screen": "customers", "view": "0", "reset": "1", "columns": ["number"], "density": "compact"})
    plain, opened = person.get("/customers/").text, person.get(made.location).text
    assert read_list(plain).heads == HEADS
    assert 'class="table rows compact' not in plain.replace("has-menu ", "")
    assert read_list(opened).heads == ["Name", "Number", "Entered at"]
    assert read_list(opened).column("Name") == ["south1 Lead Ltd"]
    assert re.search(r'<table class="[^"]*\bcompact\b', opened)
    assert not re.search(r'<table class="[^"]*\bcompact\b', plain)
    assert "My leads" in plain
    assert made.location.replace("&", "&amp;") in plain


def test_columns_of_an_open_view_are_that_views(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    save(person, "Wide")
    number = read_views(app)[0]["id"]
    answer = person.post("/views/layout", {"screen": "customers", "view": number, "query": "q=lead", "columns": ["address", "owner"]})
    assert answer.location == f"/customers/?view={number}&q=lead"
    assert read_list(person.get(answer.location).text).heads == ["Name", "Salesperson", "Address"]
    assert read_list(person.get("/customers/").text).heads == HEADS
    assert [view["name"] for view in read_views(app)] == ["Wide"]


def test_columns_that_the_list_does_not_declare_are_ignored(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    odd = ["password", "owner.password", "search_text", "row_version", "__class__", "number", "number", "remark", "x" * 5000]
    person.post("/views/layout", {"screen": "customers", "columns": odd, "density": "<b>"})
    assert [(view["columns"], view["density"]) for view in read_views(app)] == [("name,number", "normal")]
    with app.app_context(), as_system("import"):
        db.session.scalars(select(SavedView)).one().columns = "search_text,number,owner_id,gone"
        db.session.commit()
    assert read_list(person.get("/customers/").text).heads == ["Name", "Number"]


def test_views_are_their_owners_alone(app: Flask, world: World, sign_in: Any) -> None:
    owner, other = sign_in("south1"), sign_in("chief")
    save(owner, "Secret plan", "stage=lead", is_default="1")
    owner.post("/views/layout", {"screen": "customers", "view": "1", "columns": ["number"]})
    kept = read_views(app)
    number = kept[0]["id"]
    page = other.get(f"/customers/?view={number}")
    assert "Secret plan" not in page.text
    assert read_list(page.text).heads == HEADS
    assert other.get("/customers/").status_code == 200
    for action in ("delete", "default"):
        assert other.post(f"/views/{action}/{number}").status_code == 404
    other.post("/views/layout", {"screen": "customers", "view": number, "columns": ["region"]})
    save(other, "Secret plan", "q=other", view=number)
    assert [view for view in read_views(app) if view["id"] == number] == [kept[0]]
    assert [view["name"] for view in read_views(app) if view["staff_id"] == world.people["chief"]] == ["", "Secret plan"]


def test_the_bare_address_opens_the_default_view_and_the_plain_list_stays_within_reach(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    save(person, "All of mine", "sort=name")
    save(person, "Leads", "stage=lead", is_default="1")
    number = next(view["id"] for view in read_views(app) if view["name"] == "Leads")
    assert person.get("/customers/").location == f"/customers/?view={number}&stage=lead"
    plain = person.get("/customers/?view=0")
    assert plain.status_code == 200
    assert len(read_list(plain.text).rows) == 3
    found = person.get("/customers/?q=lead").text  # clearing the search leads to the plain list, not to the default view
    assert 'href="/customers/?view=0"' in found
    assert 'name="view" value="0"' in found
    assert person.get("/contracts/").status_code == 200  # a default of one list is of no other
    person.post(f"/views/default/{number}")
    assert person.get("/customers/").status_code == 200
    assert [view["is_default"] for view in read_views(app)] == [False, False]
    other = next(view["id"] for view in read_views(app) if view["name"] == "All of mine")
    person.post(f"/views/default/{number}")
    person.post(f"/views/default/{other}")
    assert [view["name"] for view in read_views(app) if view["is_default"]] == ["All of mine"]


def test_a_name_is_needed_and_saves_over_its_own_view(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    answer = save(person, "   ", "q=lead")
    assert "Enter a name for the view." in person.get(answer.location).text
    assert read_views(app) == []
    save(person, "Mine", "q=lead")
    save(person, "Mine", "q=signed")
    assert [(view["name"], view["query"]) for view in read_views(app)] == [("Mine", "q=signed")]


def test_there_is_an_end_to_views(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        db.session.add_all(SavedView(staff_id=world.people["south1"], module="customers", name=f"V{n}") for n in range(MAX_VIEWS))
        db.session.commit()
    person = sign_in("south1")
    answer = save(person, "One more")
    assert "Delete one first." in person.get(answer.location).text
    assert len(read_views(app)) == MAX_VIEWS
    number = read_views(app)[0]["id"]
    assert person.post(f"/views/delete/{number}").location == "/customers/?view=0"
    assert number not in {view["id"] for view in read_views(app)}


def test_views_need_the_list_itself(app: Flask, world: World, sign_in: Any, stranger: Any) -> None:
    assert save(sign_in("service1"), "Not mine").status_code == 403
    assert save(sign_in("south1"), "No such list", screen="nonsense").status_code == 404
    assert "/login/" in save(stranger, "Nobody's").location
    assert sign_in("south1").client.post("/views/save", data={"screen": "customers", "name": "forged"}).status_code == 400
    assert read_views(app) == []


def desk_lists(app: Flask) -> list[DeskView]:
    return [view for view in app.extensions["appbuilder"].baseviews if isinstance(view, DeskView)]


def test_every_column_that_a_list_offers_can_be_shown_within_the_budget(app: Flask, world: World, sign_in: Any) -> None:
    person, seen = sign_in("chief"), {}
    for view in desk_lists(app):
        person.post("/views/layout", {"screen": view.route_base.strip("/"), "columns": view.all_columns()})
        with recording(app) as sent:
            page = person.get(f"{view.route_base}/").text
        seen[view.route_base] = len(sent)
        table = read_list(page)
        if table.rows:
            assert table.heads == [str(view.label_columns[name]) for name in view.all_columns()]
            assert not [head for head in table.heads if "_" in head or head.endswith((" Id", " At", " On"))]
    assert {path: count for path, count in seen.items() if count > LIST_BUDGET} == {}


def test_a_page_of_25_rows_weighs_at_most_25_kb(app: Flask, world: World, sign_in: Any) -> None:
    from app.staff.models import Staff

    from ..factories import make_activity, make_contract, make_customer, make_ticket

    with app.app_context(), as_system("import"):
        owner = db.session.get_one(Staff, world.people["south1"])
        for turn in range(30):
            customer = make_customer(f"Heavy Industries No. {turn} Co., Ltd", owner)
            db.session.flush()
            make_activity(customer, owner)
            make_contract(customer)
            make_ticket(customer, assignee_id=world.people["service1"])
        db.session.commit()
    person, sizes = sign_in("chief"), {}
    for base in ("customers", "activities", "contracts", "tickets"):
        answer = person.get(f"/{base}/")
        assert len(read_list(answer.text).rows) == 25
        sizes[base] = len(answer.data)
    assert {base: size for base, size in sizes.items() if size > 25 * 1024} == {}
    assert min(sizes.values()) > 5_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_menus_of_views_and_columns_are_in_the_readers_language(app: Flask, world: World, sign_in: Any, language: str) -> None:
    person = sign_in("south1")
    save(person, "1")
    switch(person, language)
    number = read_views(app)[0]["id"]
    person.post(f"/views/default/{number}")
    with app.app_context(), as_system():
        data = Data.read()
    for view in ("0", str(number)):
        tag, words = read_page(person.get(f"/customers/?view={view}").text, TAGS[language])
        assert tag == TAGS[language]
        assert find_foreign(words, language, data) == []
    assert ("紧凑" if language == "zh" else "Compact") in words
