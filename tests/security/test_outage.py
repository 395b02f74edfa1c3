"""While the database is away every page says so in a sentence, and /health tells the truth."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.exc import OperationalError

from app import create_app
from app.core.web import web
from app.extensions import db

from ..conftest import Browser, make_test_settings
from ..factories import World

CLOSED = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
INNER = ("psycopg", "sqlalchemy", "SELECT", "127.0.0.1", "Connection refused", "Traceback", "connection failed")


@pytest.fixture
def lost(tmp_path: Path) -> Flask:
    """Return an app whose database does not answer."""
    return create_app(make_test_settings(tmp_path, CLOSED))


def make_client(app: Flask) -> Any:
    """Return a client with the cookie of a person who was signed in before."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    client = app.test_client()
    client.set_cookie("countersign", signer.dumps({"_user_id": "1", "_fresh": True, "epoch": 0, "begun": int(time.time())}))
    return client


def list_bad(app: Flask) -> list[str]:
    """Return the addresses that answer otherwise than by a 503 with a sentence."""
    found = []
    for path in ("/", "/customers/", "/customers/add", "/tickets/show/1", "/profile/", "/lookup/customers", "/contracts/attachment/1"):
        answer = make_client(app).get(path)
        if answer.status_code != 503 or "database does not answer" not in answer.text or any(word in answer.text for word in INNER):
            found.append(f"{path} {answer.status_code}")
    return found


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en")


def ask_in_english(app: Flask) -> None:
    """Make English the language of a browser that asks for none."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en"


def test_every_page_says_that_the_database_does_not_answer(lost: Flask) -> None:
    ask_in_english(lost)
    assert list_bad(lost) == []


def test_an_outage_shown_as_our_error_would_be_noticed(lost: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_in_english(lost)
    monkeypatch.setattr(web, "is_outage", lambda error: False)
    assert "/lookup/customers 500" in list_bad(lost)


def test_health_says_down(lost: Flask) -> None:
    for client in (lost.test_client(), make_client(lost)):
        answer = client.get("/health")
        assert answer.status_code == 503
        assert answer.json == {"status": "down", "database": "unreachable"}


def test_health_says_up_and_no_more(app: Flask) -> None:
    answer = app.test_client().get("/health")
    assert answer.status_code == 200 and answer.json == {"status": "ok", "database": "ok"}


def test_signing_in_says_so_too(lost: Flask) -> None:
    ask_in_english(lost)
    answer = Browser(lost).post("/login/", {"username": "south1", "password": "south1-south1"})
    assert answer.status_code == 503 and "database does not answer" in answer.text
    body = {"username": "south1", "password": "south1-south1", "provider": "db"}
    answer = lost.test_client().post("/api/v1/security/login", json=body)
    assert answer.status_code == 503
    assert not any(word in answer.text for word in INNER)


def test_static_files_come_without_a_database(lost: Flask) -> None:
    file = next(path for path in Path(lost.static_folder or "").rglob("*.css"))
    answer = make_client(lost).get(f"/static/{file.relative_to(lost.static_folder or '')}")
    assert answer.status_code == 200
    answer.close()
    assert make_client(lost).get("/static/nothing.css").status_code in (404, 503)


def test_a_connection_lost_within_a_request_is_a_503_by_rest_too(
    app: Flask, world: World, rest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = rest("south1")

    def lose(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT secret", {}, Exception("server closed the connection"))

    monkeypatch.setattr("app.core.views.rest.ApiInterface.query", lose)
    answer = client.send("GET", "customers/")
    assert answer.status_code == 503, answer.text
    assert "SELECT" not in answer.text


def test_the_app_recovers_by_itself(app: Flask, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_in("south1")
    real = db.session.registry

    def lose(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT secret", {}, Exception("server closed the connection"))

    monkeypatch.setattr("app.core.access.viewer.load_viewer", lose)
    assert browser.get("/customers/").status_code == 503
    monkeypatch.undo()
    assert browser.get("/customers/").status_code == 200
    assert real is db.session.registry
