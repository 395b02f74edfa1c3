"""What every module inherits, generated from discovery: pages open, odd addresses never widen, rows have their marks."""

from __future__ import annotations

import html
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.core.access.mixins import Gated
from app.core.access.scope import owned_models
from app.core.access.viewer import as_system
from app.core.forms import lookups
from app.core.views.base import DeskView
from app.core.views.rest import DeskApi
from app.core.web.modules import discover
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db

from . import made_rows
from .access_records import Filler, Records, find_form, find_resource, read_fixed
from .access_table import ROUTES, find_access
from .factories import World
from .forms import read_form, read_refusals
from .people import PEOPLE

DECLARED = find_access()
BASES = list(DECLARED)
WORK = [base for base, one in DECLARED.items() if one.has_rest]
EDITED = [base for base in WORK if "edit" in DECLARED[base].actions]


def find_person(base: str, action: str = "see", people: Sequence[str] = ("boss_south", "it", *PEOPLE)) -> str:
    """Return the first of these people who may do it."""
    return next(person for person in people if DECLARED[base].may(person, action))


def find_editor(base: str) -> str:
    """Return who changes south1's record: its owner, or else whoever writes in the module."""
    return next(person for person in ("south1", *PEOPLE) if DECLARED[base].reaches(person, "south1", "edit", writes=True))


ODD = [
    "abc",
    "-1",
    "0",
    "999999999999999999999",
    "1e9",
    "%00",
    "NULL",
    "' OR 1=1--",
    "%27%20OR%201%3D1",
    "${7*7}",
    "owner.password",
    "../..",
    "١",
]
ARGUMENTS = ["page", "size", "sort", "after", "before", "last", "q", "status", "stage", "kind", "list", "department", "priority",
             "assigned", "entered_from", "ends_to", "happened_from", "due_from", "_oc_X", "_flt_0_name"]  # fmt: skip


def list_shown(page: str, base: str) -> set[str]:
    """Return the ids of the records that a list page links to."""
    return set(re.findall(rf'href="/{base}/(?:show|edit)/(\d+)"', page))


@pytest.mark.whole_desk
def test_the_list_of_modules_is_complete(desk: Flask) -> None:
    there = {view.route_base.strip("/") for view in desk.extensions["appbuilder"].baseviews if isinstance(view, DeskView)}
    assert there == set(BASES), "a new module is declared in tests/access, so that it inherits these tests"


@pytest.mark.parametrize("base", BASES)
def test_list_add_show_and_edit_open(app: Flask, world: World, sign_in: Any, base: str) -> None:
    person, view = sign_in("chief"), find_form(app, base)
    with app.app_context(), as_system():
        first = db.session.scalar(select(view.datamodel.obj.id).limit(1))
    paths = [f"/{base}/", f"/{base}/list/", *([f"/{base}/add"] if "add" in DECLARED[base].actions else [])]
    pages = ("show", *(["edit"] if "edit" in DECLARED[base].actions else []))
    paths += [f"/{base}/{page}/{first}" for page in pages] if first is not None else []
    for path in paths:
        answer = person.get(path)
        assert answer.status_code == 200, path
        assert "</html>" in answer.text


@pytest.mark.parametrize("base", BASES)
def test_an_empty_list_says_so(app: Flask, world: World, sign_in: Any, base: str) -> None:
    view = find_form(app, base)
    answer = sign_in("chief").get(f"/{base}/?q=no-such-word-anywhere" if view.search_column else f"/{base}/?page=900")
    assert answer.status_code == 200
    assert list_shown(answer.text, base) == set()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.slow
def test_odd_addresses_never_fail_and_never_widen(app: Flask, world: World, sign_in: Any, base: str) -> None:
    person = sign_in(find_person(base))
    plain = list_shown(person.get(f"/{base}/").text, base)
    assert plain or base in ("groups", "handover", "cases")  # the company has none of these yet
    for argument in ARGUMENTS:
        for value in ODD:
            answer = person.get(f"/{base}/?{argument}={value}")
            assert answer.status_code in (200, 400), (argument, value)
            assert list_shown(answer.text, base) <= plain, (argument, value)
    for value in ODD:
        for page in ("show", "edit"):
            assert person.get(f"/{base}/{page}/{value.replace('/', '')}").status_code in (400, 403, 404), value


