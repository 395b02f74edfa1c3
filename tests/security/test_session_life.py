"""A session ends seven days after the sign-in, however much it is used; and hosts need not agree on the second."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app.core.base import clock
from config import SettingsError, make_settings

from ..conftest import Browser, RestClient
from ..factories import World
from .test_guessing import try_rest

VICTIM = "south1"
DAY = 24 * 3600
HOURS = 3600


class Clock:
    """The time that cookies are signed and read by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        stand_in = SimpleNamespace(time=lambda: self.now)
        monkeypatch.setattr("itsdangerous.timed.time", stand_in)
        monkeypatch.setattr("app.core.web.sessions.time", stand_in)


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that the test sets."""
    return Clock(monkeypatch)


def use_for(browser: Browser, shifted: Clock, seconds: float) -> int:
    """Open a page every ten hours, for so long and no longer; returns the last status."""
    until, status = shifted.now + seconds, 0
    while shifted.now < until:
        shifted.now = min(shifted.now + 10 * HOURS, until)
        status = browser.get("/profile/").status_code
    return status


def test_use_prolongs_a_session_up_to_seven_days(shifted: Clock, sign_in: Any) -> None:
    browser = sign_in(VICTIM)
    assert use_for(browser, shifted, 7 * DAY) == 200
    assert use_for(browser, shifted, 1) == 302
    assert browser.get("/profile/").status_code == 302


def test_signing_in_again_begins_another_seven_days(shifted: Clock, sign_in: Any) -> None:
    browser = sign_in(VICTIM)
    assert use_for(browser, shifted, 7 * DAY + 1) == 302
    browser.sign_in(VICTIM)
    assert use_for(browser, shifted, 6 * DAY) == 200


def test_a_session_from_before_there_were_dates_ends_and_keeps_its_language(app: Flask, world: World) -> None:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    for begun in ({}, {"begun": None}, {"begun": "1"}, {"begun": int(time.time()) + 3600}):
        client = app.test_client()
        cookie = {"_user_id": str(world.people[VICTIM]), "_fresh": True, "epoch": 0, "locale": "en", **begun}
        client.set_cookie("countersign", str(signer.dumps(cookie)))
        assert client.get("/profile/").status_code == 302, begun
        assert 'lang="en"' in client.get("/login/").text


def test_the_length_of_a_session_is_a_setting(app: Flask, shifted: Clock, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SESSION_DAYS", 1)
    assert use_for(sign_in(VICTIM), shifted, DAY + 1) == 302


@pytest.mark.parametrize("name", ["SESSION_DAYS", "SIGN_INS_PER_ADDRESS"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "9999999999", "٣"])
def test_odd_numbers_are_refused_at_the_start(tmp_path: Any, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        make_settings({"DATA_DIR": str(tmp_path), name: value})


def read_claims(app: Flask, token: str) -> dict[str, Any]:
    """Return what a token says."""
    key = app.config["SECRET_KEY"]
    return dict(jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False, "verify_nbf": False}))


def test_a_refresh_token_ends_after_seven_days_and_does_not_prolong_itself(app: Flask) -> None:
    tokens = RestClient(app, VICTIM).tokens
    claims = read_claims(app, tokens["refresh_token"])
    assert claims["exp"] - claims["iat"] == 7 * DAY
    answer = app.test_client().post("/api/v1/security/refresh", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})
    assert set(answer.json) == {"access_token"}
    access = read_claims(app, answer.json["access_token"])
    assert access["type"] == "access" and access["exp"] - access["iat"] == 1800
    again = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert app.test_client().post("/api/v1/security/refresh", headers=again).status_code == 401


def test_refresh_tokens_last_as_long_as_sessions(tmp_path: Any) -> None:
    settings = make_settings({"DATA_DIR": str(tmp_path), "SESSION_DAYS": "2"})
    assert settings["JWT_REFRESH_TOKEN_EXPIRES"].days == settings["SESSION_DAYS"] == 2


# -- clocks that differ --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "status"), [(3, 200), (60, 200), (62, 302), (-3, 200)])
def test_a_cookie_of_a_host_that_is_ahead(shifted: Clock, sign_in: Any, ahead: int, status: int) -> None:
    browser = sign_in(VICTIM)
    shifted.now -= ahead  # the next page is served by the host that is behind
    assert browser.get("/profile/").status_code == status


def make_token(app: Flask, person: int, seconds: float, life: float = 1800) -> str:
    """Return the access token of a host that is so far ahead."""
    now = int(time.time() + seconds)
    claims = {
        "sub": str(person), "fresh": True, "type": "access", "jti": "x", "epoch": 0, "csrf": "x",
        "iat": now, "nbf": now, "exp": now + life,
    }  # fmt: skip
    return jwt.encode(claims, app.config["SECRET_KEY"], algorithm="HS256")


@pytest.mark.parametrize(("ahead", "status"), [(3, 200), (50, 200), (90, 401), (-1830, 200), (-1900, 401)])
def test_a_token_of_a_host_whose_clock_differs(app: Flask, world: World, ahead: int, status: int) -> None:
    token = make_token(app, world.people[VICTIM], ahead)
    answer = app.test_client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("header", [None, "Bearer x", "Bearer a.b.c", "Bearer {late}", "Bearer {early}", "Bearer {refresh}", "Basic x"])
def test_refused_tokens_are_answered_in_the_readers_language(app: Flask, world: World, header: str | None, language: str) -> None:
    person = world.people[VICTIM]
    tokens = {"late": make_token(app, person, -9000), "early": make_token(app, person, 9000)}
    refresh = RestClient(app, VICTIM).tokens["refresh_token"]
    headers = {"Accept-Language": language}
    if header is not None:
        headers["Authorization"] = header.format(**tokens, refresh=refresh)
    answer = app.test_client().get("/api/v1/customers/", headers=headers)
    assert answer.status_code == 401
    assert set(answer.json) == {"message"}
    assert ("Sign in" in answer.json["message"]) == (language == "en")


def test_a_wrong_password_by_rest_is_answered_in_the_readers_language(app: Flask) -> None:
    body = {"username": VICTIM, "password": "wrong wrong", "provider": "db"}
    answer = app.test_client().post("/api/v1/security/login", json=body, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json) == (401, {"message": "User name or password is not right."})


def test_the_tries_of_a_host_that_is_ahead_are_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now()
    for _ in range(10):
        try_rest(app)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert try_rest(app) == 429


def test_signing_in_works_behind_a_host_that_is_ahead(app: Flask, shifted: Clock) -> None:
    """The form is read from one host and sent to another: its token for forms and its cookie must be taken."""
    browser = Browser(app)
    token = browser.token()
    shifted.now -= 3
    fields = {"csrf_token": token, "username": VICTIM, "password": f"{VICTIM}-{VICTIM}"}
    assert browser.client.post("/login/", data=fields).status_code == 302
