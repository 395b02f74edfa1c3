"""Nobody's text lands in another's record: REST and forms, adding and changing, every module, at the same moment."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.views import rest
from app.core.writes.option_sets import Choice
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import Priority, Ticket

from ..conftest import POSTGRES, Browser, RestClient
from ..factories import World
from ..forms import read_form
from .writers import ROUNDS, Saved, list_wrong, race, read_texts

SELLERS = ["south1", "south2", "north1", "chief"]
# module -> (model, field, people, what a new row needs beside the field)
MODULES: dict[str, tuple[type[Any], str, list[str]]] = {
    "customers": (Customer, "address", SELLERS),
    "activities": (Activity, "text", SELLERS[:3]),
    "contracts": (Contract, "title", SELLERS),
    "tickets": (Ticket, "subject", ["service1", "service2", "chief"]),
}


@pytest.fixture
def rows(app: Flask, world: World) -> dict[str, dict[str, int]]:
    """Return module -> person -> the record that this person writes into."""
    with app.app_context(), as_system("import"):
        extra = Customer(name="chief Signed Ltd", status_id=_status("signed"), owner_id=world.people["chief"])
        db.session.add(extra)
        db.session.flush()
        contract = Contract(customer_id=extra.id, title="chief draft", amount=Decimal(1))
        db.session.add(contract)
        db.session.commit()
        chief = {"customers": extra.id, "contracts": contract.id}
    owners = ("south1", "south2", "north1")
    return {
        "customers": {**{name: world.signed[name] for name in owners}, "chief": chief["customers"]},
        "activities": {name: world.activity[name] for name in owners},
        "contracts": {**{name: world.contract[name] for name in owners}, "chief": chief["contracts"]},
        "tickets": {"service1": world.ticket["south1"], "service2": world.ticket["south2"], "chief": world.ticket["north1"]},
    }


def _status(stage: str) -> int:
    return int(db.session.scalar(select(Customer.status_id).where(Customer.stage == stage).limit(1)) or 0)


def make_body(app: Flask, module: str, customer: int, field: str, text: str) -> dict[str, Any]:
    """Return the least that a new row of the module needs, over REST."""
    with app.app_context(), as_system():
        first = {
            "customers": {"name": text, "status_id": _status("lead")},
            "activities": {"customer_id": customer, "happened_at": "2026-01-05T02:00:00",
                           "kind_id": db.session.scalar(select(Choice.id).where(Choice.list_code == "activity_kind").limit(1))},
            "contracts": {"customer_id": customer, "amount": "5"},
            "tickets": {"customer_id": customer, "priority_id": db.session.scalar(select(Priority.id).limit(1))},
        }[module]  # fmt: skip
    return {**first, field: text}


@pytest.mark.parametrize("module", MODULES)
def test_changes_over_rest_never_cross(app: Flask, world: World, rows: dict[str, dict[str, int]], module: str) -> None:
    model, field, people = MODULES[module]
    clients = {person: RestClient(app, person) for person in people}

    def write(person: str, text: str) -> Saved:
        row_id = rows[module][person]
        answer = clients[person].send("PUT", f"{module}/{row_id}", {field: text})
        assert answer.status_code == 200, answer.text
        assert answer.json["result"][field] == text
        return Saved(person, row_id, text)

    assert list_wrong(app, model, field, race(people, write), world.people) == []


@pytest.mark.parametrize("module", MODULES)
def test_rows_added_over_rest_never_cross(app: Flask, world: World, rows: dict[str, dict[str, int]], module: str) -> None:
    model, field, people = MODULES[module]
    clients = {person: RestClient(app, person) for person in people}
    bodies = {person: make_body(app, module, rows["customers"].get(person, world.signed["south1"]), field, "") for person in people}

    def write(person: str, text: str) -> Saved:
        body = {**bodies[person], field: text, **({"name": text} if module == "customers" else {})}
        answer = clients[person].send("POST", f"{module}/", body)
        assert answer.status_code == 201, answer.text
        assert answer.json["result"][field] == text
        return Saved(person, answer.json["id"], text)

    saved = race(people, write)
    assert len({one.row_id for one in saved}) == len(saved)
    texts = read_texts(app, model, field)
    assert [one for one in saved if texts[one.row_id] != one.text] == []
    with app.app_context(), db.engine.connect() as connection:
        table = model.__table__.c
        authors = {row.id: row.created_by_id for row in connection.execute(select(table.id, table.created_by_id))}
    assert [one for one in saved if authors[one.row_id] != world.people[one.person]] == []


@pytest.mark.parametrize("module", MODULES)
def test_forms_never_cross(app: Flask, world: World, rows: dict[str, dict[str, int]], module: str) -> None:
    model, field, people = MODULES[module]
    browsers = {person: Browser(app).sign_in(person) for person in people}
    forms = {}
    for person, browser in browsers.items():
        opened = read_form(browser.get(f"/{module}/edit/{rows[module][person]}").text)
        forms[person] = {**opened, "row_version": ""}

    def write(person: str, text: str) -> Saved:
        row_id = rows[module][person]
        answer = browsers[person].client.post(f"/{module}/edit/{row_id}", data={**forms[person], field: text})
        assert answer.status_code == 302, answer.text
        return Saved(person, row_id, text)

    assert list_wrong(app, model, field, race(people, write), world.people) == []


@pytest.mark.parametrize("module", MODULES)
def test_rows_added_by_forms_never_cross(app: Flask, world: World, rows: dict[str, dict[str, int]], module: str) -> None:
    model, field, people = MODULES[module]
    browsers = {person: Browser(app).sign_in(person) for person in people}
    forms = {}
    for person, browser in browsers.items():
        customer = rows["customers"].get(person, world.signed["south1"])
        with app.app_context(), as_system():
            priority = db.session.scalars(select(Priority.id).order_by(Priority.id)).first()
        more = {"customer": customer, "amount": "5", "currency": "CNY", "priority": priority, "happened_at": "2026-01-05T10:00"}
        opened = read_form(browser.get(f"/{module}/add").text)
        forms[person] = {**opened, **{name: value for name, value in more.items() if name in opened}}

    def write(person: str, text: str) -> Saved:
        data = {**forms[person], "form_token": str(uuid.uuid4()), field: text, **({"name": text} if module == "customers" else {})}
        answer = browsers[person].client.post(f"/{module}/add", data=data)
        assert answer.status_code == 302, answer.text
        return Saved(person, int(answer.location.rsplit("/", 1)[1]), text)

    saved = race(people, write, ROUNDS // 2)
    assert len({one.row_id for one in saved}) == len(saved)
    texts = read_texts(app, model, field)
    assert [one for one in saved if texts[one.row_id] != one.text] == []


@pytest.mark.postgres
def test_a_schema_that_keeps_the_row_would_be_noticed(
    app: Flask, world: World, rows: dict[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: one body's row kept on an object that all threads share, as marshmallow-sqlalchemy keeps it."""
    assert POSTGRES
    kept: dict[str, Any] = {}

    def write_on_shared(self: Any, item: Any, reader: Schema, body: dict[str, Any], *, partial: bool = False) -> None:
        kept["row"] = item
        values = reader.load(body, partial=partial)
        db.session.scalar(select(1))  # where a thread waits for the database, another goes on
        for name, value in values.items():
            setattr(kept["row"], name, value)

    monkeypatch.setattr(rest.DeskApi, "_write", write_on_shared)
    clients = {person: RestClient(app, person) for person in SELLERS}

    def write(person: str, text: str) -> Saved:
        row_id = rows["customers"][person]
        clients[person].send("PUT", f"customers/{row_id}", {"address": text})
        return Saved(person, row_id, text)

    assert list_wrong(app, Customer, "address", race(SELLERS, write, 40), world.people) != []
