"""The connection: whether an idle one is asked if it lives, and that PostgreSQL's prepared statements outlive a request."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.core.db import engine
from app.extensions import db

from .factories import World

pytestmark = pytest.mark.postgres


def cut_connections() -> None:
    """End every other connection to the database, as a restart of the server does."""
    with db.engine.connect() as connection:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(ended))


def use_two_connections() -> None:
    """Leave two connections in the pool."""
    with db.engine.connect() as first, db.engine.connect() as second:
        first.execute(text("SELECT 1"))
        second.execute(text("SELECT 1"))


def test_a_connection_that_died_while_idle_is_replaced(app: Flask, world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_in("south1")
    with app.app_context():
        use_two_connections()
        cut_connections()
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0.0)
    assert [browser.get("/customers/").status_code for _ in range(3)] == [200, 200, 200]


def test_a_connection_that_died_a_moment_ago_costs_one_sentence(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    with app.app_context():
        use_two_connections()
        cut_connections()
    answers = [browser.get("/customers/").status_code for _ in range(3)]
    assert answers[1:] == [200, 200] and answers[0] in (200, 503)


def test_the_statement_of_every_request_keeps_its_plan(app: Flask, world: World, sign_in: Any) -> None:
    browser, ends = sign_in("south1"), []
    with app.app_context():
        event.listen(db.engine, "commit", lambda _connection: ends.append("commit"))
        event.listen(db.engine, "rollback", lambda _connection: ends.append("rollback"))
        db.engine.dispose()
    for _ in range(2):
        assert browser.get("/customers/").status_code == 200
    assert ends == ["commit", "commit"]
    with app.app_context(), db.engine.connect() as connection:
        kept = connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    assert any("ab_user.session_epoch" in statement for statement in kept)
    assert not any("FROM customer" in statement for statement in kept)
