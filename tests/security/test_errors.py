"""Malformed requests never end in a 5xx, and no answer shows SQL, a stack or a driver's words."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.web import web

from ..conftest import Browser
from ..factories import World
from .faults import HUGE, hash_of, list_faults
from .surface import UNSAFE, list_calls

ODD = ["", "0", "-1", HUGE, "1.5", "1e9", "x", "\x00", "a\x00b", "٣", "1 OR 1=1", "'", "%", "_", "\\", "x" * 5000, "null", "[]", "9" * 5000]


ODD_DATES = ["2026-02-30", "0000-00-00", "99999-01-01", "0001-01-01", "9999-12-31", "2026-13-01T00:00", "1-1-1"]


def token_of(place: Any) -> str:
    """Return a list place as it stands in an address."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def list_addresses() -> Iterator[str]:
    """Yield odd query strings."""
    names = ("q", "page", "size", "sort", "status", "stage", "kind", "region", "parent", "id", "customer", "next", "assigned", "list")
    for name in names:
        yield from (f"{name}={web_quote(text)}" for text in ODD)
    for name in ("follow_up_from", "entered_to", "happened_from", "ends_to", "due_from"):
        yield from (f"{name}={web_quote(text)}" for text in [*ODD_DATES, *ODD])
    places = [
        [1],
        [1, 2, 3],
        {},
        [HUGE, 1],
        [int(HUGE), 1],
        ["x\x00", 1],
        ["\ud800", 1],
        [None, 1],
        [1.5, 1],
        [[], 1],
        [True, True],
        ["x", -1],
    ]
    for end in ("after", "before"):
        for sort in ("", "name", "-name", "number", "next_step_on", "-end_on", "happened_at", "due_at", "nothing", "owner.password"):
            yield from (f"sort={sort}&{end}={token_of(place)}" for place in places)
        yield from (f"{end}={web_quote(text)}" for text in ODD)
    yield "page=1000&last=1&after=x"


def web_quote(text: str) -> str:
    """Return text as it stands in an address."""
    from urllib.parse import quote

    return quote(text[:1900])


def ask_screens(app: Flask, world: World) -> Iterator[tuple[str, Any]]:
    """Send odd addresses to every screen as an administrator."""
    browser = Browser(app).sign_in("chief")
    lists = ["/customers/", "/activities/", "/contracts/", "/tickets/", "/staff/", "/numbers/", "/lists/", "/lookup/customers"]
    odd = list(list_addresses())
    for place, path in enumerate(lists):  # each odd address to one list
        for number, query in enumerate(odd):
            if number % len(lists) == place:
                yield f"{path}?{query}", browser.get(f"{path}?{query}")
    for query in odd:
        for path in ("/customers/add", "/lookup/signed-customers", "/lookup/contracts-of", "/login/"):
            if hash_of(path + query) % 8 == 0:
                yield f"{path}?{query}", browser.get(f"{path}?{query}")


@pytest.mark.slow
def test_odd_addresses_are_answered_in_sentences(app: Flask, world: World) -> None:
    assert list_faults(ask_screens(app, world)) == []


def test_odd_ids_are_answered_in_sentences(app: Flask, world: World) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        browser = Browser(app).sign_in("chief")
        token = browser.token()
        for place, pk in enumerate(("0", "-1", HUGE, "x", "1.5", "%00", "٣", "1'", "%2e%2e", "9" * 400)):
            for number, call in enumerate(list_calls(app, world, pk=pk)):
                if (
                    number % 3 == place % 3
                    and "pk" in str(next(rule for rule in app.url_map.iter_rules(call.endpoint)))
                    and not call.is_rest
                ):
                    fields = {"csrf_token": token} if call.method in UNSAFE else None
                    yield f"{call.method} {call.path}", browser.client.open(call.path, method=call.method, data=fields)

    assert list_faults(ask()) == []


