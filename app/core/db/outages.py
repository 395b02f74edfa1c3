"""What an outage of the database is, and what a request that met one may say of what it was saving."""

from __future__ import annotations

from flask import g, has_request_context, request
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OUTAGES = (OperationalError, InterfaceError, PoolTimeout)
# Execution option of a connection whose COMMIT saves nothing that a person has sent, such as the count of sign-ins.
BOOKKEEPING = "bookkeeping"


def is_outage(error: BaseException) -> bool:
    """Tell whether an error means that the database is away, or cannot be had just now."""
    return isinstance(error, OUTAGES) and not is_our_mistake(getattr(error, "orig", None))


def is_our_mistake(driver_error: BaseException | None) -> bool:
    """Tell whether SQLite calls a statement wrong (“no such column”), which it does by the same kind of error as an outage."""
    return getattr(driver_error, "sqlite_errorname", None) == "SQLITE_ERROR"


def is_reading() -> bool:
    """Tell whether the present request is one that saves nothing."""
    return has_request_context() and request.method in READING


def note_saved() -> None:
    """Note that this request has saved what it came for: what follows reads what its answer shows, and takes no write lock for that."""
    if has_request_context():
        g.only_answers = True


def only_answers() -> bool:
    """Tell whether this request has saved what it came for."""
    return has_request_context() and bool(g.get("only_answers"))


def install(engine: Engine) -> None:
    """Note of each request whether a COMMIT of what it saves has been asked for."""

    @event.listens_for(engine, "commit")
    def note(connection: Connection) -> None:
        # Called before COMMIT is sent: from here until the server answers it is unknown whether it has committed.
        if has_request_context() and not is_reading() and not connection.get_execution_options().get(BOOKKEEPING):
            g.has_begun_to_save = True


def has_begun_to_save() -> bool:
    """Tell whether something of this request was saved, or may have been: a COMMIT was sent."""
    return bool(g.get("has_begun_to_save"))
