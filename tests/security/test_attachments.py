"""Files: only the kinds allowed, only for those who see the contract, only as a download, and never half saved."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.contracts.models import ContractAttachment
from app.core.access import scope
from app.core.access.viewer import as_system
from app.core.parts import rules as parts
from app.core.writes import gate
from app.extensions import db

from ..conftest import Browser
from ..factories import World

PDF = b"%PDF-1.4\nbody"


def attach(browser: Browser, contract_id: int, name: str, content: bytes) -> Any:
    """Send a file to a contract."""
    return browser.post(f"/contracts/attach/{contract_id}", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def count(app: Flask) -> int:
    """Return how many files are kept."""
    with app.app_context(), as_system("import"):
        return db.session.scalar(select(func.count()).select_from(ContractAttachment)) or 0


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_SIZE", 1000)


BAD_FILES = {
    "page.html": b"<script>alert(1)</script>",
    "image.svg": b"<svg onload=alert(1)>",
    "run.exe": b"MZ",
    "x.pdf.html": PDF,
    "noname": PDF,
    "script.pdf": b"<script>alert(1)</script>",
    "photo.png": b"GIF89a",
    "empty.pdf": b"",
    ".pdf": b"<html>",
    "big.pdf": PDF + b"x" * 1000,
}


def list_taken(app: Flask, world: World) -> list[str]:
    """Return which of the bad files the owner's contract takes."""
    browser, found = Browser(app).sign_in("south1"), []
    for name, content in BAD_FILES.items():
        before = count(app)
        assert attach(browser, world.contract["south1"], name, content).status_code in (302, 413, 422)
        if count(app) != before:
            found.append(name)
    return found


def test_only_allowed_kinds_and_sizes_are_taken(app: Flask, world: World) -> None:
    assert list_taken(app, world) == []


def test_taking_every_kind_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "check_attachment", lambda name, content: "text/html")
    assert {"page.html", "script.pdf", "big.pdf"} <= set(list_taken(app, world))


@pytest.fixture
def file(app: Flask, world: World) -> int:
    """Return the id of a file of south1's contract."""
    attach(Browser(app).sign_in("south1"), world.contract["south1"], "offer.pdf", PDF)
    with app.app_context(), as_system("import"):
        return db.session.scalars(select(ContractAttachment.id)).one()


def list_readers(app: Flask, file: int) -> set[str]:
    """Return who can download the file."""
    people = ("south1", "south2", "north1", "boss_south", "boss_north", "service1", "director", "it", "nobody", "chief")
    found = set()
    for name in people:
        answer = Browser(app).sign_in(name).get(f"/contracts/attachment/{file}")
        if answer.data == PDF:
            found.add(name)
    if Browser(app).get(f"/contracts/attachment/{file}").data == PDF:
        found.add("stranger")
    return found


def test_only_who_sees_the_contract_gets_its_files(app: Flask, file: int) -> None:
    assert list_readers(app, file) == {"south1", "boss_south", "director", "chief"}


def test_serving_everybody_s_files_would_be_noticed(app: Flask, file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    scope._conditions.clear()
    monkeypatch.setattr(scope, "make_condition", lambda model, viewer, actions: None)
    assert "north1" in list_readers(app, file)


def test_nobody_attaches_to_a_foreign_contract(app: Flask, world: World) -> None:
    for name in ("north1", "south2", "director", "service1", "it", "nobody"):
        attach(Browser(app).sign_in(name), world.contract["south1"], "a.pdf", PDF)
    assert count(app) == 0


def test_a_file_is_served_as_a_download_only(app: Flask, file: int, sign_in: Any) -> None:
    answer = sign_in("south1").get(f"/contracts/attachment/{file}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/pdf"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "..\\..\\boot.pdf",
        "/etc/cron.d/x.pdf",
        "C:\\a\\b.pdf",
        "<img src=x>.pdf",
        'a"; filename=b.html;.pdf',
        "合同.pdf",
        "x" * 500 + ".pdf",
        "a\u202efdp.pdf",
    ],
)
def test_odd_names_do_no_harm(app: Flask, world: World, name: str) -> None:
    browser = Browser(app).sign_in("south1")
    attach(browser, world.contract["south1"], name, PDF)
    with app.app_context(), as_system("import"):
        kept = db.session.scalars(select(ContractAttachment)).first()
        if kept is None:
            return  # refused
        file, kept_name = kept.id, kept.name
    assert "/" not in kept_name and "\\" not in kept_name and len(kept_name) <= 200
    answer = browser.get(f"/contracts/attachment/{file}")
    assert answer.data == PDF and answer.headers["Content-Disposition"].startswith("attachment;")
    assert "<img" not in browser.get(f"/contracts/show/{world.contract['south1']}").text


