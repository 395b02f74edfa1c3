"""A disk that is full or broken: a clear sentence in the reader's language, nothing half written, and work goes on once there is room."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.core.base.errors import find_storage_fault
from app.core.lists import exports
from app.core.web import web
from app.core.writes import commit
from app.customers.models import Customer
from app.extensions import db

from ..conftest import POSTGRES, Browser, Databases, RestClient, make_test_settings
from ..factories import World, find_status
from ..snapshots import list_changes, take_snapshot
from .faults import LEAKS
from .test_saving import read_field

FULL = {"en": "The server&#39;s disk is full. Nothing was saved.", "zh": "服务器磁盘已满，没有保存任何内容。"}
BROKEN = {"en": "The server&#39;s disk reports a fault. Nothing was saved.", "zh": "服务器磁盘发生故障，没有保存任何内容。"}
AWAY = ("The database does not answer", "数据库没有响应")
REMARK = "typed with care " * 1200
PDF = b"%PDF-1.4\n" + b"x" * 300_000

sqlite_only = pytest.mark.skipif(bool(POSTGRES), reason="SQLite's own files; PostgreSQL's words are tested by SQLSTATE")


def new_customer(app: Flask, name: str) -> dict[str, Any]:
    """Return the fields of a new customer that needs room."""
    with app.app_context():
        return {"name": name, "status": find_status("lead").id, "remark": REMARK}


def switch_to(browser: Browser, language: str) -> Browser:
    """Choose the reader's language."""
    assert browser.post(f"/language/{language}").status_code == 302
    return browser


def save_form(browser: Browser, _world: World) -> Any:
    """Send the form of a new customer."""
    token = read_field(browser.get("/customers/add").text, "form_token")
    return browser.post("/customers/add", new_customer(browser.app, "Room Ltd") | {"form_token": token})


def save_edit(browser: Browser, world: World) -> Any:
    """Send the form of a customer with a long remark."""
    key = world.signed["south1"]
    with browser.app.app_context(), db.engine.connect() as connection:
        columns = Customer.__table__.c
        row = connection.execute(select(columns.status_id, columns.row_version).where(columns.id == key)).one()
    remark = f"{REMARK}{row.row_version}"  # something to write each time
    fields = {"name": "south1 Signed Ltd", "status": row.status_id, "remark": remark, "row_version": row.row_version}
    return browser.post(f"/customers/edit/{key}", fields)


def attach_file(browser: Browser, world: World) -> Any:
    """Attach a file to a contract and open the page that the answer leads to."""
    path = f"/contracts/attach/{world.contract['south1']}"
    answer = browser.post(path, {"file": (io.BytesIO(PDF), "offer.pdf")}, content_type="multipart/form-data")
    return answer if answer.status_code != 302 else browser.get(answer.location)


def post_rest(client: RestClient) -> Any:
    """Add a customer over REST with a client that is signed in."""
    with client.client.application.app_context():
        status = find_status("lead").id
    return client.send("POST", "customers/", {"name": "Room Ltd", "status_id": status, "remark": REMARK})


WAYS: dict[str, tuple[Callable[[Browser, World], Any], int]] = {
    "form": (save_form, 422), "edit": (save_edit, 422), "file": (attach_file, 200),
}  # fmt: skip


def check_database(app: Flask) -> list[Any]:
    """Return what SQLite says of its file, and rows that refer to nothing."""
    with app.app_context(), db.engine.connect() as connection:
        state = [row[0] for row in connection.execute(text("PRAGMA integrity_check"))]
        return state + [tuple(row) for row in connection.execute(text("PRAGMA foreign_key_check"))]


def count_pages(app: Flask) -> int:
    """Return how many pages the database has."""
    with app.app_context(), db.engine.connect() as connection:
        return int(connection.execute(text("PRAGMA page_count")).scalar_one())


