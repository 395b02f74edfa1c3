"""What the database holds, read past every scope: tests compare it before and after a request."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask
from sqlalchemy import Connection, LargeBinary, Table, inspect, select

from app.extensions import db

# Moved by signing in and by reading, not by what a request asks to write.
UNWATCHED_TABLES = {"sign_in_try", "alembic_version", "ab_register_user"}
UNWATCHED_COLUMNS = {"ab_user": {"last_login", "login_count", "fail_login_count", "changed_on"}}

Rows = dict[str, frozenset[tuple[Any, ...]]]


@cache
def _write_select(table: Table, dialect: str) -> str:
    """Return the statement that reads a table's watched columns, written once: thousands of snapshots a run send it."""
    del dialect  # tells the databases apart
    hidden = UNWATCHED_COLUMNS.get(table.name, set())
    columns = [column for column in table.c if column.name not in hidden and not isinstance(column.type, LargeBinary)]
    return str(select(*columns).compile(db.engine))


def _write_older_select(connection: Connection, table: Table) -> str:
    """Return the same for the columns that the database has."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    hidden = UNWATCHED_COLUMNS.get(table.name, set())
    return str(select(*(column for column in table.c if column.name in there - hidden)).compile(connection))


def take_snapshot(app: Flask, *tables: str) -> Rows:
    """Return every row of the named tables (of all watched ones when none is named), as the driver gives it.

    Of named tables those columns are read that the database has, which may be an older one.
    """
    found: Rows = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            if table.name in UNWATCHED_TABLES or (tables and table.name not in tables):
                continue
            statement = _write_older_select(connection, table) if tables else _write_select(table, connection.dialect.name)
            found[table.name] = frozenset(connection.exec_driver_sql(statement).cursor.fetchall())
    return found


def list_changes(before: Rows, after: Rows) -> dict[str, int]:
    """Return how many rows differ, by table; tables that are the same are left out."""
    return {name: len(before[name] ^ after[name]) for name in before if before[name] != after[name]}
