"""Signing in stays within two hashes at a time, keeps no connection meanwhile, and an address has a bound of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.access.viewer import as_system
from app.extensions import db
from app.staff import hashing, signin
from app.staff.models import SignInTry, Staff

from ..conftest import Browser
from ..factories import World

VICTIM, RIGHT = "south1", "south1-south1"
BUSY = "Many people are signing in just now. Wait a moment and try again."
NEW = "a quite different sentence"


class Mill:
    """Stands in for the hash: holds every computation until it is let go, and notes what the threads held meanwhile."""

    def __init__(self) -> None:
        self.open, self.lock = Event(), Lock()
        self.running = self.most = self.done = 0
        self.in_transaction: list[bool] = []

    def grind(self, real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute one hash in the time that the test gives."""
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
            self.in_transaction.append(db.session.registry.has() and db.session().in_transaction())
        self.open.wait(20)
        with self.lock:
            self.running -= 1
            self.done += 1
        return real(*args, **kwargs)


@pytest.fixture
def mill(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mill]:
    """Replace the hash (PBKDF2 in tests) by a mill."""
    made, real = Mill(), hashlib.pbkdf2_hmac
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", lambda *args, **kwargs: made.grind(real, *args, **kwargs))
    yield made
    made.open.set()


def send_rest(app: Flask, username: str = VICTIM, password: str = RIGHT) -> Any:
    """Sign in by REST, in English."""
    body = {"username": username, "password": password, "provider": "db"}
    return app.test_client().post("/api/v1/security/login", json=body, headers={"Accept-Language": "en"})


def send_form(browser: Browser, token: str, username: str = VICTIM, password: str = RIGHT, **more: Any) -> Any:
    """Sign in by the form, in English, with a token that was read before."""
    fields = {"csrf_token": token, "username": username, "password": password}
    return browser.client.post("/login/", data=fields, headers={"Accept-Language": "en"}, **more)


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so. Fails after ten seconds."""
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until, "waited for nothing"
        time.sleep(0.01)


def fill(app: Flask, pool: ThreadPoolExecutor, mill: Mill) -> list[Future[Any]]:
    """Begin as many sign-ins as may be under way: two that compute and two that wait."""
    begun = [pool.submit(send_rest, app, f"nobody{n}") for n in range(2)]
    wait_for(lambda: mill.running == 2)
    begun += [pool.submit(send_rest, app, f"nobody{n + 2}") for n in range(2)]
    wait_for(lambda: hashing.count_waiting() == 2)
    return begun


def count_tries(app: Flask) -> int:
    """Return how many tries the database counts."""
    with app.app_context():
        return db.session.connection().execute(select(func.count()).select_from(SignInTry.__table__)).scalar_one()


def test_the_fifth_at_once_is_told_to_wait_and_it_is_no_try(app: Flask, mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "TURN_TIMEOUT", 20.0)
    browser = Browser(app)
    token = browser.token()
    with ThreadPoolExecutor(4) as pool:
        begun = fill(app, pool, mill)
        before = count_tries(app)
        started = time.monotonic()
        by_rest, by_form = send_rest(app), send_form(browser, token)
        assert time.monotonic() - started < 5
        assert count_tries(app) == before == 4, "two buckets each; who waits has not tried yet"
        mill.open.set()
        assert [one.result().status_code for one in begun] == [401] * 4
    assert (by_rest.status_code, by_rest.json) == (429, {"message": BUSY})
    assert by_form.status_code == 429 and BUSY in by_form.text
    assert by_rest.headers["Retry-After"] == by_form.headers["Retry-After"] == "3"
    assert mill.most == 2
    assert send_rest(app).status_code == 200


def test_who_waits_in_vain_is_told_so_too(app: Flask, mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "TURN_TIMEOUT", 0.1)
    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(send_rest, app, f"nobody{n}") for n in range(2)]
        wait_for(lambda: mill.running == 2)
        assert send_rest(app).status_code == 429
        mill.open.set()
        assert [one.result().status_code for one in begun] == [401, 401]
    assert count_tries(app) == 4


def issue_by_screen(app: Flask, world: World) -> Any:
    """Let IT issue a one-time code."""
    return Browser(app).sign_in("it").post(f"/staff/reset/{world.people[VICTIM]}")


def change_password(app: Flask, world: World) -> Any:
    """Let a person change the password."""
    return Browser(app).sign_in(VICTIM).post("/profile/password", {"present": RIGHT, "password": NEW, "again": NEW})


@pytest.mark.parametrize("act", [lambda app, world: send_rest(app), issue_by_screen, change_password])
def test_no_transaction_is_open_while_a_hash_is_computed(app: Flask, world: World, mill: Mill, act: Callable[..., Any]) -> None:
    mill.open.set()
    assert act(app, world).status_code in (200, 302)
    assert mill.done >= 1
    assert mill.in_transaction == [False] * mill.done


@pytest.mark.parametrize("path", ["/profile/password", "/staff/reset/{pk}"])
def test_other_screens_that_hash_are_told_to_wait_too(
    app: Flask, world: World, mill: Mill, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "TURN_TIMEOUT", 20.0)
    mill.open.set()
    browser = Browser(app).sign_in("it")
    fields = {"present": "it-it", "password": NEW, "again": NEW, "csrf_token": browser.token()}
    mill.open.clear()
    with ThreadPoolExecutor(4) as pool:
        begun = fill(app, pool, mill)
        answer = browser.client.post(path.format(pk=world.people[VICTIM]), data=fields, headers={"Accept-Language": "en"})
        mill.open.set()
        assert [one.result().status_code for one in begun] == [401] * 4
    assert answer.status_code == 429 and BUSY in answer.text
    assert answer.headers["Retry-After"] == "3"
    assert path == "/profile/password" or "The desk is busy just now" in answer.text


# -- the bound of an address -------------------------------------------------------------------------------------------


@pytest.fixture
def bounded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the app with a bound of five failed tries an address."""
    monkeypatch.setitem(app.config, "SIGN_INS_PER_ADDRESS", 5)
    return app