FIELD_NAMES = (
    "name",
    "username",
    "first_name",
    "email",
    "title",
    "subject",
    "text",
    "remark",
    "number",
    "status",
    "owner",
    "customer",
    "contract",
    "assignee",
    "priority",
    "category",
    "kind",
    "industry",
    "region",
    "amount",
    "currency",
    "signed_on",
    "start_on",
    "end_on",
    "happened_at",
    "next_step_on",
    "ended_on",
    "status_reason",
    "credit_code",
    "contacts-0-id",
    "contacts-0-name",
    "contacts-0-phone",
    "form_token",
    "row_version",
    "roles",
    "groups",
    "users",
    "permissions",
    "permissions-scope-Customers",
    "department",
    "parent",
    "position",
    "hours",
    "year",
    "pattern",
    "code",
    "stage",
    "tone",
    "list_code",
    "name_zh",
    "name_en",
    "move",
    "rowid",
    "action",
    "withdrawn_reason",
    "password",
    "again",
    "present",
)


FORM_VALUES = ["", "x", HUGE, "-1", "\x00", "a\x00b", "9" * 5000, "x" * 30_000, "2026-02-30", "99999-01-01", "1e400", "NaN", "٣"]


@pytest.mark.slow
def test_odd_forms_are_answered_in_sentences(app: Flask, world: World) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        browser = Browser(app).sign_in("chief")
        token = browser.token()
        for call in list_calls(app, world):
            if call.method != "POST" or call.is_rest or call.endpoint in ("SignInView.logout", "SignInView.login", "StaffView.edit"):
                continue
            for value in FORM_VALUES:
                if hash_of(call.path + value[:3]) % 2:
                    continue
                text = value
                fields = {**dict.fromkeys(FIELD_NAMES, text), "csrf_token": token}
                yield f"{call.path} {value[:20]!r}", browser.client.post(call.path, data=fields)

    assert list_faults(ask()) == []


@pytest.mark.slow
def test_odd_form_fields_one_by_one_are_answered_in_sentences(app: Flask, world: World) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        browser = Browser(app).sign_in("chief")
        base = {
            "csrf_token": browser.token(),
            "name": "Fuzz Ltd",
            "status": "1",
            "subject": "x",
            "title": "x",
            "amount": "1.00",
            "currency": "CNY",
            "priority": "1",
            "kind": "1",
            "text": "x",
            "happened_at": "2026-01-01T10:00",
            "customer": str(world.signed["south1"]),
        }
        for module in ("customers", "activities", "contracts", "tickets"):
            for name in FIELD_NAMES:
                for value in ("\x00", "9" * 5000, HUGE, "1e400"):
                    if hash_of(module + name + value[:2]) % 4 == 0:
                        yield f"{module} {name}={value[:10]!r}", browser.client.post(f"/{module}/add", data=base | {name: value})

    assert list_faults(ask()) == []


def test_a_contact_of_whom_only_the_name_is_sent_is_saved(app: Flask, world: World) -> None:
    fields = {"name": "Brief Ltd", "status": "1", "contacts-0-name": "Li"}
    answer = Browser(app).sign_in("south1").post("/customers/add", fields)
    assert answer.status_code == 302, answer.text


def test_odd_sign_ins_are_answered_in_sentences(app: Flask) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        for name in ("\x00", "a\x00", "x" * 5000, "'", "*)(uid=*", "\u202e"):
            browser = Browser(app)
            yield name, browser.post("/login/", {"username": name, "password": "x\x00"})
            browser.client.set_cookie("countersign", name[:2000].replace("\x00", "%00"))
            yield f"cookie {name[:20]}", browser.client.get("/profile/")
        for token in ("", "x", "a.b.c", "e30.e30.", "x" * 5000):
            yield f"token {token}", app.test_client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {token}"})

    assert list_faults(ask()) == []


def test_an_unhandled_error_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def show_error(status: int, text: str | None = None) -> tuple[str, int]:
        return f"sqlalchemy.exc.DataError: SELECT * FROM customer ({status})", status

    monkeypatch.setattr(web, "answer_error", show_error)
    browser = Browser(app).sign_in("chief")
    assert list_faults(iter([("x", browser.get("/customers/show/x"))])) == ["x -> 404 sqlalchemy"]
