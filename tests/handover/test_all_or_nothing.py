"""A handover that fails or is killed half way moves nothing; while it runs others read and write; of two managers one wins."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from app.core.access.viewer import acting_as
from app.core.base.errors import RuleViolation
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db
from app.handover import undoing
from app.handover.models import Handover, HandoverItem

from ..conftest import POSTGRES
from ..factories import World
from ..snapshots import list_changes, take_snapshot
from .conftest import CUSTOMERS, Story, run_as
from .threads import Paused, hand_over, start

TABLES = (
    "customer",
    "contact",
    "activity",
    "contract",
    "ticket",
    "history",
    "handover",
    "handover_item",
    "share",
    "notice",
    "issued_number",
)


@contextmanager
def failing_at(table: str, row_id: int) -> Iterator[None]:
    """Let the database refuse to write one row, by a trigger."""
    when = "INSERT" if table in ("history", "handover_item") else "UPDATE"
    with db.engine.begin() as connection:
        if POSTGRES:
            column = "row_id" if when == "INSERT" else "id"
            body = f"BEGIN IF NEW.{column} = {row_id} THEN RAISE EXCEPTION 'injected'; END IF; RETURN NEW; END"
            connection.execute(
                text(f"CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS '{body.replace(chr(39), chr(39) * 2)}'")
            )
            connection.execute(text(f"CREATE TRIGGER injected BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION injected()"))
        else:
            column = "row_id" if when == "INSERT" else "id"
            body = "SELECT RAISE(ABORT, 'injected')"
            connection.execute(text(f"CREATE TRIGGER injected BEFORE {when} ON {table} WHEN NEW.{column} = {row_id} BEGIN {body}; END"))
    try:
        yield
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER injected" + (f" ON {table}; DROP FUNCTION injected()" if POSTGRES else "")))


@pytest.mark.parametrize("table", ["customer", "contact", "activity", "contract", "ticket", "history", "handover_item"])
def test_an_error_at_a_random_row_moves_nothing(app: Flask, story: Story, table: str) -> None:
    chance = Random(table)
    with app.test_request_context("/", method="POST"):
        if table in ("customer", "history", "handover_item"):
            row_id = chance.choice(story.customers)
        else:
            mine = db.metadata.tables[table].c
            ids = db.session.connection().execute(select(mine.id).where(mine.owner_id == story.leaver)).scalars()
            row_id = chance.choice(list(ids))
        db.session.remove()
        before = take_snapshot(app, *TABLES)
        with failing_at(table, row_id):
            with pytest.raises((RuleViolation, DBAPIError)):
                run_as(story.manager, story.leaver, story.receivers)
            db.session.rollback()
            db.session.remove()
        assert list_changes(before, take_snapshot(app, *TABLES)) == {}
        assert run_as(story.manager, story.leaver, story.receivers).moved >= CUSTOMERS  # and afterwards it goes through


def read_state(story: Story) -> tuple[int, int, int, int]:
    """Return how many of the leaver's customers moved, and how many handovers, items and history lines of them there are."""
    connection = db.session.connection()
    table = Customer.__table__.c
    moved = connection.execute(select(func.count()).where(table.id.in_(story.customers), table.owner_id != story.leaver)).scalar_one()
    counts = [connection.execute(select(func.count()).select_from(model.__table__)).scalar_one() for model in (Handover, HandoverItem)]
    lines = connection.execute(select(func.count()).where(HistoryEntry.__table__.c.batch.is_not(None))).scalar_one()
    db.session.remove()
    return moved, *counts, lines


@contextmanager
def counting(at: int = 0, act: Callable[[], None] = lambda: None) -> Iterator[list[int]]:
    """Count the statements that reach the database; before the one with that number, act."""
    count = [0]

    def note(*_: Any) -> None:
        count[0] += 1
        if count[0] == at:
            act()

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def run_in_child(app: Flask, story: Story, at: int, later: float) -> None:
    """Run the handover in a forked process that dies, with no word to anybody, at a statement or so many seconds after it began."""

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_later() -> None:
        threading.Timer(later, die).start()

    with app.test_request_context("/", method="POST"):
        db.engine.dispose(close=False)
        with counting(at, die_later if later else die):
            run_as(story.manager, story.leaver, story.receivers)
    signal.pause()  # done and committed before its last moment came


