"""How much a request may bring: texts by their column at every door, bodies by their route."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import Date, DateTime, String, inspect, update

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.mixins import Gated
from app.core.access.viewer import as_system
from app.core.base import bounds
from app.core.base.errors import RuleViolation
from app.core.web.modules import discover
from app.core.writes.columns import rules_of
from app.core.writes.fields import MAX_TEXT, DayRule, InstantRule, TextRule
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import Ticket

from .. import made_rows
from ..access_table import find_access
from ..acting import acting
from ..conftest import Browser, RestClient
from ..factories import World
from ..forms import read_form
from ..people import PEOPLE

# module -> (model, who edits it, its texts, its days)
MODULES: dict[str, tuple[type[Any], str, list[str], list[str]]] = {
    "customers": (Customer, "south1", ["name", "address", "remark"], ["next_step_on"]),
    "activities": (Activity, "south1", ["text", "result"], ["next_step_on", "happened_at"]),
    "contracts": (Contract, "south1", ["title", "remark"], ["signed_on", "start_on", "end_on"]),
    "tickets": (Ticket, "service1", ["subject", "description"], []),
}

WITH_REST = {base for base, one in find_access().items() if one.has_rest}


def add_others() -> None:
    """Add the modules that are not named here, with what both their form and their REST resource write."""
    for resource in [api for module in discover("app") for api in module.apis if api.resource_name in WITH_REST - {*MODULES}]:
        declared, model = find_access()[resource.resource_name], resource.datamodel.obj
        both = {*resource.edit_columns} & {*resource.screen.edit_columns}
        names = [column.name for column in model.__table__.columns if column.name in both]
        editors = [person for person in PEOPLE if declared.reaches(person, "south1", "edit", writes=True)]
        texts = [name for name in names if name in made_rows.list_texts(model)]
        days = [name for name in names if isinstance(model.__table__.columns[name].type, Date | DateTime)]
        MODULES.update({resource.resource_name: (model, editors[0], texts, days)} if editors else {})


add_others()
TEXTS = [(module, field) for module, parts in MODULES.items() for field in parts[2]]
DAYS = [(module, field) for module, parts in MODULES.items() for field in parts[3]]
OFTEN = ("1899-12-31", "9999-12-31")  # the others in the slow run
OUT = {"0001-01-01": date(1, 1, 1), "1899-12-31": date(1899, 12, 31), "3000-01-01": date(3000, 1, 1), "9999-12-31": date.max}


def limit_of(model: Any, name: str) -> int:
    """Return how many letters a text or code may have."""
    rule = rules_of(model)[name]
    return rule.limit if isinstance(rule, TextRule) else rule.size  # type: ignore[attr-defined]  # a text column is one or the other


def find_row(world: World, module: str) -> int:
    """Return the record of a module that is written."""
    return world.rows(module)["south1"]


def by_rest(app: Flask, world: World, module: str, field: str, value: Any) -> str | None:
    """Write by REST; return the sentence that refuses it."""
    client = RestClient(app, MODULES[module][1])
    client.headers["Accept-Language"] = "en"
    answer = client.send("PUT", f"{module}/{find_row(world, module)}", {field: value})
    assert answer.status_code in (200, 422), answer.text[:300]
    return None if answer.status_code == 200 else str(answer.json["message"][field][0])


def by_form(app: Flask, world: World, module: str, field: str, value: Any) -> str | None:
    """Write by the form; return whether it was refused, in the words of the page."""
    browser, path = Browser(app).sign_in(MODULES[module][1]), f"/{module}/edit/{find_row(world, module)}"
    shown = value.replace("00:00:00", "00:00") if isinstance(value, str) else value
    answer = browser.post(path, {**read_form(browser.get(path).text), field: shown})
    assert answer.status_code in (302, 422), answer.status_code
    if answer.status_code == 302:
        return None
    part = answer.text.split(f'id="{field}-error"', 1)
    assert len(part) == 2, "refused without a sentence at the field"
    return part[1].split("<span>", 1)[1].split("</span>", 1)[0]


def by_session(app: Flask, world: World, module: str, field: str, value: Any) -> str | None:
    """Write in a session; return the sentence that refuses it."""
    model = MODULES[module][0]
    kind = inspect(model).columns[field].type.python_type
    typed = kind.fromisoformat(value) if kind in (date, datetime) else value
    with acting(app, world, MODULES[module][1]) as session, force_locale("en"):
        setattr(session.get_one(model, find_row(world, module)), field, typed)
        try:
            session.commit()
        except RuleViolation as refusal:
            assert refusal.field == field
            return str(refusal)
    return None


DOORS: list[Callable[..., str | None]] = [by_rest, by_form, by_session]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("module", "field"), TEXTS)
def test_a_text_has_one_limit_at_every_door(app: Flask, world: World, door: Any, module: str, field: str) -> None:
    limit = limit_of(MODULES[module][0], field)
    assert door(app, world, module, field, "x" * limit) is None
    assert door(app, world, module, field, "x" * (limit + 1)) == f"At most {limit:,} characters."


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("module", "field"), DAYS)
@pytest.mark.parametrize("day", [day if day in OFTEN else pytest.param(day, marks=pytest.mark.slow) for day in OUT])
def test_a_day_lies_in_the_calendar_at_every_door(app: Flask, world: World, door: Any, module: str, field: str, day: str) -> None:
    kind = inspect(MODULES[module][0]).columns[field].type.python_type
    assert door(app, world, module, field, day if kind is date else f"{day}T00:00:00") is not None


def test_every_text_column_of_every_gated_model_has_a_limit() -> None:
    for mapper in db.Model.registry.mappers:
        if issubclass(mapper.class_, Gated):
            for attribute in mapper.column_attrs:
                model, column = mapper.class_, attribute.columns[0]
                assert not isinstance(column.type, String) or 0 < limit_of(model, attribute.key) <= MAX_TEXT
                assert not isinstance(column.type, Date | DateTime) or isinstance(rules_of(model)[attribute.key], DayRule | InstantRule)


@pytest.mark.parametrize(("module", "field"), TEXTS)
def test_a_row_beyond_its_limit_stays_readable_and_savable(app: Flask, world: World, module: str, field: str) -> None:
    model, person, texts, _days = MODULES[module]
    long, row_id = "x" * 25_000, find_row(world, module)
    column = model.__table__.c[field]
    long = long[: column.type.length] if column.type.length else long
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(model.__table__).where(model.__table__.c.id == row_id).values({field: long}))
    others = [name for name in texts if name != field][:1]  # none in a module with a single text
    client, browser = RestClient(app, person), Browser(app).sign_in(person)
    assert client.send("PUT", f"{module}/{row_id}", {**dict.fromkeys(others, "Changed over REST"), field: long}).status_code == 200
    path = f"/{module}/edit/{row_id}"
    opened = read_form(browser.get(path).text)
    assert browser.post(path, {**opened, **dict.fromkeys(others, "Changed by form")}).status_code == 302
    result = client.send("GET", f"{module}/{row_id}").json["result"]
    assert [result[name] for name in (field, *others)] == [long, *("Changed by form" for _other in others)]


@pytest.mark.parametrize("path", ["/login/", "/customers/add", "/tickets/comment/1", "/views/save", "/handover/preview"])
def test_a_form_larger_than_its_route_takes_is_refused_unread(app: Flask, world: World, path: str) -> None:
    browser = Browser(app) if path == "/login/" else Browser(app).sign_in("chief")
    assert browser.post(path, {"text": "x" * (bounds.FORM + 1000)}).status_code == 413


@pytest.mark.parametrize("path", ["security/login", "customers/", "customers/1"])
def test_a_rest_body_larger_than_its_route_takes_is_refused_unread(app: Flask, world: World, path: str) -> None:
    method = "PUT" if path.endswith("1") else "POST"
    answer = RestClient(app, "chief").send(method, path, {"remark": "x" * (bounds.JSON + 1000)})
    assert answer.status_code == 413
    assert set(answer.json) == {"message"}


def test_a_sign_in_takes_no_more_than_a_sign_in_needs(stranger: Browser) -> None:
    assert stranger.post("/login/", {"username": "x" * bounds.SIGN_IN, "password": "y"}).status_code == 413


def test_the_longest_file_still_fits_and_no_longer_one(app: Flask, world: World) -> None:
    browser, path = Browser(app).sign_in("south1"), f"/contracts/attach/{world.contract['south1']}"
    full = b"%PDF-" + b"0" * (20 * bounds.MEGA - 5)
    assert send_file(browser, path, full, "full.pdf") == 302
    assert "full.pdf" in browser.get(f"/contracts/show/{world.contract['south1']}").text
    assert send_file(browser, path, full + b"0" * 2 * bounds.MEGA, "more.pdf") == 413


def send_file(browser: Browser, path: str, content: bytes, name: str) -> int:
    """Send a form with a file as bytes in memory: the test client would write a large one to a file of its own."""
    fields = f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token()}\r\n'
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    body = fields.encode() + head.encode() + content + b"\r\n--x--\r\n"
    with browser.client.post(path, data=body, content_type="multipart/form-data; boundary=x") as answer:
        return int(answer.status_code)


def test_the_longest_texts_fit_into_a_body(app: Flask, world: World) -> None:
    long = "\U0001f600" * MAX_TEXT
    assert by_rest(app, world, "customers", "remark", long) is None
    assert by_form(app, world, "customers", "remark", long) is None
    with app.app_context(), as_system():
        assert db.session.get_one(Customer, world.lead["south1"]).remark == long
