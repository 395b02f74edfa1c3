"""Guessing passwords is slow on every way in together, and never locks the owner out for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from flask import Flask

from app.core.base import clock
from app.staff import hashing, signin

from ..conftest import Browser
from ..factories import World
from . import steps

VICTIM, RIGHT = "south1", "south1-south1"
LIMIT = 10


class Checks(list[str]):
    """The hashes that a password was compared with."""

    def count_real(self, app: Flask) -> int:
        """Return how many of them were the victim's own."""
        return self.count(read_hash(app))


def read_hash(app: Flask) -> str:
    """Return the victim's password hash."""
    with app.app_context():
        person = signin.find_staff(VICTIM)
        assert person is not None and person.password
        return person.password


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    """Record every comparison with a hash."""
    found, real = Checks(), hashing.check_password_hash

    def check(hashed: str, password: str) -> bool:
        found.append(hashed)
        return real(hashed, password)

    monkeypatch.setattr(hashing, "check_password_hash", check)
    return found


def try_web(app: Flask, username: str = VICTIM, password: str = "wrong wrong wrong") -> int:
    """Try once by the sign-in form of a strange browser; returns the status."""
    return Browser(app).post("/login/", {"username": username, "password": password}).status_code


def try_rest(app: Flask, username: str = VICTIM, password: str = "wrong wrong wrong") -> int:
    """Try once by REST; returns the status."""
    body = {"username": username, "password": password, "provider": "db"}
    return app.test_client().post("/api/v1/security/login", json=body).status_code


def guess(workers: list[Flask], count: int = 100) -> list[int]:
    """Try wrong passwords by web and REST in turn, over all instances in turn."""
    ways, places = cycle((try_web, try_rest)), cycle([*workers, *workers[::-1]])
    return [next(ways)(next(places)) for _ in range(count)]


def test_of_a_hundred_tries_ten_are_checked(workers: list[Flask], checks: Checks, world: World) -> None:
    answers = guess(workers)
    assert checks.count_real(workers[0]) == LIMIT
    assert answers[:LIMIT] == [401] * LIMIT
    assert set(answers[LIMIT:]) == {429}


def test_guessing_without_a_limit_would_be_noticed(
    workers: list[Flask], checks: Checks, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "_is_used_up", lambda limits: False)
    monkeypatch.setattr(signin, "take_try", lambda limits: [])
    guess(workers, 20)
    assert checks.count_real(workers[0]) > LIMIT


def test_a_limit_kept_per_instance_would_be_noticed(
    workers: list[Flask], checks: Checks, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = signin.make_bucket
    from flask import current_app

    monkeypatch.setattr(signin, "make_bucket", lambda name, device: real(f"{name}{id(current_app._get_current_object())}", device))
    guess(workers, 60)
    assert checks.count_real(workers[0]) > LIMIT


def test_tries_at_once_are_not_checked_more_often(workers: list[Flask], checks: Checks, world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: try_rest(workers[n % 4]), range(40)))
    assert set(answers) <= {401, 429}
    assert 1 <= checks.count_real(workers[0]) <= LIMIT


@pytest.mark.parametrize("spelling", ["SOUTH1", " south1 ", "South1@example.com", "south1@example.com"])
def test_other_spellings_of_the_name_share_the_limit(app: Flask, checks: Checks, spelling: str) -> None:
    for _ in range(LIMIT):
        try_rest(app)
    assert try_rest(app, spelling) == 429
    assert checks.count_real(app) == LIMIT


def test_the_right_password_is_not_checked_either_once_the_limit_is_reached(workers: list[Flask]) -> None:
    guess(workers, LIMIT)
    assert try_rest(workers[0], password=RIGHT) == 429


def owner_gets_in(app: Flask, workers: list[Flask]) -> bool:
    """Tell whether the owner's own browser gets in while the account is under attack."""
    owner = Browser(app).sign_in(VICTIM)
    owner.post("/logout/")
    guess(workers, 30)
    return owner.post("/login/", {"username": VICTIM, "password": RIGHT}).status_code == 302


def test_the_owner_gets_in_on_a_known_device(app: Flask, workers: list[Flask]) -> None:
    assert owner_gets_in(app, workers)


def test_locking_the_owner_out_would_be_noticed(app: Flask, workers: list[Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "_find_device", lambda staff_id: "")
    assert not owner_gets_in(app, workers)


def test_a_known_device_has_a_limit_of_its_own(app: Flask, checks: Checks) -> None:
    thief = Browser(app).sign_in(VICTIM)
    thief.post("/logout/")
    before = checks.count_real(app)
    answers = [thief.post("/login/", {"username": VICTIM, "password": f"wrong {n}"}).status_code for n in range(20)]
    assert answers[-1] == 429
    assert checks.count_real(app) - before <= LIMIT


def test_a_device_known_for_one_person_is_strange_for_another(app: Flask, checks: Checks) -> None:
    colleague = Browser(app).sign_in("south2")
    colleague.post("/logout/")
    for _ in range(LIMIT):
        try_rest(app)
    assert colleague.post("/login/", {"username": VICTIM, "password": RIGHT}).status_code == 429


def test_a_made_up_device_cookie_is_worth_nothing(app: Flask, checks: Checks) -> None:
    for _ in range(LIMIT):
        try_rest(app)
    for value in ("", "x", "WzEsICJhIl0.AAAA", "[1,2]"):
        browser = Browser(app)
        browser.client.set_cookie(signin.DEVICE_COOKIE, value, path="/login/")
        assert browser.post("/login/", {"username": VICTIM, "password": RIGHT}).status_code == 429


def test_the_account_opens_again_after_the_window(workers: list[Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    guess(workers, 30)
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert try_rest(workers[0], password=RIGHT) == 200


@pytest.mark.parametrize("way", [try_web, try_rest])
def test_unknown_and_closed_names_cost_a_check_and_answer_alike(app: Flask, world: World, checks: Checks, way: Callable[..., Any]) -> None:
    steps.save_person(Browser(app).sign_in("it"), world.people["nobody"], close=True)
    method = app.config["FAB_PASSWORD_HASH_METHOD"]
    for name in ("who-is-this", "nobody", VICTIM):
        checks.clear()
        assert way(app, name) == 401
        assert len(checks) == 1 and checks[0].startswith(method.split("$")[0])


def test_guessing_the_present_password_in_a_stolen_session_is_slow_too(sign_in: Any, checks: Checks, app: Flask) -> None:
    thief = sign_in(VICTIM)
    checks.clear()
    fields = {"password": "a quite different sentence", "again": "a quite different sentence"}
    for n in range(30):
        assert thief.post("/profile/password", {**fields, "present": f"wrong {n}"}).status_code == 422
    assert checks.count_real(app) <= LIMIT
