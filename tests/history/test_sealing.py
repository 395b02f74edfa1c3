"""The seal: what is altered, inserted or removed behind the app's back is found and named; writers are never held up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update

from app.core.access.viewer import as_system
from app.core.base.errors import AccessDenied
from app.core.history import seal
from app.core.history.seal import HistoryBroken, HistorySeal
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db

from ..conftest import POSTGRES
from ..factories import World

KEY = b"a key that the database does not hold"
LINE, SEAL = HistoryEntry.__table__, HistorySeal.__table__


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    """Return where the last seal is noted."""
    return tmp_path / "anchor.json"


@pytest.fixture
def sealed(app: Flask, world: World, anchor: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Seal the small company's history in blocks of seven lines; returns the engine."""
    monkeypatch.setattr(seal, "BLOCK", 7)
    with app.app_context():
        write_lines(30)
        count = db.session.connection().execute(select(func.count()).select_from(LINE)).scalar_one()
        db.session.remove()
        assert seal.seal(db.engine, KEY, anchor) == count > 40
        yield db.engine


def write_lines(count: int) -> None:
    """Write history the way the app does."""
    with as_system("import"):
        row = db.session.scalars(select(Customer).order_by(Customer.id)).first()
        for turn in range(count):
            row.remark = f"{row.remark[:10]} {turn}"  # type: ignore[union-attr]
            db.session.commit()


def tamper(engine: Any, statement: Any) -> None:
    """Write past the app, as whoever owns the database can."""
    with engine.begin() as connection:
        connection.execute(statement)


def test_an_untouched_history_is_whole(sealed: Any, anchor: Path) -> None:
    report = seal.verify(sealed, KEY, anchor)
    assert (report.fault, report.unsealed) == ("", 0)
    assert seal.seal(sealed, KEY, anchor) == 0
    write_lines(2)
    report = seal.verify(sealed, KEY, anchor)
    assert (report.fault, report.unsealed, report.first_unsealed) == ("", 2, report.sealed + 1)


COLUMNS = ["at", "actor_id", "way", "batch", "model", "row_id", "kind", "field", "old", "new"]


def test_every_altered_line_is_found_and_named(sealed: Any, anchor: Path) -> None:
    chance = Random(7)
    with sealed.connect() as connection:
        ids = list(connection.execute(select(LINE.c.id).order_by(LINE.c.id)).scalars())
    found = 0
    for turn in range(100):
        line_id, column = chance.choice(ids), LINE.c[COLUMNS[turn % len(COLUMNS)]]
        with sealed.connect() as connection:
            before = connection.execute(select(column).where(LINE.c.id == line_id)).scalar()
        other = {"at": func.datetime("2001-01-01") if not POSTGRES else text("timestamp '2001-01-01'"), "actor_id": 1, "row_id": 999}
        tamper(sealed, update(LINE).where(LINE.c.id == line_id).values({column.name: other.get(column.name, "forged")}))
        found += seal.verify(sealed, KEY, anchor).fault == f"line {line_id}: altered"
        tamper(sealed, update(LINE).where(LINE.c.id == line_id).values({column.name: before}))
    assert found == 100
    assert seal.verify(sealed, KEY, anchor).fault == ""


@pytest.mark.parametrize("place", [1, 2, 13, -1])
def test_a_removed_line_is_named(sealed: Any, anchor: Path, place: int) -> None:
    with sealed.connect() as connection:
        ids = list(connection.execute(select(LINE.c.id).order_by(LINE.c.id)).scalars())
    line_id = ids[place if place < 0 else place - 1]
    tamper(sealed, delete(LINE).where(LINE.c.id == line_id))
    assert seal.verify(sealed, KEY, anchor).fault == f"line {line_id}: removed"


def test_a_line_put_into_a_hole_or_before_the_first_is_named(sealed: Any, anchor: Path) -> None:
    forged = {"at": func.now(), "way": "form", "model": "Customer", "row_id": 1, "kind": "edit", "field": "name"}
    tamper(sealed, insert(LINE).values(id=-5, **forged))
    assert seal.verify(sealed, KEY, anchor).fault == "line -5: inserted"