PLACES = [
    None,
    0,
    "",
    "9" * 50,
    "1e400000",
    "NaN",
    "-1",
    "2026-01-01",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59",
    2**31 - 1,
    2**40,
    [1],
    1.5,
]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.slow
def test_odd_places_in_the_pages_never_fail_and_never_widen(app: Flask, world: World, sign_in: Any, base: str) -> None:
    """A place in an address is anybody's to make up, for each order that the list has."""
    person = sign_in("chief")
    plain = list_shown(person.get(f"/{base}/?size=100").text, base)
    screen = next(view for view in app.extensions["appbuilder"].baseviews if getattr(view, "route_base", "") == f"/{base}")
    for sort in ["", *screen.sort_columns]:
        for value in PLACES:
            place = urlsafe_b64encode(json.dumps([value, 5]).encode()).decode().rstrip("=")
            for address in (f"size=100&sort={sort}&after={place}", f"size=100&sort=-{sort}&before={place}"):
                answer = person.get(f"/{base}/?{address}")
                assert answer.status_code == 200, (sort, value)
                assert list_shown(answer.text, base) <= plain, (sort, value)


@pytest.mark.parametrize("base", WORK)
def test_odd_rest_requests_never_fail_and_never_widen(app: Flask, world: World, rest: Any, base: str) -> None:
    reader = find_person(base, people=("south1", *PEOPLE))
    client = rest(reader)
    mine = client.send("GET", f"{base}/").json["count"]
    odd = ["(", "!n", "(filters:!((col:id,opr:eq,value:1)))", "(filters:!((col:owner,opr:rel_o_m,value:'')))",
           "(page:-1)", "(page_size:-1)",
           "(page_size:99999)", "(order_column:owner.password,order_direction:asc)", "(filters:!((col:customer_id,opr:gt,value:abc)))",
           "(filters:!((col:customer_id,opr:in,value:!())))", "(columns:!(owner.password))", "(page:9999999999999999999)"]  # fmt: skip
    for query in odd:
        answer = client.send("GET", f"{base}/?q={query}")
        assert answer.status_code < 500, query
        assert "password" not in answer.text.replace("owner.password", ""), query
        if answer.status_code == 200:
            assert answer.json["count"] <= mine, query
            assert len(answer.json["result"]) <= mine, query
    for pk in ("0", "99999999999999", "abc"):
        assert client.send("GET", f"{base}/{pk}").status_code in (404, 405)  # 405: no such address for GET
        assert client.send("PUT", f"{base}/{pk}", {}).status_code == (404 if DECLARED[base].may(reader, "edit") else 403)
    for body in (None, [], "x", {"customer_id": {}}, {"customer_id": "x"}, {"nonsense": 1}, {"customer_id": 10**30}, {"remark": "\x00"}):
        assert 400 <= client.send("POST", f"{base}/", body).status_code < 500, body


@pytest.mark.parametrize("base", BASES)
def test_every_column_has_a_label(desk: Flask, base: str) -> None:
    view = find_form(desk, base)
    hidden = {"form_token", "row_version"}
    shown = {*view.list_columns, *view.show_columns, *view.add_columns, *view.edit_columns} - hidden
    for fieldsets in (view.show_fieldsets, view.add_fieldsets, view.edit_fieldsets):
        shown |= {name for _title, part in fieldsets or () for name in part["fields"]}
    declared = {name for cls in type(view).__mro__ for name in vars(cls).get("label_columns", None) or {}}
    assert shown - declared == set()


@pytest.mark.whole_desk
def test_every_resource_shares_its_screens_permissions(desk: Flask) -> None:
    views = desk.extensions["appbuilder"].baseviews
    screens = {view.class_permission_name: view for view in views if isinstance(view, DeskView)}
    resources = [view for view in views if isinstance(view, DeskApi) and "put" not in view.exclude_route_methods]
    assert {resource.resource_name for resource in resources} == set(WORK)
    for resource in resources:
        assert set(resource.base_permissions) == set(screens[resource.class_permission_name].base_permissions)


discover("app")  # else the list below is that of what happened to be imported


@pytest.mark.parametrize("model", owned_models(), ids=lambda model: model.__name__)
def test_every_owned_table_has_its_indexes_version_and_ids_that_never_return(desk: Flask, model: Any) -> None:
    table = model.__table__
    indexed = {tuple(column.name for column in index.columns) for index in table.indexes}
    assert {("owner_id", "id"), ("department_id", "id")} <= indexed
    assert {"row_version", "deleted_at", "created_by_id"} <= set(table.c.keys())
    assert inspect(model).version_id_col is table.c.row_version
    assert table.dialect_options["sqlite"]["autoincrement"] is True
    for column in table.foreign_keys:
        assert column.ondelete is None, f"{column} would delete behind the gate"


