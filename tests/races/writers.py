"""Several people write at the same moment, round after round, each into records of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.writes.history import HistoryEntry
from app.extensions import db

from ..conftest import POSTGRES

ROUNDS = 200 if POSTGRES else 10  # SQLite has one writer at a time; PostgreSQL is where requests overlap
WAIT = 60


@dataclass(frozen=True)
class Saved:
    """One acknowledged write: who saved which text into which row."""

    person: str
    row_id: int
    text: str


Write = Callable[[str, str], Saved]


def race(people: list[str], write: Write, rounds: int = ROUNDS) -> list[Saved]:
    """Let everybody write once a round, all at the same moment; return what was acknowledged, in each person's order."""
    barrier = threading.Barrier(len(people))

    def work(person: str) -> list[Saved]:
        found = []
        for turn in range(rounds):
            barrier.wait(WAIT)
            found.append(write(person, f"{person} wrote this in round {turn}"))
        return found

    with ThreadPoolExecutor(len(people)) as pool:
        return [saved for part in pool.map(work, people) for saved in part]


def read_texts(app: Flask, model: type[Any], field: str) -> dict[int, str]:
    """Return the text of every row, as the database has it."""
    table = model.__table__
    with app.app_context(), db.engine.connect() as connection:
        return {row.id: row[1] for row in connection.execute(select(table.c.id, table.c[field]))}


def list_wrong(app: Flask, model: type[Any], field: str, saved: list[Saved], ids: dict[str, int]) -> list[str]:
    """Return in words every acknowledged write that is lost or stands in another's row or another's line of history."""
    texts = read_texts(app, model, field)
    last = {one.row_id: one for one in saved}
    wrong = [f"row {key} has {texts[key]!r}, saved was {one.text!r}" for key, one in last.items() if texts[key] != one.text]
    with app.app_context(), db.engine.connect() as connection:
        entry = HistoryEntry.__table__.c
        lines = connection.execute(
            select(entry.row_id, entry.actor_id, entry.kind, entry.new, entry.field).where(
                entry.model == model.__name__, entry.row_id.in_(list(last)), entry.way != "import"
            )
        ).all()
    by_text = {(one.row_id, one.text): one for one in saved}
    for line in lines:
        if line.field != field:
            continue
        one = by_text.pop((line.row_id, line.new), None)
        if one is None or ids[one.person] != line.actor_id:
            wrong.append(f"history of row {line.row_id}: {line.new!r} by {line.actor_id}")
    changed = {one for one in by_text.values() if one.row_id in {line.row_id for line in lines if line.field == field}}
    wrong += [f"no line of history for {one.text!r} in row {one.row_id}" for one in changed]
    return wrong
