"""Sign-out, a new password, other roles and closing an account end every proof a person holds, on every instance."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.access import viewer
from app.core.access.viewer import Profile

from ..conftest import Browser, RestClient
from ..factories import World
from . import steps

VICTIM = "south1"
NEW_PASSWORD = "a quite different sentence"


@dataclass
class Proofs:
    """What a thief has copied of one person: a cookie, an access token, a refresh token."""

    cookie: str
    access: str
    refresh: str

    @classmethod
    def copy(cls, app: Flask) -> Proofs:
        """Sign in by web and REST and keep what is handed out."""
        browser = Browser(app).sign_in(VICTIM)
        tokens = RestClient(app, VICTIM).tokens
        return cls(browser.client.get_cookie("countersign").value, tokens["access_token"], tokens["refresh_token"])

    def list_alive(self, app: Flask) -> set[str]:
        """Return which of them this instance still accepts."""
        client = app.test_client()
        client.set_cookie("countersign", self.cookie)
        found = {"cookie"} if client.get("/profile/").status_code == 200 else set()
        bare: FlaskClient = app.test_client()
        if bare.get("/api/v1/customers/", headers={"Authorization": f"Bearer {self.access}"}).status_code == 200:
            found.add("access")
        if bare.post("/api/v1/security/refresh", headers={"Authorization": f"Bearer {self.refresh}"}).status_code == 200:
            found.add("refresh")
        return found


def sign_out(app: Flask, world: World) -> Any:
    """Let the person sign out elsewhere."""
    return Browser(app).sign_in(VICTIM).post("/logout/")


def change_password(app: Flask, world: World) -> Any:
    """Let the person choose another password."""
    fields = {"present": f"{VICTIM}-{VICTIM}", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    return Browser(app).sign_in(VICTIM).post("/profile/password", fields)


def change_roles(app: Flask, world: World) -> Any:
    """Let IT give the person another role as well."""
    roles = [steps.find_role(app, "Salesperson"), steps.find_role(app, "Management")]
    return steps.save_person(Browser(app).sign_in("it"), world.people[VICTIM], roles=roles)


def join_group(app: Flask, world: World) -> Any:
    """Let IT put the person into a group, by the group's screen."""
    group = steps.make_group(app, "g", ["Management"], ["south2"])
    people = [world.people["south2"], world.people[VICTIM]]
    roles = [steps.find_role(app, "Management")]
    return steps.save_group(Browser(app).sign_in("it"), group, name="g", roles=roles, users=people)


def change_group(app: Flask, world: World) -> Any:
    """Let IT give the person's group another role."""
    group = steps.make_group(app, "g", ["Salesperson"], [VICTIM])
    global_roles = [steps.find_role(app, "Salesperson"), steps.find_role(app, "Management")]
    proofs_before = [world.people[VICTIM]]
    return steps.save_group(Browser(app).sign_in("it"), group, name="g", roles=global_roles, users=proofs_before)


def close_account(app: Flask, world: World) -> Any:
    """Let IT close the account."""
    return steps.save_person(Browser(app).sign_in("it"), world.people[VICTIM], close=True)


Event = Callable[[Flask, World], Any]
EVENTS: list[Event] = [sign_out, change_password, change_roles, join_group, change_group, close_account]


def list_survivors(event: Event, workers: list[Flask], world: World) -> set[str]:
    """Return which proofs, taken on the first instance, outlive the event on the first or the second."""
    proofs = Proofs.copy(workers[0])
    assert proofs.list_alive(workers[0]) == proofs.list_alive(workers[1]) == {"cookie", "access", "refresh"}
    answer = event(workers[0], world)
    assert answer.status_code == 302, answer.text[:500]
    return proofs.list_alive(workers[0]) | proofs.list_alive(workers[1])


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_ends_every_session_at_the_next_request_on_every_instance(event: Event, workers: list[Flask], world: World) -> None:
    assert list_survivors(event, workers, world) == set()


