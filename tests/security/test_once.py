"""What works once works once, also for several at the same moment; a password that is replaced meanwhile opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.access.viewer import as_system
from app.extensions import db
from app.staff import signin
from app.staff.models import Staff

from ..conftest import Browser
from ..factories import World

VICTIM, RIGHT = "south1", "south1-south1"
AT_ONCE = 8
NEW = "a quite different sentence"


@pytest.fixture
def code(app: Flask, world: World) -> str:
    """Return a one-time code of the victim."""
    with app.test_request_context(), as_system("import"):
        made = signin.issue_code(db.session.get_one(Staff, world.people[VICTIM]))
        db.session.commit()
        return made


def meet_before_entering(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let nobody in before this many have had their password checked."""
    barrier, real = Barrier(count, timeout=20), signin._enter

    def enter(*args: Any, **kwargs: Any) -> Any:
        barrier.wait()
        return real(*args, **kwargs)

    monkeypatch.setattr(signin, "_enter", enter)


def act_before_entering(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Do something after a password was found right and before its owner is let in."""
    real = signin._enter

    def enter(*args: Any, **kwargs: Any) -> Any:
        act()
        return real(*args, **kwargs)

    monkeypatch.setattr(signin, "_enter", enter)


def sign_in(app: Flask, password: str) -> int:
    """Sign in by REST; returns the status."""
    body = {"username": VICTIM, "password": password, "provider": "db"}
    return app.test_client().post("/api/v1/security/login", json=body).status_code


def sign_in_at_once(app: Flask, password: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sign in eight times at the same moment; returns the statuses, in order."""
    meet_before_entering(monkeypatch, AT_ONCE)
    lift_the_bound_on_hashes(monkeypatch)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(lambda _n: sign_in(app, password), range(AT_ONCE)))


def lift_the_bound_on_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all wait for their turn: here they are to meet."""
    hashing = getattr(signin, "hashing", None)
    if hashing is not None:
        monkeypatch.setattr(hashing, "MAX_WAITING", AT_ONCE)
        monkeypatch.setattr(hashing, "TURN_TIMEOUT", 20.0)


def test_of_eight_with_one_code_exactly_one_gets_in(app: Flask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_in_at_once(app, code, monkeypatch) == [200] + [401] * (AT_ONCE - 1)


def test_eight_with_the_right_password_all_get_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_in_at_once(app, RIGHT, monkeypatch) == [200] * AT_ONCE


def change_in_database(app: Flask, world: World, **values: Any) -> Callable[[], None]:
    """Return what changes the victim's account by another connection."""

    def act() -> None:
        table = Staff.__table__
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == world.people[VICTIM]).values(values))

    return act


@pytest.mark.parametrize("values", [{"password": "pbkdf2:sha256:1$x$00"}, {"active": False}])
def test_a_password_that_is_replaced_meanwhile_lets_nobody_in(
    app: Flask, world: World, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    act_before_entering(monkeypatch, change_in_database(app, world, **values))
    assert sign_in(app, RIGHT) == 401


def test_a_code_that_is_replaced_meanwhile_lets_nobody_in(app: Flask, world: World, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act_before_entering(monkeypatch, change_in_database(app, world, one_time_code="pbkdf2:sha256:1$x$00"))
    assert sign_in(app, code) == 401


def test_a_password_changed_meanwhile_is_not_overwritten(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, real = Browser(app).sign_in(VICTIM), signin.rules.check_password
    change = change_in_database(app, world, password="pbkdf2:sha256:1$x$00")

    def check(password: str, username: str) -> None:
        db.session.rollback()
        change()
        real(password, username)

    monkeypatch.setattr(signin.rules, "check_password", check)
    assert browser.post("/profile/password", {"present": RIGHT, "password": NEW, "again": NEW}).status_code == 422
    with app.app_context(), as_system("import"):
        assert db.session.get_one(Staff, world.people[VICTIM]).password == "pbkdf2:sha256:1$x$00"
