"""What may have crossed between two people over REST is listed, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from app.core.writes.history import HistoryEntry
from app.extensions import db
from app.oversight.doctor import find_crossings

from ..factories import World

AT = datetime(2026, 11, 20, 9, 0)
LINE = {"at": AT, "actor_id": 2, "way": "api", "batch": None, "model": "Customer", "row_id": 1, "kind": "edit", "field": "address",
        "old": None, "new": "Canal Street 5"}  # fmt: skip
OTHER = {**LINE, "actor_id": 3, "row_id": 2}


def write(app: Flask, *lines: dict[str, Any]) -> None:
    """Enter lines of history as the former version did."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(insert(HistoryEntry.__table__), list(lines))


def run(app: Flask) -> list[tuple[int, int]]:
    """Return the records of each pair that is listed."""
    with app.app_context(), db.engine.connect() as connection:
        return [(pair.one.row_id, pair.other.row_id) for pair in find_crossings(connection)]


@pytest.mark.parametrize("seconds", [0, 1])
def test_the_same_value_of_two_people_in_two_records_is_listed(app: Flask, world: World, seconds: int) -> None:
    write(app, LINE, {**OTHER, "at": AT + timedelta(seconds=seconds)})
    assert run(app) == [(1, 2)]
    done = app.test_cli_runner().invoke(args=["crm", "doctor"])
    assert done.exit_code == 1 and "Customer.address: record 1 by person 2 and record 2 by person 3" in done.output
    assert "Canal Street" not in done.output


@pytest.mark.parametrize(
    "changed",
    [{"at": AT + timedelta(seconds=2)}, {"actor_id": 2}, {"row_id": 1}, {"new": "Elsewhere 6"}, {"field": "remark"}, {"model": "Contract"},
     {"way": "form"}],
)  # fmt: skip
def test_what_differs_in_any_of_it_is_not(app: Flask, world: World, changed: dict[str, Any]) -> None:
    write(app, LINE, {**OTHER, **changed})
    assert run(app) == []


def test_each_pair_of_three_is_listed(app: Flask, world: World) -> None:
    write(app, LINE, OTHER, {**LINE, "actor_id": 4, "row_id": 3, "at": AT + timedelta(seconds=1)})
    assert sorted(run(app)) == [(1, 2), (1, 3), (2, 3)]
