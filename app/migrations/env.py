"""Alembic's environment: our engine, our metadata, batch mode for SQLite."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from app.extensions import db


def has_trigrams(connection: Connection) -> bool:
    """Tell whether this PostgreSQL can index parts of words (extension pg_trgm, part of postgresql-contrib)."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")).first() is not None


def run() -> None:
    """Run the migrations on the app's database; one at a time, whatever the number of processes."""
    engine = db.engine
    with engine.connect() as connection:
        trigrams = has_trigrams(connection)

        def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
            return trigrams or not (kind == "index" and name is not None and name.endswith("_trgm"))

        connection.rollback()
        options = current_app.extensions["migrate"].configure_args
        context.configure(connection=connection, target_metadata=db.metadata, include_object=include_object, **options)
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(7261)"))
            context.run_migrations()


run()
