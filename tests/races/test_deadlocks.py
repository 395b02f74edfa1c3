"""Two requests that wait for each other's rows: the one that the database gives up is run again, and nobody is told."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.contracts.models import ContractAttachment
from app.core.access.viewer import as_system
from app.core.db import retrying
from app.core.writes import gate
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db

from ..conftest import Browser, RestClient
from ..factories import World


class Deadlock(Exception):
    """What psycopg raises, as far as we look at it."""

    sqlstate = "40P01"


@pytest.fixture
def first_try_fails(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the database give up the first flush of each request; return the tries."""
    tries: list[int] = []
    real = gate.check_kept

    def check(change: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("UPDATE", {}, Deadlock())
        real(change)

    monkeypatch.setattr(gate, "check_kept", check)
    return tries


def read_lines(app: Flask, model: str, row_id: int) -> int:
    """Return how many lines of history a row has by requests."""
    with app.app_context(), as_system():
        entry = HistoryEntry
        statement = select(func.count()).where(entry.model == model, entry.row_id == row_id, entry.way.in_(["api", "form", "action"]))
        return int(db.session.scalar(statement) or 0)


def test_rest_is_run_again_and_saves_once(app: Flask, world: World, first_try_fails: list[int]) -> None:
    answer = RestClient(app, "south1").send("PUT", f"customers/{world.lead['south1']}", {"address": "Canal Street"})
    assert (answer.status_code, answer.json["result"]["address"]) == (200, "Canal Street")
    assert (len(first_try_fails), read_lines(app, "Customer", world.lead["south1"])) == (2, 1)


def test_a_file_is_read_again_from_its_beginning(app: Flask, world: World, first_try_fails: list[int]) -> None:
    content = b"%PDF-1.4 the whole of it"
    browser = Browser(app).sign_in("south1")
    assert browser.post(f"/contracts/attach/{world.contract['south1']}", {"file": (io.BytesIO(content), "a.pdf")}).status_code == 302
    with app.app_context(), as_system():
        assert [file.size for file in db.session.scalars(select(ContractAttachment))] == [len(content)]


def test_a_form_is_told_only_when_every_try_failed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fail(_change: Any) -> None:
        tries.append(1)
        raise OperationalError("UPDATE", {}, Deadlock())

    monkeypatch.setattr(gate, "check_kept", fail)
    answer = RestClient(app, "south1").send("PUT", f"customers/{world.lead['south1']}", {"address": "Canal Street"})
    assert answer.status_code == 409
    assert len(tries) == retrying.TRIES
    assert read_lines(app, "Customer", world.lead["south1"]) == 0


@pytest.mark.postgres
def test_a_real_deadlock_is_answered_twice_with_200(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = {world.lead["south1"]: world.lead["south2"], world.lead["south2"]: world.lead["south1"]}
    barrier, met, real = threading.Barrier(2), [], gate.check_kept

    def cross(change: Any) -> None:
        real(change)
        if len(met) < 2:  # the first try of each: hold one's own row, then want the other's
            met.append(1)
            barrier.wait(10)
            change.facts.get(Customer, pairs[change.row.id], lock=True)

    monkeypatch.setattr(gate, "check_kept", cross)
    clients = {name: RestClient(app, name) for name in ("south1", "south2")}

    def change(name: str) -> int:
        return int(clients[name].send("PUT", f"customers/{world.lead[name]}", {"address": f"{name} Street"}).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(change, clients)) == [200, 200]
    with app.app_context(), as_system():
        found = {row.id: row.address for row in db.session.scalars(select(Customer).where(Customer.id.in_(pairs)))}
    assert found == {world.lead[name]: f"{name} Street" for name in clients}
    assert [read_lines(app, "Customer", pk) for pk in pairs] == [1, 1]
