"""The connection to the database: SQLite's pragmas, PostgreSQL's prepared statements, a test of connections that stood idle."""

from __future__ import annotations

from time import monotonic

from flask import Flask, Response, current_app
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from ...extensions import db
from . import watchdog
from .outages import OUTAGES, is_reading, only_answers

IDLE_SECONDS = 1.0
# Execution option of a statement to be prepared: its best plan never depends on its values.
PREPARE_OPTION = "prepare"


def prepare_engine(engine: Engine, app: Flask) -> None:
    """Fit a new engine for its database."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _test_idle_connections(engine)
        _prepare_statements(engine)
        app.after_request(end_reading)


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite enforce foreign keys and wait for other writers: WAL, and writers begin IMMEDIATE."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=15000", "synchronous=NORMAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only") or is_reading() or only_answers()
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _test_idle_connections(engine: Engine) -> None:
    """Ask a connection that stood idle whether it lives; one used a moment ago is not asked again.

    SQLAlchemy's own `pool_pre_ping` would ask at every checkout.
    """

    @event.listens_for(engine, "checkin")
    def note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def test(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or monotonic() - used_at < IDLE_SECONDS:
            return
        try:
            watchdog.ping(engine, connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool tries the next, on a new connection


def _prepare_statements(engine: Engine) -> None:
    """Let psycopg prepare, once a connection, the inserts and what bears PREPARE_OPTION: PostgreSQL then reuses one generic plan.

    Every other statement is planned by its values: the generic plan of a search or a filter suits the average word and is slow for
    the rare one.
    """

    @event.listens_for(engine, "before_cursor_execute")
    def choose(
        _connection: Connection, cursor: DBAPICursor, _statement: str, _parameters: object,
        context: DefaultExecutionContext | None, _many: bool,
    ) -> None:  # fmt: skip
        is_prepared = context is not None and (context.isinsert or context.execution_options.get(PREPARE_OPTION))
        cursor.connection.prepare_threshold = 0 if is_prepared else None


def end_reading(response: Response) -> Response:
    """End a reader's transaction by COMMIT: at a ROLLBACK psycopg drops its prepared statements. Others end by ROLLBACK.

    The answer is complete by now. A database that has gone meanwhile changes nothing of it, so it is sent.
    """
    session = db.session
    if not session.registry.has() or not session().in_transaction():
        return response
    has_changes = session.new or session.dirty or session.deleted
    try:
        if is_reading() and response.status_code < 400 and not has_changes:
            session.commit()
        else:
            session.rollback()
    except OUTAGES:
        current_app.logger.exception("The database went away at the end of an answer.")
        session.remove()
    return response