def try_from(app: Flask, address: str, username: str, password: str = "wrong wrong") -> int:
    """Try once from an address; returns the status."""
    body = {"username": username, "password": password, "provider": "db"}
    return app.test_client().post("/api/v1/security/login", json=body, environ_base={"REMOTE_ADDR": address}).status_code


@pytest.mark.parametrize("names", [[f"nobody{n}" for n in range(7)], [VICTIM, "south2", "north1", "chief", "it", "director", "south1"]])
def test_an_address_has_a_bound_whatever_the_names(bounded: Flask, world: World, names: list[str]) -> None:
    known = [name for name in names if name in world.people] or names
    assert [try_from(bounded, "192.0.2.1", known[n % len(known)]) for n in range(7)] == [401] * 5 + [429] * 2
    assert try_from(bounded, "192.0.2.2", "south2", "south2-south2") == 200, "another address"


def test_an_ipv6_network_is_one_address(bounded: Flask) -> None:
    answers = [try_from(bounded, f"2001:db8::{n:x}", f"nobody{n}") for n in range(1, 7)]
    assert answers == [401] * 5 + [429]
    assert try_from(bounded, "2001:db8:0:1::1", VICTIM, RIGHT) == 200
    assert try_from(bounded, "::ffff:192.0.2.9", VICTIM, RIGHT) == 200


def test_successes_do_not_count_and_the_bound_locks_no_account(bounded: Flask) -> None:
    assert [try_from(bounded, "192.0.2.1", VICTIM, RIGHT) for _ in range(8)] == [200] * 8
    assert [try_from(bounded, "192.0.2.1", VICTIM) for _ in range(7)][-1] == 429
    assert try_from(bounded, "192.0.2.2", VICTIM, RIGHT) == 200


def test_the_owners_own_browser_is_exempt(bounded: Flask) -> None:
    owner = Browser(bounded).sign_in(VICTIM)
    owner.post("/logout/")
    for n in range(7):
        try_from(bounded, "127.0.0.1", f"nobody{n}")
    token = owner.token()
    assert Browser(bounded).post("/login/", {"username": VICTIM, "password": RIGHT}).status_code == 429
    assert send_form(owner, token, VICTIM, "wrong wrong").status_code == 401
    assert send_form(owner, token).status_code == 302


def test_the_bound_is_a_setting(app: Flask) -> None:
    assert app.config["SIGN_INS_PER_ADDRESS"] == 100


def test_the_device_of_another_exempts_nobody(bounded: Flask) -> None:
    colleague = Browser(bounded).sign_in("south2")
    colleague.post("/logout/")
    for n in range(7):
        try_from(bounded, "127.0.0.1", f"nobody{n}")
    assert colleague.post("/login/", {"username": VICTIM, "password": RIGHT}).status_code == 429


def test_a_hash_is_computed_nowhere_else(app: Flask) -> None:
    with app.app_context(), as_system("import"):
        assert db.session.scalars(select(Staff.password).where(Staff.username == VICTIM)).one()
    assert not hasattr(signin, "check_password_hash") and not hasattr(signin, "generate_password_hash")