@pytest.mark.slow
def test_a_kill_at_fifty_random_moments_leaves_all_or_nothing(app: Flask, story: Story) -> None:
    """Half die at a random statement of the transaction, half at a random time in and around it, whatever the machine is busy with."""
    chance, fork = Random(20261125), multiprocessing.get_context("fork")
    with app.test_request_context("/", method="POST"):
        for _ in ("cold", "warm"):  # a warm one asks less: what is kept in the process is not asked for again
            lines, begun = read_state(story)[3], time.monotonic()
            with counting() as count:
                done = run_as(story.manager, story.leaver, story.receivers)
            took, statements = time.monotonic() - begun, count[0]
            items, lines = done.moved, read_state(story)[3] - lines
            with acting_as(story.manager, source="form"):
                assert undoing.undo(done.id).state == "undone"
            db.session.remove()
        nothing, finished = read_state(story), 0
        assert nothing[0] == 0
        for turn in range(50):
            with app.app_context():
                db.engine.dispose()
            at, later = (chance.randint(1, statements), 0.0) if turn % 2 else (1, took * 1.2 * chance.random())
            child = fork.Process(target=run_in_child, args=(app, story, at, later), daemon=True)
            child.start()
            child.join(60)
            assert child.exitcode == -signal.SIGKILL, turn
            state = read_state(story)
            if later == 0.0:
                assert state == nothing, (turn, at)
            if state != nothing:
                assert state == (CUSTOMERS, nothing[1] + 1, nothing[2] + items, nothing[3] + lines), turn
                finished += 1
                with acting_as(story.manager, source="form"):
                    undone = undoing.undo(db.session.connection().execute(select(func.max(Handover.__table__.c.id))).scalar_one())
                    assert undone.state == "undone"
                db.session.remove()
                nothing = read_state(story)
        assert finished <= 25
        if not POSTGRES:
            with db.engine.connect() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


@pytest.mark.postgres
def test_readers_and_writers_of_other_rows_go_on_and_the_second_manager_gets_a_sentence(
    app: Flask, story: Story, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused, results = Paused(monkeypatch), {}
    with app.test_request_context("/", method="POST"):
        first, second = hand_over(story.manager, story.leaver, story.receivers), hand_over(story.admin, story.leaver, story.receivers)
        one = start(app, results, "first", first)
        assert paused.reached.wait(20)
        two = start(app, results, "second", second)
        with db.engine.connect() as connection:  # reads what is being moved, as it was, at once
            connection.execute(text("SET statement_timeout = 1000"))
            owners = connection.execute(select(Customer.__table__.c.owner_id).where(Customer.__table__.c.id.in_(story.customers))).scalars()
            assert set(owners) == {story.leaver}
            assert connection.execute(text("SELECT count(*) FROM activity")).scalar_one() > 900
        with acting_as(world.people["north1"], source="form"):
            db.session.execute(text("SET LOCAL lock_timeout = 1000"))
            db.session.scalars(select(Customer).where(Customer.id == world.signed["north1"])).one().remark = "written meanwhile"
            db.session.commit()
        assert "second" not in results  # it waits for the first
        paused.go_on.set()
        one.join(30)
        two.join(30)
    assert results["first"] >= CUSTOMERS
    assert isinstance(results["second"], RuleViolation)
    with app.app_context():
        assert read_state(story)[0:2] == (CUSTOMERS, 1)


@pytest.mark.skipif(bool(POSTGRES), reason="SQLite's own: one writer at a time, the others wait their turn")
def test_on_sqlite_nobody_gets_an_error_while_a_handover_runs(
    app: Flask, story: Story, world: World, monkeypatch: pytest.MonkeyPatch, sign_in: Any
) -> None:
    paused, results = Paused(monkeypatch), {}
    reader, writer = sign_in("north1"), sign_in("north1")
    with app.test_request_context("/", method="POST"):
        first = hand_over(story.manager, story.leaver, story.receivers)
        one = start(app, results, "first", first)
        assert paused.reached.wait(20)
    assert reader.get("/customers/").status_code == 200
    assert "Leaver" in save_meanwhile(app, paused, results, one, writer, world)


def save_meanwhile(app: Flask, paused: Paused, results: dict[str, Any], one: threading.Thread, writer: Any, world: World) -> str:
    """Save while the handover holds the lock; it is let go a moment later. Returns what the director reads then."""
    threading.Timer(0.5, paused.go_on.set).start()
    answer = writer.post(f"/customers/status/{world.lead['north1']}", {"status": "2"})
    one.join(30)
    assert answer.status_code == 302 and results["first"] >= CUSTOMERS
    with app.app_context():
        table = Customer.__table__.c
        return str(db.session.connection().execute(select(table.name).where(table.name.like("Leaver%")).limit(1)).scalar())