def test_a_forged_line_and_its_seal_need_the_key(sealed: Any, anchor: Path) -> None:
    tamper(sealed, update(LINE).where(LINE.c.id == 3).values(new="forged"))
    tamper(sealed, delete(SEAL))
    anchor.unlink()
    seal.seal(sealed, b"another key, since this one is not known", anchor)
    assert seal.verify(sealed, KEY, anchor).fault.startswith("seal ")


def test_seals_cut_off_at_the_end_are_missed(sealed: Any, anchor: Path) -> None:
    with sealed.connect() as connection:
        last = connection.execute(select(SEAL).order_by(SEAL.c.id.desc()).limit(1)).one()
    tamper(sealed, delete(LINE).where(LINE.c.id >= last.first_id))
    tamper(sealed, delete(SEAL).where(SEAL.c.id == last.id))
    assert seal.verify(sealed, KEY, anchor).fault == f"seal {last.id}: removed or altered, with all after it"


def test_a_seal_in_the_middle_cannot_be_altered_or_removed(sealed: Any, anchor: Path) -> None:
    with sealed.connect() as connection:
        ids = list(connection.execute(select(SEAL.c.id).order_by(SEAL.c.id)).scalars())
    tamper(sealed, update(SEAL).where(SEAL.c.id == ids[1]).values(marks=b""))
    assert seal.verify(sealed, KEY, anchor).fault.startswith(f"seal {ids[1]}: altered")
    tamper(sealed, delete(SEAL).where(SEAL.c.id == ids[1]))
    assert seal.verify(sealed, KEY, anchor).fault.startswith(f"seal {ids[2]}: a seal before it")


def cut_off(engine: Any, place: int) -> int:
    """Remove the seals from one on, and with them what they say of their lines; returns the first line that is free to be forged."""
    with engine.connect() as connection:
        first = connection.execute(select(SEAL).order_by(SEAL.c.id)).all()[place]
    tamper(engine, delete(SEAL).where(SEAL.c.id >= first.id))
    return int(first.first_id)


@pytest.mark.parametrize("place", [0, 2, -1])
def test_the_sealer_does_not_cover_up_what_was_cut_off(sealed: Any, anchor: Path, place: int) -> None:
    """Whoever owns the database removes seals and forges their lines; the next round must not seal what is left as if it were all."""
    victim, noted = cut_off(sealed, place), anchor.read_text()
    tamper(sealed, update(LINE).where(LINE.c.id == victim).values(new="forged"))
    tamper(sealed, delete(LINE).where(LINE.c.id == victim + 1))
    write_lines(3)
    with pytest.raises(HistoryBroken, match="removed or altered"):
        seal.seal(sealed, KEY, anchor)
    assert anchor.read_text() == noted
    assert seal.verify(sealed, KEY, anchor).fault


def test_seals_without_a_note_are_not_gone_on_with(sealed: Any, anchor: Path) -> None:
    anchor.unlink()
    write_lines(1)
    with pytest.raises(HistoryBroken, match="note of the last seal"):
        seal.seal(sealed, KEY, anchor)
    assert not anchor.exists()


def test_after_a_restored_backup_the_last_seal_is_noted_again(sealed: Any, anchor: Path) -> None:
    first = cut_off(sealed, -1)
    tamper(sealed, delete(LINE).where(LINE.c.id >= first))
    write_lines(2)
    seal.note_again(sealed, KEY, anchor)
    assert seal.seal(sealed, KEY, anchor) == 2
    assert seal.verify(sealed, KEY, anchor) == seal.Report("", first + 1, 0, None)


def test_a_history_that_does_not_fit_its_seals_is_not_noted_again(sealed: Any, anchor: Path) -> None:
    noted = anchor.read_text()
    tamper(sealed, update(LINE).where(LINE.c.id == 3).values(new="forged"))
    with pytest.raises(HistoryBroken, match="line 3: altered"):
        seal.note_again(sealed, KEY, anchor)
    assert anchor.read_text() == noted


