"""REST shows and takes the declared columns only; what is not shown cannot be inferred; odd filters never widen."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.access.mixins import Owned
from app.core.access.viewer import as_system
from app.core.views import rest
from app.customers.views import CustomersApi
from app.extensions import db

from .. import made_rows
from ..access_records import find_resource
from ..access_table import find_access
from ..conftest import Browser, RestClient
from ..factories import World
from .surface import list_calls

RESOURCES = [base for base, one in find_access().items() if one.has_rest]


def list_filterable(app: Flask, columns: dict[str, list[str]]) -> set[str]:
    """Return the columns out of these by which REST filters, sorts or selects."""
    client, found = RestClient(app, "chief"), set()
    for resource, names in columns.items():
        plain = client.send("GET", f"{resource}/?q=(page_size:100)").json
        for name in names:
            for query in (f"(filters:!((col:{name},opr:sw,value:a)))", f"(filters:!((col:{name},opr:gt,value:'1')))"):
                answer = client.send("GET", f"{resource}/?q={query}")
                if answer.status_code == 200 and answer.json["count"] != plain["count"]:
                    found.add(f"filter {resource}.{name}")
            for direction in ("asc", "desc"):
                answer = client.send("GET", f"{resource}/?q=(page_size:100,order_column:{name},order_direction:{direction})")
                if answer.status_code == 200 and answer.json["ids"] != plain["ids"]:
                    found.add(f"sort {resource}.{name}")
            answer = client.send("GET", f"{resource}/?q=(columns:!({name}))")
            if answer.status_code == 200 and any(name in row for row in answer.json["result"]):
                found.add(f"select {resource}.{name}")
    return found


def hidden_columns(app: Flask) -> dict[str, list[str]]:
    """Return the columns of each resource that its answers do not show, and columns behind relations."""
    found: dict[str, list[str]] = {}
    for resource in RESOURCES:
        model: type[Owned] = find_resource(app, resource).datamodel.obj
        own = [column.name for column in model.__table__.columns]
        dotted = ["owner.password", "created.password", "customer.owner.password", "owner", "customer", "owner.one_time_code"]
        found[resource] = own + dotted
    return found


@pytest.mark.whole_desk
@pytest.mark.slow
def test_hidden_columns_cannot_be_inferred(app: Flask, world: World) -> None:
    columns = hidden_columns(app)
    client = RestClient(app, "chief")
    for resource, names in columns.items():
        shown = set(client.send("GET", f"{resource}/{world.rows(resource)['south1']}").json["result"])
        columns[resource] = [name for name in names if name not in shown]
        assert len(columns[resource]) >= 8
    assert list_filterable(app, columns) == set()


def test_sorting_by_a_hidden_column_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    api_view = next(view for view in app.extensions["appbuilder"].baseviews if isinstance(view, CustomersApi))
    monkeypatch.setattr(api_view, "search_columns", [*api_view.search_columns, "search_text"])
    monkeypatch.setattr(api_view, "order_columns", [*api_view.order_columns, "search_text"])
    monkeypatch.setattr(api_view, "search_filters", {})
    assert "sort customers.search_text" in list_filterable(app, {"customers": ["search_text"]})


ODD_FILTERS = [
    "(col:owner_id,opr:eq,value:!n)",
    "(col:owner_id,opr:eq,value:'')",
    "(col:owner_id,opr:gt,value:x)",
    "(col:owner_id,opr:in,value:!())",
    "(col:owner_id,opr:in,value:!(!n))",
    "(col:owner_id,opr:eq,value:999999)",
    "(col:owner_id,opr:rel_o_m,value:999999)",
    "(col:created_at,opr:gt,value:x)",
    "(col:created_at,opr:gt,value:'')",
    "(col:created_at,opr:lt,value:!n)",
    "(col:next_step_on,opr:gt,value:20990101)",
    "(col:nothing,opr:eq,value:1)",
    "(col:name,opr:eq,value:'')",
    "(col:name,opr:in,value:!())",
    "(col:name,opr:nothing,value:x)",
    "(col:status_id,opr:lt,value:'abc')",
    "(col:created_at,opr:gt,value:20990101)",
    "(col:status_id,opr:eq,value:(a:b))",
    "(col:stage,opr:eq,value:nothing)",
]


def list_widening(app: Flask) -> list[str]:
    """Return the odd filters that are answered with rows."""
    client = RestClient(app, "chief")
    answers = {text: client.send("GET", f"customers/?q=(filters:!({text}))") for text in ODD_FILTERS}
    return [text for text, answer in answers.items() if answer.status_code == 200 and answer.json["count"]]


def test_odd_filter_values_never_widen(app: Flask, world: World) -> None:
    assert list_widening(app) == []


def test_ignoring_odd_filter_values_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest.DeskApi, "_check_filter", lambda self, entry: None)
    assert "(col:owner_id,opr:gt,value:x)" in list_widening(app)


@pytest.mark.parametrize(
    "query", ["status=999999", "status=x", "status=", "stage=nothing", "region=!", "entered_from=x", "follow_up_to=2026-02-30", "status=-1"]
)
def test_odd_facets_of_a_list_never_widen(app: Flask, world: World, query: str, sign_in: Any) -> None:
    page = sign_in("chief").get(f"/customers/?{query}").text
    assert ("south1 Signed Ltd" in page) == query.endswith("=")


FORBIDDEN = {
    "number": "KH999999",
    "stage": "terminated",
    "author_id": 1,
    "deleted_at": "2026-01-01T00:00:00",
    "deleted_by_id": 1,
    "created_at": "2020-01-01T00:00:00",
    "created_by_id": 1,
    "department_id": 1,
    "search_text": "x",
    "sort_name": "x",
    "id": 999,
    "entered_at": "2020-01-01T00:00:00",
    "resolved_at": None,
    "author_department_id": 1,
    "withdrawn_by_id": 1,
    "due_at": "2020-01-01T00:00:00",
    "owner": {"id": 1, "password": "x"},
    "password": "x",
}


def list_assignable(app: Flask, world: World) -> set[str]:
    """Return the forbidden fields that REST lets an administrator write."""
    client, found = RestClient(app, "chief"), set()
    for resource in RESOURCES:
        key, model = world.rows(resource)["south1"], find_resource(app, resource).datamodel.obj
        for name, value in FORBIDDEN.items():
            before = read(app, model, key, name)
            client.send("PUT", f"{resource}/{key}", {name: value})
            if read(app, model, key, name) != before:
                found.add(f"{resource}.{name}")
    return found


def read(app: Flask, model: Any, key: int, name: str) -> Any:
    """Return one value of a row, whatever its type, as text."""
    with app.app_context(), as_system("import"):
        return str(getattr(db.session.get_one(model, key), name, None)) if name in model.__table__.columns else None


@pytest.mark.whole_desk
def test_fields_that_the_desk_keeps_cannot_be_assigned(app: Flask, world: World) -> None:
    assert list_assignable(app, world) == set()


def test_an_assignable_field_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_all(self: Any, pk: Any) -> Any:
        from flask import request
        from sqlalchemy import update

        model = self.datamodel.obj
        values = {key: value for key, value in request.json.items() if key == "search_text" and key in model.__table__.columns}
        if values:
            db.session.connection().execute(update(model.__table__).where(model.__table__.c.id == int(pk)).values(**values))
            db.session.commit()
        return self.response(200)

    monkeypatch.setattr(rest.DeskApi, "put_headless", load_all)
    assert "customers.search_text" in list_assignable(app, world)


@pytest.mark.parametrize("resource", [base for base in RESOURCES if "add" in find_access()[base].actions])
def test_forbidden_fields_do_not_come_in_with_a_new_record(app: Flask, world: World, resource: str) -> None:
    client, found = RestClient(app, "chief"), find_resource(app, resource)
    with app.app_context(), as_system():
        body = made_rows.make_body(found.datamodel.obj, found.add_columns, world.signed["south1"], is_form=False)
    for name in ("number", "stage", "deleted_at", "created_by_id", "id", "row_version", "department_id"):
        answer = client.send("POST", f"{resource}/", {**body, name: FORBIDDEN.get(name, 7)})
        assert answer.status_code in (400, 422), (name, answer.text)
    assert client.send("POST", f"{resource}/", body).status_code == 201


def list_with_hash(app: Flask, world: World) -> list[str]:
    """Return the answers, to an administrator, that hold a piece of a password hash or a one-time code."""
    with app.app_context(), as_system("import"):
        from app.staff import signin
        from app.staff.models import Staff

        people = list(db.session.scalars(db.select(Staff)))
        signin.issue_code(people[1])
        secrets = [person.password.split("$")[-1] for person in people if person.password] + [
            str(people[1].one_time_code).rsplit("$", maxsplit=1)[-1]
        ]
        db.session.commit()
    browser, client, found = Browser(app).sign_in("chief"), RestClient(app, "chief"), []
    for call in list_calls(app, world):
        if call.method != "GET":
            continue
        answer = client.client.get(call.path, headers=client.headers) if call.is_rest else browser.get(call.path)
        if any(secret in answer.text for secret in secrets) or "pbkdf2:" in answer.text:
            found.append(call.path)
    return found


@pytest.mark.whole_desk
def test_no_answer_holds_a_password_hash(app: Flask, world: World) -> None:
    assert list_with_hash(app, world) == []


def test_a_shown_hash_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.staff.models import Staff

    monkeypatch.setattr(Staff, "name", property(lambda self: self.password))
    assert "/staff/" in list_with_hash(app, world)


@pytest.mark.whole_desk
def test_the_description_of_the_api_names_no_secret_column(app: Flask) -> None:
    client = RestClient(app, "chief")
    text = client.send("GET", "_openapi").text
    assert "one_time_code" not in text and "session_epoch" not in text
    for resource in RESOURCES:
        info = client.send("GET", f"{resource}/_info").text
        assert "south1" not in info.lower(), "an _info embeds people or customers"
