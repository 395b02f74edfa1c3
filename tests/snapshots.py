"""What the database holds, read past every scope: tests compare it before and after a request."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import LargeBinary, inspect, select

from app.extensions import db

# Moved by signing in and by reading, not by what a request asks to write.
UNWATCHED_TABLES = {"sign_in_try", "alembic_version", "ab_register_user"}
UNWATCHED_COLUMNS = {"ab_user": {"last_login", "login_count", "fail_login_count", "changed_on"}}

Rows = dict[str, frozenset[tuple[Any, ...]]]


def take_snapshot(app: Flask, *tables: str) -> Rows:
    """Return every row of the named tables (of all watched ones when none is named); of an older database the columns that it has."""
    found: Rows = {}
    with app.app_context(), db.engine.connect() as connection:
        there = {name: {column["name"] for column in inspect(connection).get_columns(name)} for name in tables}
        for table in db.metadata.sorted_tables:
            if table.name in UNWATCHED_TABLES or (tables and table.name not in tables):
                continue
            hidden = UNWATCHED_COLUMNS.get(table.name, set())
            columns = [column for column in table.c if column.name not in hidden and not isinstance(column.type, LargeBinary)]
            if table.name in there:
                columns = [column for column in columns if column.name in there[table.name]]
            found[table.name] = frozenset(tuple(row) for row in connection.execute(select(*columns)))
    return found


def list_changes(before: Rows, after: Rows) -> dict[str, int]:
    """Return how many rows differ, by table; tables that are the same are left out."""
    return {name: len(before[name] ^ after[name]) for name in before if before[name] != after[name]}
