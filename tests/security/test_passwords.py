"""One-time passwords must be changed, the present one is asked, and easy ones are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.base import clock
from app.extensions import db
from app.seed import install
from app.staff import hashing, rules, signin
from app.staff.models import Staff

from ..conftest import Browser
from ..factories import World
from .surface import list_calls

NEW = "a quite different sentence"
FREE = {"ProfileView.password", "SignInView.login", "SignInView.logout", "LanguageView.switch", "static", "appbuilder.static", "health"}


def must_change(app: Flask, world: World, name: str) -> None:
    """Mark a person's password as a one-time one."""
    with app.app_context():
        db.session.connection().execute(
            update(Staff.__table__).where(Staff.__table__.c.id == world.people[name]).values(must_change_password=True)
        )
        db.session.commit()


def list_open_pages(app: Flask, world: World) -> list[str]:
    """Return what a person with a one-time password can reach beside the password page."""
    must_change(app, world, "chief")
    browser, found = Browser(app).sign_in("chief"), []
    for call in list_calls(app, world):
        if call.method != "GET" or call.endpoint in FREE:
            continue
        answer = browser.get(call.path)
        sent_away = answer.status_code == 302 and answer.location == "/profile/password"
        if not sent_away and answer.status_code not in (401, 403):
            found.append(f"{call.path} {answer.status_code}")
    return found


def test_a_one_time_password_opens_the_password_page_only(app: Flask, world: World) -> None:
    assert list_open_pages(app, world) == []


def test_working_on_with_a_one_time_password_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = [hook for hook in app.before_request_funcs[None] if hook.__name__ != "force_password_change"]
    monkeypatch.setitem(app.before_request_funcs, None, hooks)
    assert "/customers/ 200" in list_open_pages(app, world)


def test_a_one_time_password_gives_no_use_of_the_rest_api(app: Flask, world: World) -> None:
    must_change(app, world, "chief")
    client = app.test_client()
    body = {"username": "chief", "password": "chief-chief", "provider": "db", "refresh": True}
    tokens = client.post("/api/v1/security/login", json=body).json or {}
    for path in ("customers/", "contracts/", "_openapi", "menu/"):
        for token in tokens.values():
            assert client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}).status_code in (401, 403, 404, 422)
    assert client.get("/api/v1/customers/").status_code == 401


def test_choosing_a_password_ends_the_duty(app: Flask, world: World) -> None:
    must_change(app, world, "south1")
    browser = Browser(app).sign_in("south1")
    assert browser.post("/profile/password", {"password": NEW, "again": NEW}).status_code == 302
    assert browser.get("/customers/").status_code == 200
    assert Browser(app).post("/login/", {"username": "south1", "password": NEW}).status_code == 302


def test_keeping_the_one_time_password_is_refused(app: Flask, world: World) -> None:
    must_change(app, world, "south1")
    browser = Browser(app).sign_in("south1")
    assert browser.post("/profile/password", {"password": "south1-south1", "again": "south1-south1"}).status_code == 422
    assert browser.get("/customers/").status_code == 302


@pytest.fixture
def code(app: Flask, world: World) -> str:
    """Return the one-time code that IT issued for south1."""
    with app.test_request_context():
        from app.core.access.viewer import as_system

        with as_system("import"):
            made = signin.issue_code(db.session.get_one(Staff, world.people["south1"]))
            db.session.commit()
            return made


def test_a_one_time_code_signs_in_once_and_demands_a_password(app: Flask, code: str) -> None:
    first = Browser(app).sign_in("south1", code)
    assert first.get("/customers/").location == "/profile/password"
    assert Browser(app).post("/login/", {"username": "south1", "password": code}).status_code == 401


def test_a_one_time_code_ends_after_a_day(app: Flask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert Browser(app).post("/login/", {"username": "south1", "password": code}).status_code == 401


def test_it_issues_codes_but_not_for_administrators(app: Flask, sign_in: Any, world: World) -> None:
    it = sign_in("it")
    page = it.post(f"/staff/reset/{world.people['south1']}", follow_redirects=True).text
    assert "One-time code for South1 Test" in page
    assert "One-time code for" not in it.post(f"/staff/reset/{world.people['chief']}", follow_redirects=True).text
    with app.app_context():
        assert db.session.get_one(Staff, world.people["chief"]).one_time_code is None


def accepts_wrong_present(browser: Browser) -> bool:
    """Tell whether a password can be changed without knowing the present one."""
    fields = {"password": NEW, "again": NEW}
    return any(
        browser.post("/profile/password", {**fields, **present}).status_code == 302
        for present in ({}, {"present": ""}, {"present": "wrong wrong"}, {"present": NEW})
    )


def test_the_present_password_is_asked(sign_in: Any) -> None:
    assert not accepts_wrong_present(sign_in("south1"))


def test_not_asking_the_present_password_would_be_noticed(sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, real = sign_in("south1"), hashing.check_password_hash
    monkeypatch.setattr(hashing, "check_password_hash", lambda hashed, text: text != NEW or real(hashed, text))
    assert accepts_wrong_present(browser)


BAD = ["", "a", "short-one", "password123", "PASSWORD123", "1234567890", "aaaaaaaaaaaa", "abababababab", "my-south1-word", "x" * 129]


def list_accepted(browser: Browser) -> list[str]:
    """Return the bad passwords that the form accepts."""
    present = {"present": "south1-south1"}
    return [word for word in BAD if browser.post("/profile/password", {**present, "password": word, "again": word}).status_code == 302]


def test_easy_passwords_are_refused(sign_in: Any) -> None:
    assert list_accepted(sign_in("south1")) == []


def test_accepting_easy_passwords_would_be_noticed(sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "check_password", lambda password, username: None)
    assert "a" in list_accepted(sign_in("south1"))


@pytest.mark.parametrize("word", ["correct horse battery staple", "我的密码是一句很长的话", "nodigitsnocapitals"])
def test_length_is_enough_no_classes_of_characters_are_demanded(word: str) -> None:
    rules.check_password(word, "south1")


def test_the_two_new_passwords_must_be_the_same(sign_in: Any) -> None:
    fields = {"present": "south1-south1", "password": NEW, "again": NEW + "!"}
    assert sign_in("south1").post("/profile/password", fields).status_code == 422


def test_the_first_administrator_must_change_a_made_up_password(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        monkeypatch.setitem(app.config, "ADMIN_PASSWORD", "")
        made: list[Staff] = []

        class Empty:
            """A session over an installation without people."""

            scalar = staticmethod(lambda statement: 0)
            scalars = staticmethod(lambda statement: db.session.scalars(statement))
            add = staticmethod(made.append)
            flush = staticmethod(lambda: None)

        with db.session.no_autoflush:
            password = install._write_admin(Empty())  # type: ignore[arg-type]
        db.session.rollback()
    assert password is not None and len(password) >= 12
    assert made[0].must_change_password is True