@pytest.mark.whole_desk
def test_every_gated_model_names_its_module(desk: Flask) -> None:
    known = {grant for _action, grant in {("", view.class_permission_name) for view in desk.extensions["appbuilder"].baseviews}}
    for mapper in db.Model.registry.mappers:
        if issubclass(mapper.class_, Gated) and not mapper.polymorphic_abstract:
            assert mapper.class_.policy.module in known, mapper.class_


def read_history(app: Flask, model: str, row_id: int) -> list[tuple[str, str, str, int | None]]:
    """Return (way, kind, field, actor) of what the history says of a row, the tests' own lines left out."""
    with app.app_context(), as_system():
        entry = HistoryEntry
        statement = select(entry).where(entry.model == model, entry.row_id == row_id, entry.way != "import").order_by(entry.id)
        return [(line.way, line.kind, line.field, line.actor_id) for line in db.session.scalars(statement)]


def find_field(app: Flask, base: str) -> str:
    """Return the first field of a module's REST resource that people write in."""
    resource = find_resource(app, base)
    return made_rows.find_text(resource.datamodel.obj, resource.edit_columns)


@pytest.mark.parametrize("base", EDITED)
def test_history_names_way_person_and_field(app: Flask, world: World, rest: Any, base: str) -> None:
    person, row_id, field = find_editor(base), world.rows(base)["south1"], find_field(app, base)
    assert rest(person).send("PUT", f"{base}/{row_id}", {field: "changed by REST"}).status_code == 200
    assert read_history(app, find_form(app, base).datamodel.obj.__name__, row_id) == [("api", "edit", field, world.people[person])]


def test_history_of_add_edit_and_bin_by_form(app: Flask, world: World, sign_in: Any) -> None:
    person, actor = sign_in("south1"), world.people["south1"]
    with app.app_context(), as_system():
        status = db.session.scalar(select(Customer.status_id).where(Customer.id == world.lead["south1"]))
    made = person.post("/customers/add", {"name": "History Ltd", "status": status})
    row_id = int(made.location.rsplit("/", 1)[-1])
    person.post(f"/customers/edit/{row_id}", {"name": "History Two Ltd", "status": status, "row_version": "1"})
    person.post(f"/customers/delete/{row_id}")
    lines = read_history(app, "Customer", row_id)
    assert lines[0] == ("form", "add", "", actor)
    assert ("form", "edit", "name", actor) in lines
    assert lines[-1] == ("form", "delete", "", actor)
    assert person.get(f"/customers/show/{row_id}").status_code == 404
    with app.app_context(), db.engine.connect() as connection:
        table = Customer.__table__
        kept = connection.execute(select(table.c.deleted_at, table.c.deleted_by_id).where(table.c.id == row_id)).one()
    assert kept.deleted_at is not None
    assert kept.deleted_by_id == actor


def find_filler(app: Flask, world: World) -> Filler:
    """Return what makes a body for any module's form."""
    with app.app_context(), as_system("import"):
        return Filler(app, world, Records({"signed": world.signed, "lead": world.lead, **world.others}), read_fixed(world))


@pytest.mark.parametrize("base", [base for base in WORK if {"add", "edit", "delete"} <= DECLARED[base].actions])
def test_a_record_is_entered_changed_deleted_and_brought_back(app: Flask, world: World, sign_in: Any, base: str) -> None:
    """By forms; the history says each step, and the bin has it meanwhile."""
    screen, person = find_form(app, base), sign_in(find_editor(base))
    model, key = screen.datamodel.obj, f"POST /{base}/add"
    made = person.post(*find_filler(app, world).fill(key, ROUTES[key], world.signed["south1"] if ROUTES[key].kind else None))
    assert made.status_code == 302, read_refusals(made.text)
    row_id = int(made.location.rsplit("/", 1)[-1])
    field = made_rows.find_text(model, screen.edit_columns)
    opened = read_form(person.get(f"/{base}/edit/{row_id}").text)
    assert person.post(f"/{base}/edit/{row_id}", {**opened, field: "Written anew Ltd"}).status_code == 302
    assert person.post(f"/{base}/delete/{row_id}").status_code == 302
    assert person.get(f"/{base}/show/{row_id}").status_code == 404
    assert "Written anew Ltd" in person.get(f"/bin/?kind={model.__tablename__}").text
    assert person.post(f"/bin/restore/{model.__tablename__}/{row_id}").status_code == 302
    assert "Written anew Ltd" in person.get(f"/{base}/show/{row_id}").text
    lines, actor = read_history(app, model.__name__, row_id), world.people[find_editor(base)]
    assert lines[0] == ("form", "add", "", actor)
    assert ("form", "edit", field, actor) in lines
    assert [(way, kind) for way, kind, _field, _actor in lines[-2:]] == [("form", "delete"), ("action", "restore")]