class Room:
    """Lets the database have no more pages than it has, on every connection, until `clear`."""

    def __init__(self, app: Flask) -> None:
        self.app, self.pages = app, count_pages(app)
        with app.app_context():
            event.listen(db.engine, "connect", self._limit)
            db.engine.dispose()

    def _limit(self, connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={self.pages}")

    def clear(self) -> None:
        """Give room again."""
        with self.app.app_context():
            if event.contains(db.engine, "connect", self._limit):
                event.remove(db.engine, "connect", self._limit)
            db.engine.dispose()


def list_wrong(answer: Any, sentence: str, status: int) -> list[str]:
    """Return what is wrong with the answer to a save that the disk refused."""
    found = [] if answer.status_code == status else [f"status {answer.status_code}"]
    if sentence not in answer.text:
        found.append("no sentence")
    found += [word for word in AWAY if word in answer.text]
    leak = LEAKS.search(answer.text)
    return [*found, leak.group(0)] if leak else found


@sqlite_only
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("way", WAYS)
def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(app: Flask, world: World, way: str, language: str) -> None:
    save, status = WAYS[way]
    browser = switch_to(Browser(app).sign_in("south1"), language)
    before, full = take_snapshot(app), Room(app)
    answer = save(browser, world)
    assert list_wrong(answer, FULL[language], status) == []
    if status == 422:
        assert REMARK.strip() in answer.text  # what was typed is still there
    assert list_changes(before, take_snapshot(app)) == {}
    assert check_database(app) == ["ok"]
    full.clear()
    again = save(browser, world)
    assert again.status_code in (200, 302) and FULL[language] not in again.text
    changed = list_changes(before, take_snapshot(app))
    assert changed.keys() & ({"attachment"} if way == "file" else {"customer"})
    assert check_database(app) == ["ok"]


@sqlite_only
def test_rest_says_so_too(app: Flask, world: World) -> None:
    client = RestClient(app, "south1")
    before, room = take_snapshot(app), Room(app)
    answer = post_rest(client)
    assert (answer.status_code, answer.json) == (507, {"message": answer.json["message"]})
    assert "服务器磁盘已满" in answer.json["message"]
    assert list_changes(before, take_snapshot(app)) == {}
    room.clear()
    assert post_rest(client).status_code == 201


@sqlite_only
@pytest.mark.parametrize("way", ["form", "file"])
def test_a_full_disk_taken_for_an_outage_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    browser = switch_to(Browser(app).sign_in("south1"), "en")
    for module in (commit, web):
        monkeypatch.setattr(module, "find_storage_fault", lambda error: None)
    room = Room(app)
    save, status = WAYS[way]
    answer = save(browser, world)
    room.clear()
    assert list_wrong(answer, FULL["en"], status) == ["status 503", "no sentence", AWAY[0]]


# -- faults that are injected ----------------------------------------------------------------------------------------


class Fault:
    """Makes the database fail with a driver's error where a statement of the given kind runs."""

    def __init__(self, app: Flask, kind: str, error: Exception) -> None:
        self.app, self.kind, self.error, self.hits = app, kind, error, 0
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._fail)

    def _fail(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if re.match(self.kind, statement):
            self.hits += 1
            raise OperationalError(statement, {}, self.error)

    def clear(self) -> None:
        """Let the database work again."""
        with self.app.app_context():
            if event.contains(db.engine, "before_cursor_execute", self._fail):
                event.remove(db.engine, "before_cursor_execute", self._fail)


def make_postgres_error(name: str) -> Exception:
    """Return psycopg's error of this name, whose SQLSTATE is the class's."""
    error: Exception = getattr(psycopg.errors, name)('could not extend file "base/1/2": No space left on device')
    return error


ERRORS: dict[str, tuple[Callable[[], Exception], dict[str, str]]] = {
    "sqlite full": (lambda: sqlite3.OperationalError("database or disk is full"), FULL),
    "sqlite eio": (lambda: sqlite3.OperationalError("disk I/O error"), BROKEN),
    "sqlite mounted read-only": (lambda: sqlite3.OperationalError("attempt to write a readonly database"), BROKEN),
    "postgres full": (lambda: make_postgres_error("DiskFull"), FULL),
    "postgres eio": (lambda: make_postgres_error("IoError"), BROKEN),
}


@pytest.fixture
def faults(app: Flask) -> Iterator[Callable[[str, Exception], Fault]]:
    """Return a function that injects a fault for the length of the test."""
    made: list[Fault] = []

    def inject(kind: str, error: Exception) -> Fault:
        made.append(Fault(app, kind, error))
        return made[-1]

    yield inject
    for fault in made:
        fault.clear()


# Early and late in the transaction: the row, the history behind it, the token that comes last.
PLACES = ["INSERT INTO customer|UPDATE customer|INSERT INTO attachment", "INSERT INTO history ", "INSERT INTO form_submission"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ERRORS)
def test_a_fault_anywhere_in_a_save_leaves_nothing_behind(app: Flask, world: World, faults: Any, name: str, place: str) -> None:
    make, sentences = ERRORS[name]
    browser = switch_to(Browser(app).sign_in("south1"), "en")
    for way, (save, status) in WAYS.items():
        if "form_submission" in place and way != "form":
            continue
        before = take_snapshot(app)
        fault = faults(place, make())
        answer = save(browser, world)
        assert fault.hits, way
        assert list_wrong(answer, sentences["en"], status) == [], way
        fault.clear()
        assert list_changes(before, take_snapshot(app)) == {}, way
        again = save(browser, world)
        assert again.status_code in (200, 302) and sentences["en"] not in again.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_disk_that_cannot_be_read_is_a_page_with_a_sentence(app: Flask, world: World, faults: Any, language: str) -> None:
    browser = switch_to(Browser(app).sign_in("south1"), language)
    fault = faults("SELECT|WITH", sqlite3.OperationalError("disk I/O error"))
    for path in ("/customers/", f"/customers/show/{world.signed['south1']}", "/nothing"):
        assert list_wrong(browser.get(path), BROKEN[language], 507) == [], path
    answer = browser.get("/lookup/customers")
    assert answer.status_code == 507 and BROKEN[language].replace("&#39;", "'") in answer.json["message"]
    fault.clear()
    assert browser.get("/customers/").status_code == 200


def test_signing_in_on_a_full_disk_says_so(app: Flask, world: World, faults: Any) -> None:
    browser = switch_to(Browser(app), "en")
    fault = faults("INSERT INTO sign_in_try", sqlite3.OperationalError("database or disk is full"))
    answer = browser.post("/login/", {"username": "south1", "password": "south1-south1"})
    assert list_wrong(answer, FULL["en"], 507) == []
    fault.clear()
    assert browser.sign_in("south1").get("/customers/").status_code == 200


def test_an_export_without_room_is_a_sentence_and_no_file(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tight(io.BytesIO):
        """A file on a full disk. It fails once: zipfile writes again when it is collected, where an error would be a warning."""

        has_failed = False

        def write(self, data: Any) -> int:
            if self.has_failed:
                return len(data)
            self.has_failed = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    browser = switch_to(Browser(app).sign_in("south1"), "en")
    before = take_snapshot(app)
    monkeypatch.setattr(exports.tempfile, "TemporaryFile", Tight)
    for kind in ("csv", "xlsx"):
        assert list_wrong(browser.get(f"/customers/export/{kind}"), FULL["en"], 507) == [], kind
    monkeypatch.undo()
    assert list_changes(before, take_snapshot(app)) == {}  # no line says that rows went out
    assert browser.get("/customers/export/csv").status_code == 200


def test_other_errors_are_not_taken_for_the_disk_s() -> None:
    for error in (sqlite3.OperationalError("database is locked"), psycopg.errors.DeadlockDetected("x"), psycopg.OperationalError("gone")):
        assert find_storage_fault(OperationalError("x", {}, error)) is None
    assert find_storage_fault(FileNotFoundError(2, "x")) is None
    assert find_storage_fault(ValueError("database or disk is full")) is None


# -- a real disk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 8 MB; skip where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("a tmpfs is mounted by root only")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"mounting is not permitted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def cramped(small_disk: Path, app: Flask, databases: Databases) -> Iterator[Flask]:
    """Return an app whose database is on the small disk."""
    shutil.copy(databases.folder / "test.sqlite3", small_disk / "desk.sqlite3")
    desk = create_app(make_test_settings(databases.folder, f"sqlite:///{small_disk / 'desk.sqlite3'}"))
    yield desk
    with desk.app_context():
        db.session.remove()
        db.engine.dispose()


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill a disk to its last bytes but some; return the file to delete."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        free = shutil.disk_usage(folder).free - leave
        file.write(b"\0" * max(free, 0))
    assert shutil.disk_usage(folder).free <= leave
    return ballast


@sqlite_only
@pytest.mark.parametrize("leave", [0, 8192, 40960])
@pytest.mark.slow
def test_a_disk_that_is_really_full(small_disk: Path, cramped: Flask, world: World, leave: int) -> None:
    browser = switch_to(Browser(cramped).sign_in("south1"), "en")
    before = take_snapshot(cramped)
    ballast = fill(small_disk, leave)
    for save, _status in WAYS.values():
        answer = save(browser, world)
        assert FULL["en"] in answer.text, answer.text
        assert LEAKS.search(answer.text) is None
        assert browser.get("/customers/").status_code == 200  # readers go on
    ballast.unlink()
    assert list_changes(before, take_snapshot(cramped)) == {}
    assert check_database(cramped) == ["ok"]
    assert [save(browser, world).status_code for save, _status in WAYS.values()] == [302, 302, 200]
    assert check_database(cramped) == ["ok"]


@sqlite_only
def test_a_disk_that_fills_up_while_people_work(small_disk: Path, cramped: Flask, world: World) -> None:
    """Every file that was called saved is there, whole; every other has left nothing."""
    browser = switch_to(Browser(cramped).sign_in("south1"), "en")
    said = []
    for _ in range(40):
        text_of_page = attach_file(browser, world).text
        said.append("offer.pdf saved" in text_of_page)
        assert said[-1] or FULL["en"] in text_of_page
    assert True in said and False in said
    with cramped.app_context(), db.engine.connect() as connection:
        kept = connection.execute(text("SELECT length(content), size FROM attachment")).all()
        notes = connection.execute(text("SELECT count(*) FROM history WHERE model = 'ContractAttachment' AND kind = 'add'")).scalar_one()
    assert [tuple(row) for row in kept] == [(len(PDF), len(PDF))] * said.count(True)
    assert notes >= said.count(True) and notes % said.count(True) == 0
    assert check_database(cramped) == ["ok"]
    with cramped.app_context():
        db.engine.dispose()
    assert check_database(cramped) == ["ok"]  # opened anew, from its files alone
