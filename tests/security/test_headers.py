"""Headers on every answer, what PUBLIC_URL turns on, and which keys and hosts are refused."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.core.web import web
from app.extensions import db
from config import KNOWN_SECRET_KEYS, SettingsError, make_settings

from ..conftest import Browser, Databases, make_test_settings
from ..factories import World
from .surface import list_calls

PUBLIC = "https://crm.example.com"


def find_faults(headers: Any, *, is_static: bool = False, is_swagger: bool = False) -> set[str]:
    """Return the headers that are missing or too weak."""
    policy = {part.split()[0]: part.split()[1:] for part in headers.get("Content-Security-Policy", "").split(";") if part.strip()}
    found = set()
    if policy.get("default-src") != ["'none'"] or policy.get("script-src") != ["'self'"] or policy.get("base-uri") != ["'none'"]:
        found.add("Content-Security-Policy")
    if not is_swagger and "'unsafe-inline'" in policy.get("style-src", ["'unsafe-inline'"]):
        found.add("style-src")
    if policy.get("frame-ancestors") != ["'none'"] or policy.get("form-action") != ["'self'"]:
        found.add("frame-ancestors")
    wanted = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"}
    found |= {name for name, value in wanted.items() if headers.get(name) != value}
    if not is_static and headers.get("Cache-Control") != "no-store":
        found.add("Cache-Control")
    return found


def answers(app: Flask, world: World) -> list[tuple[str, Any]]:
    """Return every kind of answer: every route for an administrator and a stranger, errors, a download, static files."""
    stranger, chief = Browser(app), Browser(app).sign_in("chief")
    found = []
    for call in list_calls(app, world):
        if call.endpoint in ("SignInView.logout", "appbuilder.static", "static"):
            continue
        found.append((f"{call.method} {call.path} (stranger)", stranger.client.open(call.path, method=call.method)))
        found.append((f"{call.method} {call.path}", chief.client.open(call.path, method=call.method)))
    contract = world.contract["south1"]
    chief.post(f"/contracts/attach/{contract}", {"file": (io.BytesIO(b"%PDF-1.4 x"), "a.pdf")}, content_type="multipart/form-data")
    for path in ("/contracts/attachment/1", "/nowhere", "/customers/show/99999", "/api/v1/nowhere", "/customers/list/?page=x"):
        found.append((path, chief.get(path)))
    assert found[-5][1].status_code == 200, "the download itself must be among the answers"
    found.append(("DELETE /", chief.client.delete("/")))
    found.append(("too large", chief.client.post("/customers/add", data={"name": "x" * 21_000_000})))
    return found


def list_weak(app: Flask, world: World) -> dict[str, set[str]]:
    """Return the answers with missing or weak headers."""
    checked = {
        name: find_faults(answer.headers, is_swagger=name.split()[-1].startswith("/swagger/") or "/swagger/" in name)
        for name, answer in answers(app, world)
    }
    return {name: faults for name, faults in checked.items() if faults}


def test_every_answer_carries_the_headers(app: Flask, world: World) -> None:
    assert list_weak(app, world) == {}


@pytest.mark.parametrize("name", ["X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"])
@pytest.mark.slow
def test_a_missing_header_would_be_noticed(app: Flask, world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(web.HEADERS, name)
    weak = list_weak(app, world)
    assert weak["GET /customers/"] == {name} and weak["/nowhere"] == {name}


def test_a_looser_policy_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "CSP", web.CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"))
    assert list_weak(app, world)["GET /customers/"] == {"Content-Security-Policy"}


@pytest.mark.slow
def test_answers_without_headers_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.after_request_funcs, None, [])
    assert "Cache-Control" in list_weak(app, world)["/contracts/attachment/1"]


def test_a_failure_carries_the_headers_too(app: Flask, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setitem(app.view_functions, "HomeView.index", fail)
    answer = sign_in("south1").get("/")
    assert answer.status_code == 500
    assert "SELECT" not in answer.text and "Traceback" not in answer.text
    assert find_faults(answer.headers) == set()


def test_static_files_carry_the_headers(app: Flask) -> None:
    files = sorted(path for path in Path(app.static_folder or "").rglob("*") if path.is_file())
    assert files
    for file in files:
        answer = app.test_client().get(f"/static/{file.relative_to(app.static_folder or '')}")
        assert answer.status_code == 200
        assert find_faults(answer.headers, is_static=True) == set(), file
        answer.close()


def test_pages_run_no_script_of_their_own(sign_in: Any, world: World) -> None:
    """A page with an inline script or style attribute would be broken by the policy; there must be none."""
    chief = sign_in("chief")
    for path in ("/", "/customers/", "/customers/add", f"/customers/show/{world.signed['south1']}", "/staff/", "/roles/edit/2"):
        text = chief.get(path).text.lower()
        assert "<script>" not in text and " onclick=" not in text and " style=" not in text, path


def test_without_public_url_nothing_demands_https(app: Flask) -> None:
    answer = Browser(app).post("/login/", {"username": "south1", "password": "south1-south1"})
    assert "Strict-Transport-Security" not in answer.headers
    assert all("Secure" not in cookie for cookie in answer.headers.getlist("Set-Cookie"))


@pytest.fixture
def public_app(app: Flask, databases: Databases) -> Iterator[Flask]:
    """Give the app as it runs behind a proxy at a public address."""
    settings = make_settings({"DATA_DIR": str(databases.folder), "PUBLIC_URL": PUBLIC})
    names = ("PUBLIC_URL", "SESSION_COOKIE_SECURE")
    made = create_app(make_test_settings(databases.folder, databases.url) | {name: settings[name] for name in names})
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_public_address_turns_on_hsts_and_secure_cookies(public_app: Flask) -> None:
    client = public_app.test_client()
    page = client.get("/login/", base_url=PUBLIC)
    assert int(page.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31536000
    mark = 'name="csrf_token" value="'
    token = page.text.split(mark)[1].split('"')[0]
    fields = {"csrf_token": token, "username": "south1", "password": "south1-south1"}
    answer = client.post("/login/", data=fields, base_url=PUBLIC, headers={"Referer": PUBLIC + "/login/"})
    assert answer.status_code == 302
    assert all("Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("path", ["/login/", "/", "/health", "/api/v1/customers/", "/lang/en", "/back"])
def test_another_host_s_name_is_refused(app: Flask, public_app: Flask, path: str) -> None:
    for desk in (app, public_app):
        answer = desk.test_client().get(path, base_url="http://evil.example", headers={"Referer": "http://evil.example/"})
        assert answer.status_code == 400
        assert "evil.example" not in answer.text + str(answer.headers)
    forwarded = public_app.test_client().get(path, base_url=PUBLIC, headers={"X-Forwarded-Host": "evil.example"})
    assert forwarded.status_code == 400


def test_forwarded_headers_are_not_believed_without_a_proxy(app: Flask) -> None:
    answer = app.test_client().get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 302 and "evil" not in answer.location


def test_trusting_every_host_would_be_noticed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", None)
    assert app.test_client().get("/login/", base_url="http://evil.example").status_code == 200


@pytest.mark.parametrize("key", [*sorted(KNOWN_SECRET_KEYS), "short", "x" * 15])
def test_a_published_or_short_key_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        make_settings({"SECRET_KEY": key, "DATA_DIR": str(tmp_path)})


def test_the_made_key_is_long_kept_and_private(tmp_path: Path) -> None:
    first = make_settings({"DATA_DIR": str(tmp_path)})["SECRET_KEY"]
    assert len(first) >= 48 and make_settings({"DATA_DIR": str(tmp_path)})["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_cookie_of_another_installation_s_key_is_worth_nothing(app: Flask, world: World) -> None:
    from flask.sessions import SecureCookieSessionInterface

    stranger = Flask("stranger")
    stranger.secret_key = "\2\1thisismyscretkey\1\2\\e\\y\\y\\h"
    signer = SecureCookieSessionInterface().get_signing_serializer(stranger)
    assert signer is not None
    client = app.test_client()
    client.set_cookie(
        "countersign", signer.dumps({"_user_id": str(world.people["chief"]), "_fresh": True, "epoch": 0, "begun": int(time.time())})
    )
    assert client.get("/profile/").status_code == 302