def test_one_process_of_a_host_seals_at_a_time(app: Flask, sealed: Any, anchor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow one must not note an earlier seal after a fast one has noted a later."""
    write, noting, go_on = seal._write_anchor, threading.Event(), threading.Event()

    def write_slowly(*args: Any) -> None:
        noting.set()
        go_on.wait(20)
        write(*args)

    write_lines(3)
    monkeypatch.setattr(seal, "_write_anchor", write_slowly)
    slow = threading.Thread(target=seal.seal, args=(sealed, KEY, anchor))
    slow.start()
    assert noting.wait(20)
    write_lines(3)
    assert seal.seal(sealed, KEY, anchor) == 0  # the other one is at it
    go_on.set()
    slow.join(20)
    monkeypatch.setattr(seal, "_write_anchor", write)
    seal.seal(sealed, KEY, anchor)
    report = seal.verify(sealed, KEY, anchor)
    assert (report.fault, report.unsealed) == ("", 0)


def test_nobody_edits_or_deletes_the_history_through_the_app(app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        for statement in (update(HistoryEntry).values(new="x"), delete(HistoryEntry), delete(HistorySeal)):
            with pytest.raises(AccessDenied):
                db.session.execute(statement)
            db.session.rollback()
        line = db.session.scalars(select(HistoryEntry).limit(1)).one()
        line.new = "forged"
        with pytest.raises(AccessDenied):
            db.session.commit()
        db.session.rollback()
        db.session.delete(db.session.scalars(select(HistoryEntry).limit(1)).one())
        with pytest.raises(AccessDenied):
            db.session.commit()
        db.session.rollback()


def test_the_commands_seal_and_check(app: Flask, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "HISTORY_ANCHOR", str(tmp_path / "anchor.json"))
    runner = app.test_cli_runner()
    assert "lines sealed" in runner.invoke(args=["crm", "seal-history"]).output
    good = runner.invoke(args=["crm", "verify-history"])
    assert good.exit_code == 0 and "No line was altered" in good.output
    with app.app_context():
        tamper(db.engine, update(LINE).where(LINE.c.id == 2).values(old="forged"))
    bad = runner.invoke(args=["crm", "verify-history"])
    assert bad.exit_code == 1 and "line 2: altered" in bad.output
    with app.app_context():
        tamper(db.engine, delete(SEAL))
    for more in ([], ["--after-restore"]):
        refused = runner.invoke(args=["crm", "seal-history", *more])
        assert (refused.exit_code, "Nothing was sealed" in refused.output) == ((1, True) if not more else (0, False))
    assert runner.invoke(args=["crm", "verify-history"]).exit_code == 0


@pytest.mark.postgres
def test_a_line_that_commits_late_is_waited_for(app: Flask, world: World, anchor: Path) -> None:
    """A transaction took its id first and commits last: nothing beyond it is sealed before it is there."""
    with app.app_context():
        engine = db.engine
        seal.seal(engine, KEY, anchor)
        line = {"at": func.now(), "way": "form", "model": "Customer", "row_id": 1, "kind": "edit", "field": "name"}
        late = engine.connect()
        late.execute(insert(LINE).values(**line))
        tamper(engine, insert(LINE).values(**line))
        assert seal.seal(engine, KEY, anchor, wait=0.2) == 0
        timer = threading.Timer(0.5, late.commit)
        timer.start()
        assert seal.seal(engine, KEY, anchor, wait=10) == 2
        timer.join()
        late.close()
        assert seal.verify(engine, KEY, anchor).fault == ""


@pytest.mark.skipif(bool(POSTGRES), reason="SQLite's own: one writer at a time")
def test_sealing_reads_without_the_write_lock(sealed: Any, anchor: Path) -> None:
    write_lines(3)
    with sealed.connect() as writer:
        writer.execute(update(LINE).where(LINE.c.id == -1).values(new="x"))  # holds the write lock
        with sealed.connect().execution_options(**seal.READING) as reader:
            assert reader.execute(select(func.count()).select_from(LINE)).scalar_one() > 40
        assert seal.verify(sealed, KEY, anchor).unsealed == 3
        writer.rollback()
