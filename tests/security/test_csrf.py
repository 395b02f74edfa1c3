"""No state changes without a token of the session, and none by GET."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.customers.models import Customer
from app.customers.views import CustomersApi
from app.extensions import db

from ..conftest import Browser
from ..factories import World
from ..snapshots import list_changes, take_snapshot
from .surface import UNSAFE, list_calls

FIELDS = {
    "name": "Changed",
    "username": "changed",
    "title": "Changed",
    "subject": "Changed",
    "text": "Changed",
    "status": "2",
    "move": "start",
    "password": "a quite different sentence",
    "again": "a quite different sentence",
    "present": "chief-chief",
    "rowid": "1",
    "action": "take",
}


def list_accepted(app: Flask, world: World, fields: dict[str, Any]) -> set[str]:
    """Return the endpoints of screens that take an unsafe request with these fields from an administrator's browser."""
    browser, found = Browser(app).sign_in("chief"), set()
    for call in list_calls(app, world):
        if (
            call.method in UNSAFE
            and not call.is_rest
            and browser.client.open(call.path, method=call.method, data=fields).status_code != 400
        ):
            found.add(call.endpoint)
    return found


@pytest.mark.parametrize("token", [{}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "IjAi.AAAA.AAAA"}], ids=str)
def test_every_unsafe_request_needs_a_token(app: Flask, world: World, token: dict[str, str]) -> None:
    before = take_snapshot(app)
    assert list_accepted(app, world, FIELDS | token) == set()
    assert list_changes(before, take_snapshot(app)) == {}


def test_another_session_s_token_is_refused(app: Flask, world: World) -> None:
    stolen = Browser(app).sign_in("chief").token()
    assert list_accepted(app, world, FIELDS | {"csrf_token": stolen}) == set()


def test_requests_without_token_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    assert {"CustomersView.delete", "CustomersView.edit", "StaffView.reset", "ContractsView.attach"} <= list_accepted(app, world, FIELDS)


def list_rest_accepted(app: Flask, world: World) -> set[str]:
    """Return the REST endpoints that an administrator's cookie alone opens to an unsafe request."""
    browser, found = Browser(app).sign_in("chief"), set()
    for call in list_calls(app, world):
        if call.method not in UNSAFE or not call.is_rest or call.endpoint == "DeskSecurityApi.login":
            continue
        if browser.client.open(call.path, method=call.method, json={"name": "Changed"}).status_code != 401:
            found.add(call.endpoint)
    return found


def test_a_cookie_does_not_sign_a_rest_request(app: Flask, world: World) -> None:
    before = take_snapshot(app)
    assert list_rest_accepted(app, world) == set()
    assert list_changes(before, take_snapshot(app)) == {}


def test_a_rest_api_signed_by_cookie_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CustomersApi, "allow_browser_login", True)
    assert "CustomersApi.put" in list_rest_accepted(app, world)


def list_written_by_get(app: Flask, world: World) -> dict[str, int]:
    """Return what changes in the database when an administrator GETs (and HEADs) every address, with tempting arguments."""
    browser = Browser(app).sign_in("chief")
    before = take_snapshot(app)
    for call in list_calls(app, world):
        for method in ("GET", "HEAD"):
            browser.client.open(call.path, method=method, query_string=FIELDS | {"_method": "DELETE"})
    return list_changes(before, take_snapshot(app))


def test_nothing_is_written_by_get(app: Flask, world: World) -> None:
    assert list_written_by_get(app, world) == {}


@pytest.mark.slow
def test_writing_by_get_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> str:
        db.session.connection().execute(update(Customer.__table__).values(remark="by GET"))
        db.session.commit()
        return ""

    monkeypatch.setitem(app.view_functions, "HomeView.index", write)
    assert list_written_by_get(app, world) == {"customer": 14}


def test_cookies_are_not_sent_from_other_sites(app: Flask) -> None:
    answer = Browser(app).post("/login/", {"username": "south1", "password": "south1-south1"})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
