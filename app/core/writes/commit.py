"""Commit a change that came by a screen: refusals become field errors, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from ...extensions import db
from ..access.viewer import from_source
from ..base.errors import (
    NOT_SAVED,
    SAVED_MEANWHILE,
    AccessDenied,
    HiddenRow,
    LimitedAnswer,
    RuleViolation,
    StaleRow,
    find_storage_fault,
    translate_integrity_error,
)
from ..db.outages import note_saved
from ..db.retrying import Collision, is_deadlock, may_retry
from .probes import write_down
from .resending import AlreadySent, is_resent

BUSY = _l("Someone else is saving the same entries. Nothing was changed; try again.")
COLLISIONS = frozenset({"40P01", "40001", "55P03"})  # PostgreSQL: deadlock, serialization, lock not available


@contextmanager
def refusals() -> Iterator[None]:
    """Translate what the gate or the database raises in the block into a refusal that a clerk understands, and roll back.

    Raises RuleViolation and its kinds; AlreadySent for a form whose idempotency token was used before; Collision for a deadlock
    that a retry may resolve.
    """
    try:
        yield
    except AlreadySent:
        db.session.rollback()
        raise
    except RuleViolation as refusal:
        _roll_back()
        if isinstance(refusal, LimitedAnswer):
            write_down(db.session(), refusal)
        raise
    except IntegrityError as error:
        _roll_back()
        raise translate_integrity_error(error) from error
    except StaleDataError as error:
        _roll_back()
        raise StaleRow(SAVED_MEANWHILE) from error
    except DataError as error:
        _roll_back()
        raise RuleViolation(NOT_SAVED) from error
    except OperationalError as error:
        db.session.rollback()
        if is_deadlock(error) and may_retry():
            raise Collision from error
        if is_collision(error):
            raise StaleRow(BUSY) from error
        fault = find_storage_fault(error)
        if fault is not None:
            current_app.logger.error("Nothing was saved, because of the disk: %s", str(error.orig).split("\n", 1)[0])
            raise fault from error
        raise


def _roll_back() -> None:
    """Roll back what is refused. Raises AlreadySent when an earlier request saved this very form: then nothing is wrong."""
    db.session.rollback()
    if is_resent():
        db.session.rollback()
        raise AlreadySent


def is_collision(error: OperationalError) -> bool:
    """Tell whether a lock or a serialization conflict made the write fail, as opposed to a database that is away."""
    return getattr(error.orig, "sqlstate", "") in COLLISIONS or "database is locked" in str(error.orig)


def commit() -> None:
    """Commit the session. Raises RuleViolation and its kinds, after rolling back."""
    with refusals():
        db.session.commit()
    note_saved()


def find_refusal(source: str) -> RuleViolation | None:
    """Commit a change that came from this source; return why it was refused, None when it was saved. A row out of reach is a 404."""
    try:
        with from_source(source):
            commit()
    except RuleViolation as refusal:
        if refusal.status == 404:
            abort(404)
        return refusal
    return None


def attach(refusal: RuleViolation, form: FlaskForm) -> list[str]:
    """Put a refusal on its form field; return the sentences that belong to no field.

    A hidden row answers 404 and a missing right 403 (a sentence of its own stays with the form).
    """
    if isinstance(refusal, HiddenRow):
        abort(404)
    if isinstance(refusal, AccessDenied) and refusal.field is None:
        abort(403)
    if refusal.field is not None and refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, str(refusal)]
        return []
    return [str(refusal)]


def say_saved(name: str) -> str:
    """Return “X saved”."""
    return _("%(name)s saved", name=name)
