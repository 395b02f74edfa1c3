"""No log record holds what people typed or rows hold; an outage is one line a minute; a code leads from a page to its entry."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app import create_app
from app.core.web import logs
from app.extensions import db

from ..conftest import Browser, RestClient, make_test_settings
from ..factories import World, find_status
from .proxy import Proxy
from .test_outage import CLOSED, make_client

CANARY = "Canary Kwong 13812345678"
ENGLISH = {"Accept-Language": "en"}


class Paper(logging.Handler):
    """Keeps every record as it would stand in a file, exceptions with it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record down, with all its attributes."""
        self.lines.append(f"{record.levelname} {record.name}: {self.format(record)}\n{record.msg!r} {record.args!r}")

    @property
    def text(self) -> str:
        """Return everything."""
        return "\n".join(self.lines)


@pytest.fixture
def paper() -> Iterator[Paper]:
    """Return what is logged during the test, warnings and worse."""
    logs.discretion.forget()
    made = Paper()
    logging.getLogger().addHandler(made)
    yield made
    logging.getLogger().removeHandler(made)


@pytest.fixture
def lost(tmp_path: Path) -> Flask:
    """Return an app whose database does not answer."""
    return create_app(make_test_settings(tmp_path, CLOSED))


def make_fields(app: Flask, browser: Browser, **more: Any) -> dict[str, Any]:
    """Return the form of a new customer, full of canaries."""
    with app.app_context():
        fields = {"name": CANARY, "status": find_status("lead").id, "contacts-0-name": CANARY, "csrf_token": browser.token()}
    return fields | {"address": CANARY, "remark": CANARY} | more


class Words(Exception):
    """Stands in for a driver's error that names values."""

    sqlstate = "23505"

    def __str__(self) -> str:
        return f'duplicate key\nDETAIL:  Key (name)=({CANARY}) already exists.\nCONTEXT: "{CANARY}"'


def raise_at_insert(app: Flask, error: type[DBAPIError]) -> Any:
    """Let the database refuse a customer with words that name values; returns what ends it."""

    def refuse(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO customer"):
            raise error(statement, parameters, Words(CANARY))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse)
    return lambda: event.remove(engine, "before_cursor_execute", refuse)


class OddError(DBAPIError):
    """A database error that nobody foresaw."""


@pytest.mark.parametrize("error", [OddError, OperationalError, IntegrityError])
@pytest.mark.parametrize("way", ["form", "rest"])
def test_a_databases_words_are_not_logged(app: Flask, world: World, paper: Paper, error: type[DBAPIError], way: str) -> None:
    browser, client = Browser(app).sign_in("south1"), RestClient(app, "south1")
    fields = make_fields(app, browser)
    stop = raise_at_insert(app, error)
    if way == "form":
        answer = browser.client.post(f"/customers/add?name={CANARY}", data=fields, headers=ENGLISH)
    else:
        body = {"name": CANARY, "status_id": fields["status"]}
        answer = client.client.post("/api/v1/customers/", json=body, headers={**client.headers, **ENGLISH})
    stop()
    assert answer.status_code == {OddError: 500, OperationalError: 503, IntegrityError: 422}[error]
    assert CANARY not in paper.text and "Canary" not in paper.text and "DETAIL" not in paper.text
    assert len(paper.lines) == {OddError: 1, OperationalError: 1, IntegrityError: 0}[error]


