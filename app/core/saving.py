"""Commit a change that came by a screen: refusals become field errors, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from ..extensions import db
from .errors import NOT_SAVED, AccessDenied, HiddenRow, RuleViolation, StaleRow, translate_integrity_error

SAVED_MEANWHILE = _l("Someone else saved this meanwhile.")


def commit() -> None:
    """Commit the session; raise the refusal that a clerk understands for whatever the gate or the database says.

    Raises RuleViolation and its kinds, after rolling back.
    """
    try:
        db.session.commit()
    except RuleViolation:
        db.session.rollback()
        raise
    except IntegrityError as error:
        db.session.rollback()
        raise translate_integrity_error(error) from error
    except StaleDataError as error:
        db.session.rollback()
        raise StaleRow(SAVED_MEANWHILE) from error
    except DataError as error:
        db.session.rollback()
        raise RuleViolation(NOT_SAVED) from error


def attach(refusal: RuleViolation, form: Any) -> list[str]:
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