class AnyEpoch(int):
    """An epoch that every cookie and token fits."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@pytest.mark.slow
def test_a_session_without_an_epoch_would_be_noticed(
    event: Event, workers: list[Flask], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_anyone(_connection: Any, user_id: int) -> Profile:
        parts = {"roles": str(role)}
        return Profile(id=user_id, name="x", username="x", department_id=None, tree=frozenset(), epoch=AnyEpoch(0), parts=parts)

    role = steps.find_role(workers[0], "Salesperson")
    real = viewer.DIRECTORY.find("people")
    assert real is not None
    victim = world.people[VICTIM]
    monkeypatch.setattr(viewer.DIRECTORY, "find", lambda _key: lambda link, who: (read_anyone if who == victim else real)(link, who))
    assert list_survivors(event, workers, world) == {"cookie", "access", "refresh"}


def test_the_person_who_changed_the_password_stays_signed_in_there(sign_in: Any) -> None:
    browser = sign_in(VICTIM)
    browser.post("/profile/password", {"present": f"{VICTIM}-{VICTIM}", "password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert browser.get("/profile/").status_code == 200


def test_a_closed_account_cannot_sign_in_by_any_way(app: Flask, world: World) -> None:
    assert close_account(app, world).status_code == 302
    body = {"username": VICTIM, "password": f"{VICTIM}-{VICTIM}", "provider": "db"}
    assert app.test_client().post("/api/v1/security/login", json=body).status_code == 401
    assert Browser(app).post("/login/", {"username": VICTIM, "password": f"{VICTIM}-{VICTIM}"}).status_code == 401


def test_a_reopened_account_does_not_revive_old_sessions(app: Flask, world: World) -> None:
    proofs = Proofs.copy(app)
    close_account(app, world)
    steps.save_person(Browser(app).sign_in("it"), world.people[VICTIM], active="y")
    assert proofs.list_alive(app) == set()


def test_tokens_do_only_what_they_are_for(app: Flask) -> None:
    proofs = Proofs.copy(app)
    client = app.test_client()
    as_refresh = {"Authorization": f"Bearer {proofs.refresh}"}
    assert client.get("/api/v1/customers/", headers=as_refresh).status_code in (401, 422), "a refresh token reads data"
    as_access = {"Authorization": f"Bearer {proofs.access}"}
    assert client.post("/api/v1/security/refresh", headers=as_access).status_code in (401, 422), "an access token renews itself"
    assert client.get("/profile/", headers=as_access).status_code == 302, "a token opens screens"


def test_signing_in_by_rest_opens_no_browser_session(app: Flask) -> None:
    client = app.test_client()
    body = {"username": VICTIM, "password": f"{VICTIM}-{VICTIM}", "provider": "db"}
    assert client.post("/api/v1/security/login", json=body).status_code == 200
    assert client.get("/profile/").status_code == 302


def test_a_cookie_alone_does_not_open_the_rest_api(sign_in: Any) -> None:
    assert sign_in("chief").get("/api/v1/customers/").status_code == 401


def test_signing_in_begins_a_fresh_session(app: Flask) -> None:
    """A cookie planted before the sign-in must not share anything with the session after it."""
    browser = Browser(app)
    planted = browser.token()
    with browser.client.session_transaction() as session:
        session["planted"] = "by the attacker"
    browser.sign_in(VICTIM)
    with browser.client.session_transaction() as session:
        assert "planted" not in session
    assert browser.client.post("/logout/", data={"csrf_token": planted}).status_code == 400


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_forged_token_is_refused(app: Flask, world: World, algorithm: str) -> None:
    import jwt

    claims = {"sub": str(world.people["chief"]), "fresh": True, "type": "access", "jti": "x", "epoch": 0, "csrf": "x"}
    token = jwt.encode(claims, None if algorithm == "none" else "x" * 64, algorithm=algorithm)
    answer = app.test_client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (401, 422)


def test_use_keeps_a_session_alive_and_twelve_hours_without_end_it(app: Flask, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cookie is written anew when it is ten minutes old, so at eleven hours fifty the next page still prolongs it."""
    browser, now = sign_in(VICTIM), time.time()
    browser.get("/profile/")  # the first page gives the session its key for forms
    monkeypatch.setattr("itsdangerous.timed.time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr("app.core.web.sessions.time", SimpleNamespace(time=lambda: now))
    written = []
    for minutes in (0, 5, 4, 2, 5, 3, 11 * 60 + 50, 11 * 60 + 50, 1):
        now += minutes * 60
        answer = browser.get("/profile/")
        assert answer.status_code == 200, minutes
        written.append("Set-Cookie" in answer.headers)
    assert written == [False, False, False, True, False, False, True, True, False]
    now += 12 * 3600 + 1
    assert browser.get("/profile/").status_code == 302
