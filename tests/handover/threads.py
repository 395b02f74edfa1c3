"""Handovers in threads: one that stands still before it commits, and what others do meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.core.access.viewer import acting_as
from app.core.base.errors import RuleViolation
from app.extensions import db
from app.handover import moving
from app.handover.holdings import holdings_for
from app.handover.queries import read_moves

from .conftest import make_plan


class Paused:
    """Holds a handover after its rows have moved and before it commits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        finish = moving._finish

        def wait(*args: Any) -> None:
            finish(*args)
            self.reached.set()
            self.go_on.wait(20)

        monkeypatch.setattr(moving, "_finish", wait)


def start(app: Flask, results: dict[str, Any], name: str, work: Any) -> threading.Thread:
    """Run work in a thread with a request of its own; keep what it returns or raises."""

    def run() -> None:
        with app.test_request_context("/", method="POST"):
            try:
                results[name] = work()
            except (RuleViolation, DBAPIError) as error:
                db.session.rollback()
                results[name] = error
            db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def start_and_wait(app: Flask, results: dict[str, Any], name: str, work: Any) -> threading.Thread:
    """Run work in a thread; see that after a while it still waits for what the caller has locked."""
    thread = start(app, results, name, work)
    thread.join(0.7)
    assert thread.is_alive() and name not in results
    return thread


def hand_over(person: int, leaver: int, receivers: tuple[int, ...], **fields: Any) -> Any:
    """Return a function that previews now and runs when called."""
    with acting_as(person, source="form") as viewer:
        holdings = holdings_for(viewer)
        plan = make_plan(holdings, leaver, receivers, **fields)
        _moves, seen = read_moves(holdings, plan, viewer)
    db.session.remove()

    def run() -> int:
        with acting_as(person, source="form"):
            return moving.run(plan, holdings, seen).moved

    return run