@pytest.mark.whole_desk
@pytest.mark.parametrize("name", PEOPLE)
def test_the_menu_names_what_a_person_may_open(app: Flask, world: World, sign_in: Any, name: str) -> None:
    page = sign_in(name).get("/").text
    menu = set(re.findall(r'href="/([\w/]+)/"', page.split("<nav", 1)[1].split("</nav>", 1)[0]))
    named = {screen.view.route_base.strip("/") for module in discover("app") for screen in module.screens if screen.label is not None}
    assert menu & set(BASES) == {base for base in BASES if base in named and DECLARED[base].may(name, "see")}


# What else one types into a form beside its first text.
ALSO_TYPED = {"contracts": {"amount": "5"}}


@pytest.mark.parametrize("base", EDITED)
def test_the_second_of_two_editors_gets_409_and_keeps_what_was_typed(app: Flask, world: World, sign_in: Any, rest: Any, base: str) -> None:
    person, row_id, field = find_editor(base), world.rows(base)["south1"], find_field(app, base)
    typed, second = {field: "Typed with care Ltd", **ALSO_TYPED.get(base, {})}, sign_in(person)
    opened = read_form(second.get(f"/{base}/edit/{row_id}").text)
    client = rest(person)
    seen = client.send("GET", f"{base}/{row_id}").json["result"]["row_version"]
    assert client.send("PUT", f"{base}/{row_id}", {field: "Saved first"}).status_code == 200
    answer = second.post(f"/{base}/edit/{row_id}", {**opened, **typed})
    assert answer.status_code == 409
    assert typed[field] in html.unescape(answer.text)
    assert "Saved first" in answer.text
    assert client.send("PUT", f"{base}/{row_id}", {field: "Saved third", "row_version": seen}).status_code == 409
    assert client.send("GET", f"{base}/{row_id}").json["result"][field] == "Saved first"


@pytest.mark.parametrize("base", EDITED)
def test_a_form_saved_as_it_was_opened_changes_nothing_else(app: Flask, world: World, sign_in: Any, rest: Any, base: str) -> None:
    person, row_id, field = find_editor(base), world.rows(base)["south1"], find_field(app, base)
    editor, client, typed = sign_in(person), rest(person), {field: "Typed with care Ltd"}
    before = client.send("GET", f"{base}/{row_id}").json["result"]
    answer = editor.post(f"/{base}/edit/{row_id}", {**read_form(editor.get(f"/{base}/edit/{row_id}").text), **typed})
    assert answer.status_code == 302, read_refusals(answer.text)
    after = client.send("GET", f"{base}/{row_id}").json["result"]
    assert {name for name in before if before[name] != after[name]} == {field, "row_version"}


@pytest.mark.whole_desk
def test_every_lookup_answers_in_one_shape(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("chief")
    assert {"customers", "signed-customers", "contracts-of", "staff"} <= set(lookups.known())
    for name in lookups.known():
        for args in ("", "?q=south", f"?parent={world.signed['south1']}", *(f"?q={v}&page={v}&parent={v}" for v in ODD)):
            answer = person.get(f"/lookup/{name}{args}")
            if "%00" in args:  # no database has such a text: refused in words, or nothing found
                assert answer.status_code in (200, 400)
                continue
            assert answer.status_code == 200, (name, args)
            assert set(answer.json) == {"results", "more"}
            assert isinstance(answer.json["more"], bool)
            for entry in answer.json["results"]:
                assert isinstance(entry["id"], int)
                assert isinstance(entry["text"], str)
    assert person.get("/lookup/no-such-lookup").status_code == 404


def test_the_new_contract_page_stays_small_whatever_the_table_holds(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("chief")
    before = len(person.get("/contracts/add").data)
    with app.app_context(), as_system("import"):
        owner = world.people["south1"]
        status = db.session.scalar(select(Customer.status_id).where(Customer.id == world.signed["south1"]))
        db.session.add_all([Customer(name=f"Many {turn} Ltd", status_id=status, owner_id=owner) for turn in range(300)])
        db.session.commit()
    after = person.get("/contracts/add").data
    assert b"Many 7 Ltd" not in after
    assert len(after) < 60 * 1024
    assert abs(len(after) - before) < 500
