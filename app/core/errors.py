"""Refusals: what the gate raises, and how a database constraint becomes a sentence."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError


class RuleViolation(Exception):
    """Say why a change is refused: a sentence a clerk understands, and the field it belongs to."""

    status = 422

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class AccessDenied(RuleViolation):
    """Refuse because the person lacks the right to this action, whatever the row."""

    status = 403


class HiddenRow(RuleViolation):
    """Refuse because the row is outside the person's reach. Looks like a row that does not exist."""

    status = 404


class StaleRow(RuleViolation):
    """Refuse because someone else saved the row after it was read."""

    status = 409


UNIQUE = _l("This value is already in use.")
STILL_USED = _l("Other entries still refer to this one.")
NOT_SAVED = _l("This could not be saved: a value does not fit the others.")

_sentences: dict[str, tuple[Any, str | None]] = {}
_PG_NAME = re.compile(r'constraint "([^"]+)"')
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\S+)")


def explain_constraint(name: str, sentence: Any, field: str | None = None) -> None:
    """Register the sentence that tells a clerk what the constraint of this name refuses."""
    _sentences[name] = (sentence, field)


def read_constraint_name(error: IntegrityError) -> str:
    """Return the constraint's name, spelled as our naming convention does, or '' when the driver does not tell."""
    text = str(error.orig)
    if found := _PG_NAME.search(text):
        return found.group(1)
    if found := _SQLITE_CHECK.search(text):
        return found.group(1)
    if found := _SQLITE_UNIQUE.search(text):
        columns = [part.strip().split(".") for part in found.group(1).split(",")]
        return f"uq_{columns[0][0]}_" + "_".join(column for _, column in columns)
    return ""


def translate_integrity_error(error: IntegrityError) -> RuleViolation:
    """Return the refusal that a clerk understands for a broken constraint; never SQL text."""
    name = read_constraint_name(error)
    if name in _sentences:
        return RuleViolation(*_sentences[name])
    if name.startswith("uq_"):
        return RuleViolation(UNIQUE)
    if "FOREIGN KEY" in str(error.orig).upper():
        return RuleViolation(STILL_USED)
    return RuleViolation(NOT_SAVED)