def test_a_name_with_line_breaks_cannot_write_headers(app: Flask, world: World) -> None:
    """The name arrives percent-coded (RFC 2231), as a browser would never send it."""
    browser = Browser(app).sign_in("south1")
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token()}\r\n'
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x%3D1%0D%0A.pdf\r\n"
        "Content-Type: application/pdf\r\n\r\n%PDF-1.4 x\r\n--b--\r\n"
    )
    path = f"/contracts/attach/{world.contract['south1']}"
    assert browser.client.post(path, data=body.encode(), content_type="multipart/form-data; boundary=b").status_code < 500
    with app.app_context(), as_system("import"):
        files = list(db.session.scalars(select(ContractAttachment.id)))
    for file in files:
        answer = browser.get(f"/contracts/attachment/{file}")
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers or "x=1" not in answer.headers["Set-Cookie"]


def test_a_failed_save_leaves_no_file(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    browser = Browser(app).sign_in("south1")
    monkeypatch.setattr(gate.history, "write_notes", fail)
    assert attach(browser, world.contract["south1"], "a.pdf", PDF).status_code == 500
    monkeypatch.undo()
    assert count(app) == 0
    assert attach(browser, world.contract["south1"], "a.pdf", PDF).status_code == 302
    assert count(app) == 1


PNG = b"\x89PNG\r\n\x1a\n picture"
TEXT = b"<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "content", "is_shown"), [("a.pdf", PDF, True), ("a.png", PNG, True), ("a.txt", TEXT, False), ("a.csv", TEXT, False)]
)
def test_only_pdfs_and_pictures_open_in_place_and_under_the_same_headers(
    app: Flask, world: World, name: str, content: bytes, is_shown: bool
) -> None:
    browser, contract = Browser(app).sign_in("south1"), world.contract["south1"]
    assert attach(browser, contract, name, content).status_code == 302
    with app.app_context(), as_system():
        file = db.session.scalars(select(ContractAttachment.id)).one()
    path = f"/contracts/attachment/{file}"
    plain, viewed = browser.get(path), browser.get(f"{path}?view=1")
    assert plain.headers["Content-Disposition"].startswith("attachment;")
    assert viewed.headers["Content-Disposition"].startswith("inline;" if is_shown else "attachment;")
    for answer in (plain, viewed):
        assert answer.data == content and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == browser.get("/").headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype not in ("text/html", "image/svg+xml", "application/xhtml+xml")
    for other in ("north1", "south2"):
        assert Browser(app).sign_in(other).get(f"{path}?view=1").status_code in (403, 404)
    page = browser.get(f"/contracts/show/{contract}").text + browser.get(f"/contracts/show/{contract}?show=files").text
    assert (f'<img src="{path}?view=1"' in page) is (name == "a.png")


def test_several_files_are_attached_all_or_none(app: Flask, world: World) -> None:
    browser, path = Browser(app).sign_in("south1"), f"/contracts/attach/{world.contract['south1']}"

    def send(*files: tuple[str, bytes], **headers: str) -> Any:
        data = {"file": [(io.BytesIO(content), name) for name, content in files], "csrf_token": browser.token()}
        return browser.client.post(path, data=data, headers=headers)

    assert send(("a.pdf", PDF), ("b.html", TEXT)).status_code == 302
    assert count(app) == 0
    assert send(("a.pdf", PDF), ("b.png", PNG)).status_code == 302
    assert count(app) == 2
    one = send(("c.pdf", PDF + b"c"), Accept="application/json")
    assert one.status_code == 201 and one.json == {"name": "c.pdf"}
    bad = send(("c.html", TEXT), Accept="application/json")
    assert bad.status_code == 422 and bad.json["message"] and count(app) == 3