@pytest.mark.parametrize("way", ["form", "rest"])
def test_an_unforeseen_error_is_one_entry_that_the_page_leads_to(
    app: Flask, world: World, paper: Paper, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, client = Browser(app).sign_in("south1"), RestClient(app, "south1")

    def fail(*_args: Any, **_kwargs: Any) -> None:
        try:
            int(CANARY)
        except ValueError as error:
            raise KeyError(CANARY) from error

    monkeypatch.setattr("app.core.views.rest.ApiInterface.query", fail)
    pk = world.signed["south1"]
    if way == "form":
        monkeypatch.setitem(app.view_functions, "CustomersView.show", fail)
        answer = browser.get(f"/customers/show/{pk}?q={CANARY}", headers=ENGLISH)
        shown = re.search(r"Code: (\w+)", answer.text)
        assert shown is not None
        code = shown.group(1)
    else:
        answer = client.client.get("/api/v1/customers/", headers=client.headers)
        code = answer.json["code"]
    assert answer.status_code == 500 and answer.headers["X-Request-Id"] == code
    assert len(paper.lines) == 1
    entry = paper.lines[0]
    assert "Canary" not in entry
    for part in (code, "KeyError", "ValueError", "in fail", "test_logs.py", f"person {world.people['south1']}"):
        assert part in entry, part
    assert way == "rest" or f"GET /customers/show/<pk> pk={pk};" in entry


def test_an_outage_is_one_line_without_a_stack(lost: Flask, paper: Paper) -> None:
    client = make_client(lost)
    for path in ("/", "/customers/", "/customers/show/1", "/api/v1/customers/", "/lookup/customers") * 6:
        answer = client.get(f"{path}?q={CANARY}", headers=ENGLISH)
        if answer.status_code == 503 and "json" not in answer.mimetype:
            assert f"Code: {answer.headers['X-Request-Id']}" in answer.text
    client.post("/api/v1/security/login", json={"username": CANARY, "password": CANARY, "provider": "db"})
    assert len(paper.lines) == 1
    assert paper.text.count("\n") <= 2 and "Traceback" not in paper.text and 'File "' not in paper.text
    assert "The database does not answer" in paper.text and "Canary" not in paper.text


def test_a_minute_later_the_next_line_counts_what_was_left_out(lost: Flask, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    client, now = make_client(lost), [1000.0]
    monkeypatch.setattr(logs, "monotonic", lambda: now[0])
    for _ in range(5):
        client.get("/customers/")
    now[0] += 61
    client.get("/customers/")
    assert len(paper.lines) == 2
    assert "since the last such line: 0" in paper.lines[0] and "since the last such line: 4" in paper.lines[1]


@pytest.mark.postgres
def test_a_constraints_detail_is_not_logged(app: Flask, world: World, paper: Paper) -> None:
    """PostgreSQL's own words for a broken constraint hold the row: here from a view that foresees nothing."""

    def insert() -> str:
        db.session.execute(text("CREATE TEMPORARY TABLE probe (name text CONSTRAINT uq_probe UNIQUE, kept int NOT NULL)"))
        db.session.execute(text("INSERT INTO probe VALUES (:name, 1)"), {"name": CANARY})
        db.session.execute(text("INSERT INTO probe VALUES (:name, 1)"), {"name": CANARY})
        return ""

    views = app.view_functions
    kept, views["HomeView.index"] = views["HomeView.index"], insert
    try:
        answer = Browser(app).sign_in("south1").get("/")
    finally:
        views["HomeView.index"] = kept
    assert answer.status_code == 500
    assert "Canary" not in paper.text and "DETAIL" not in paper.text
    assert "23505, probe, uq_probe" in paper.text


def test_a_wrong_statement_is_our_mistake_and_no_outage(app: Flask, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> str:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": CANARY})
        return ""

    monkeypatch.setitem(app.view_functions, "SignInView.login", ask)
    assert app.test_client().get("/login/").status_code == 500
    assert len(paper.lines) == 1 and "in ask" in paper.text and "Canary" not in paper.text


def test_parameters_are_hidden_by_the_engine(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": CANARY})
    with app.app_context():
        assert db.engine.hide_parameters
        db.session.remove()
    assert "Canary" not in str(caught.value)


def test_every_answer_carries_a_code_of_its_own(app: Flask, world: World) -> None:
    browser = Browser(app).sign_in("south1")
    paths = ("/", "/customers/", "/nowhere", "/health", "/static/nothing.css", "/api/v1/customers/", "/logout/", "/login/")
    codes = [browser.get(path).headers["X-Request-Id"] for path in paths]
    codes.append(app.test_client().get("/", headers={"Host": "elsewhere.example"}).headers["X-Request-Id"])
    assert len(set(codes)) == len(codes) and all(re.fullmatch(r"[0-9]{10}", code) for code in codes)


@pytest.mark.postgres
@pytest.mark.parametrize("mode", ["refused", "reset"])
def test_connections_that_are_cut_in_the_pool_are_one_line_too(
    behind_proxy: tuple[Flask, Proxy], world: World, paper: Paper, mode: str
) -> None:
    desk, proxy = behind_proxy
    eyes = [Browser(desk).sign_in("south1") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda browser: browser.get("/customers/"), eyes))
        proxy.fail(mode)
        answers = list(pool.map(lambda browser: browser.get(f"/customers/?q={CANARY}").status_code, eyes * 6))
        proxy.work()
    assert set(answers) == {503}
    assert len(paper.lines) == 1 and 'File "' not in paper.text and "Canary" not in paper.text
