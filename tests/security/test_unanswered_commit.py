"""A database that goes away around a COMMIT: readers get their page, writers are told only what is certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from app.core.access.viewer import as_system
from app.customers.models import Customer
from app.extensions import db

from ..conftest import Browser, RestClient
from ..factories import World, find_status
from .proxy import Proxy

ENGLISH = {"Accept-Language": "en"}
IN_DOUBT = "The database stopped answering at the moment of saving. It may or may not have been saved: look before you send it again."
NOT_SAVED = "Nothing was saved. Try again in a minute."


class Lost(Exception):
    """Stands in for the driver's word that the connection is gone."""


def lose(*_args: Any) -> None:
    """Fail as a connection does that is gone."""
    raise OperationalError(None, None, Lost("server closed the connection unexpectedly"))


class Fault:
    """Makes the COMMIT of the desk's connections fail, before or after the database has done it."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        with app.app_context():
            self.dialect = db.engine.dialect
        self.monkeypatch = monkeypatch

    def strike(self, *, heard: bool, place: int = 1) -> None:
        """Let the COMMIT with this number get no answer."""
        real, count = type(self.dialect).do_commit, [0]

        def commit(connection: Any) -> None:
            count[0] += 1
            if count[0] != place:
                real(self.dialect, connection)
                return
            if heard:
                real(self.dialect, connection)
            lose()

        self.monkeypatch.setattr(self.dialect, "do_commit", commit)


@pytest.fixture
def fault(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Fault:
    """Return what makes COMMITs fail."""
    return Fault(app, monkeypatch)


def make_fields(app: Flask, browser: Browser, name: str) -> dict[str, Any]:
    """Return the form of a new customer."""
    with app.app_context():
        return {"name": name, "status": find_status("lead").id, "contacts-0-name": "Li", "csrf_token": browser.token()}


def count_customers(app: Flask, name: str) -> int:
    """Return how many customers of this name were saved."""
    with app.app_context(), as_system("import"):
        return len(list(db.session.scalars(select(Customer).where(Customer.name == name))))


@pytest.mark.parametrize("heard", [False, True])
def test_a_form_whose_commit_got_no_answer_says_so(app: Flask, world: World, fault: Fault, heard: bool) -> None:
    browser = Browser(app).sign_in("south1")
    fields = make_fields(app, browser, "Doubt Ltd")
    fault.strike(heard=heard)
    answer = browser.client.post("/customers/add", data=fields, headers=ENGLISH)
    assert answer.status_code == 503
    assert IN_DOUBT in answer.text and NOT_SAVED not in answer.text
    assert count_customers(app, "Doubt Ltd") == int(heard)


@pytest.mark.parametrize("heard", [False, True])
def test_a_rest_call_whose_commit_got_no_answer_says_so(app: Flask, world: World, fault: Fault, heard: bool) -> None:
    client = RestClient(app, "south1")
    with app.app_context():
        body = {"name": "Doubt Ltd", "status_id": find_status("lead").id}
    fault.strike(heard=heard)
    answer = client.client.post("/api/v1/customers/", json=body, headers={**client.headers, **ENGLISH})
    assert (answer.status_code, answer.json["message"]) == (503, IN_DOUBT)
    assert answer.json["code"] == answer.headers["X-Request-Id"]
    assert count_customers(app, "Doubt Ltd") == int(heard)


@contextmanager
def losing_at(app: Flask, is_time: Callable[[str, list[bool]], bool]) -> Iterator[None]:
    """Lose the connection at the first statement of which the test says so, by its text and the COMMITs before it."""
    commits: list[bool] = []

    def note(_connection: Any) -> None:
        commits.append(True)

    def watch(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if is_time(statement, commits):
            lose()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", note)
    event.listen(engine, "before_cursor_execute", watch)
    try:
        yield
    finally:
        event.remove(engine, "commit", note)
        event.remove(engine, "before_cursor_execute", watch)


def test_an_outage_after_the_commit_does_not_call_it_unsaved(app: Flask, world: World) -> None:
    client = RestClient(app, "south1")
    with app.app_context():
        body = {"name": "Saved Ltd", "status_id": find_status("lead").id}
    with losing_at(app, lambda _statement, commits: bool(commits)):
        answer = client.client.post("/api/v1/customers/", json=body, headers={**client.headers, **ENGLISH})
    assert (answer.status_code, answer.json["message"]) == (503, IN_DOUBT)
    assert count_customers(app, "Saved Ltd") == 1


def test_an_outage_before_the_commit_is_called_unsaved(app: Flask, world: World) -> None:
    browser = Browser(app).sign_in("south1")
    fields = make_fields(app, browser, "Unsaved Ltd")
    with losing_at(app, lambda statement, _commits: statement.startswith("INSERT INTO customer")):
        answer = browser.client.post("/customers/add", data=fields, headers=ENGLISH)
    assert answer.status_code == 503 and NOT_SAVED in answer.text and IN_DOUBT not in answer.text
    assert count_customers(app, "Unsaved Ltd") == 0


def test_an_error_of_ours_after_the_commit_does_not_call_it_unsaved(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> str:
        raise ValueError("never mind")

    browser = Browser(app).sign_in("south1")
    fields = make_fields(app, browser, "Odd Ltd")
    monkeypatch.setattr("app.core.writes.commit.say_saved", fail)
    monkeypatch.setattr("app.core.forms.pages.say_saved", fail, raising=False)
    answer = browser.client.post("/customers/add", data=fields, headers=ENGLISH)
    assert answer.status_code == 500 and "It may or may not have been saved" in answer.text
    assert count_customers(app, "Odd Ltd") == 1


def test_the_count_of_sign_ins_saves_nothing_of_the_persons(app: Flask, fault: Fault) -> None:
    browser = Browser(app)
    fields = {"csrf_token": browser.token(), "username": "south1", "password": "south1-south1"}
    fault.strike(heard=False)
    answer = browser.client.post("/login/", data=fields, headers=ENGLISH)
    assert answer.status_code == 503 and NOT_SAVED in answer.text


# -- through a proxy, and with the server ending connections -----------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.parametrize("heard", [False, True])
def test_a_connection_cut_at_a_writers_commit(behind_proxy: tuple[Flask, Proxy], app: Flask, world: World, heard: bool) -> None:
    desk, proxy = behind_proxy
    browser = Browser(desk).sign_in("south1")
    fields = make_fields(app, browser, "Cut Ltd")
    proxy.cut_at(b"COMMIT", heard=heard)
    answer = browser.client.post("/customers/add", data=fields, headers=ENGLISH)
    assert answer.status_code == 503 and IN_DOUBT in answer.text
    assert count_customers(app, "Cut Ltd") == int(heard)
    assert browser.get("/customers/").status_code == 200


@pytest.mark.postgres
@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("path", ["/customers/", "/customers/export?format=csv", "/profile/"])
def test_a_connection_cut_at_a_readers_commit_changes_nothing(
    behind_proxy: tuple[Flask, Proxy], world: World, heard: bool, path: str
) -> None:
    desk, proxy = behind_proxy
    browser = Browser(desk).sign_in("south1")
    expected = browser.get(path).status_code
    proxy.cut_at(b"COMMIT", heard=heard)
    assert [browser.get(path).status_code for _ in range(3)] == [expected] * 3


@pytest.mark.postgres
@pytest.mark.parametrize(("path", "status"), [("/customers/", 200), ("/customers/show/999999", 404)])
def test_a_server_that_ends_the_connection_after_a_readers_page(
    app: Flask, world: World, path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(app).sign_in("south1")
    end_connections_before_hooks(app, monkeypatch)
    assert browser.get(path).status_code == status


@pytest.mark.postgres
def test_a_server_that_ends_the_connection_after_a_refused_form(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(app).sign_in("south1")
    fields = {"csrf_token": browser.token(), "name": ""}
    end_connections_before_hooks(app, monkeypatch)
    assert browser.client.post("/customers/add", data=fields).status_code == 422


@pytest.mark.postgres
def test_a_server_that_ends_the_connection_before_a_writers_commit(app: Flask, world: World) -> None:
    browser = Browser(app).sign_in("south1")
    fields = make_fields(app, browser, "Ended Ltd")

    def end(statement: str, _commits: list[bool]) -> bool:
        if statement.startswith("INSERT INTO customer "):
            end_own_connection()
        return False

    with losing_at(app, end):
        answer = browser.client.post("/customers/add", data=fields, headers=ENGLISH)
    assert answer.status_code == 503 and NOT_SAVED in answer.text
    assert count_customers(app, "Ended Ltd") == 0


def end_own_connection() -> None:
    """Let the server end the connection of the present session."""
    own = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})


def end_connections_before_hooks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server end the desk's own connections once an answer is complete."""

    def end(response: Any) -> Any:
        if db.session.registry.has() and db.session().in_transaction():
            end_own_connection()
        return response

    hooks = app.after_request_funcs.setdefault(None, [])
    monkeypatch.setitem(app.after_request_funcs, None, [*hooks, end])  # Flask runs the last one first
