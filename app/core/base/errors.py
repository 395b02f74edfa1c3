"""Refusals: what the gate raises, and how a database constraint becomes a sentence."""

from __future__ import annotations

import errno
import re

from click import ClickException
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError, IntegrityError

from ...extensions import db
from .entities import Entity
from .i18n import Words


class SetupRefused(ClickException):
    """Raise when an installation cannot be prepared; the text tells whoever started the command what to do."""

    exit_code = 2


class RuleViolation(Exception):
    """Say why a change is refused: a sentence a clerk understands, and the field it belongs to."""

    status = 422

    def __init__(self, message: Words, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class LimitedAnswer(RuleViolation):
    """Refuse with a sentence that tells something of a row outside the person's reach; rate-limited and recorded (writes.probes)."""

    def __init__(self, message: Words, field: str | None, hidden: Entity) -> None:
        super().__init__(message, field)
        self.model, self.row_id = type(hidden), hidden.id


class AccessDenied(RuleViolation):
    """Refuse because the person lacks the right to this action, whatever the row."""

    status = 403


class HiddenRow(RuleViolation):
    """Refuse because the row is outside the person's reach. Looks like a row that does not exist."""

    status = 404


class StaleRow(RuleViolation):
    """Refuse because someone else saved the row after it was read."""

    status = 409


class Busy(RuleViolation):
    """Refuse because others are being served just now; the same request may be sent again after `retry_after` seconds."""

    status = 429
    retry_after = 3  # seconds


class StorageFault(RuleViolation):
    """Refuse because the disk below the database (or for temporary files) is full or broken: what was typed is not at fault."""

    status = 507


SAVED_MEANWHILE = _l("Someone else saved this meanwhile.")
UNIQUE = _l("Another entry has this value already. It may lie in the bin, or be one that you do not see.")
NAME_TAKEN = _l("Another entry has this name already, or one that reads the same. Choose another.")
STILL_USED = _l("Other entries still refer to this one.")
NOT_SAVED = _l("This could not be saved: a value does not fit the others.")

DISK_FULL = _l("The server's disk is full. Nothing was saved. Tell IT; once there is room, save again.")
DISK_FAULT = _l("The server's disk reports a fault. Nothing was saved. Tell IT at once, then try again.")
# What the drivers say: SQLite in words, PostgreSQL by SQLSTATE (disk_full, io_error), the system by number.
_DISK_WORDS = {
    "database or disk is full": DISK_FULL,
    "disk I/O error": DISK_FAULT,
    "attempt to write a readonly database": DISK_FAULT,  # a file system that has met a fault is often mounted anew to read only
}
_DISK_STATES = {"53100": DISK_FULL, "58030": DISK_FAULT}
_DISK_NUMBERS = {errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL, errno.EIO: DISK_FAULT, errno.EROFS: DISK_FAULT}

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\S+)")


def read_constraint_name(error: IntegrityError) -> str:
    """Return the constraint's name, spelled as our naming convention does, or '' when the driver does not tell."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:  # PostgreSQL's; SQLite has words alone
        return diagnosis.constraint_name or ""
    text = str(error.orig)
    if found := _SQLITE_CHECK.search(text):
        return found.group(1)
    if found := _SQLITE_UNIQUE.search(text):
        columns = [part.strip().split(".") for part in found.group(1).split(",")]
        return f"uq_{columns[0][0]}_" + "_".join(column for _, column in columns)
    return ""


def find_unique_field(name: str) -> str | None:
    """Return the field of a unique constraint that our convention names `uq_<table>_<column>`; None when it is of several."""
    columns = [(f"uq_{table.name}_{column.name}", column.name) for table in db.metadata.tables.values() for column in table.columns]
    return next((column.removesuffix("_id") for known, column in columns if known == name), None)


def translate_integrity_error(error: IntegrityError) -> RuleViolation:
    """Return the refusal that a clerk understands for a broken constraint; never SQL text."""
    name = read_constraint_name(error)
    if name == "uq_identity_kind_scope_key":
        return RuleViolation(NAME_TAKEN)
    if name.startswith("uq_"):
        return RuleViolation(UNIQUE, find_unique_field(name))
    if "FOREIGN KEY" in str(error.orig).upper():
        return RuleViolation(STILL_USED)
    return RuleViolation(NOT_SAVED)


def find_storage_fault(error: BaseException | None) -> StorageFault | None:
    """Return the refusal for a disk that is full or broken; None for any other error, a database that is away among them.

    The error may stand behind another one (an XLSX writer's, for example).
    """
    while error is not None:
        if isinstance(error, StorageFault):
            return error
        if (sentence := find_disk_sentence(error)) is not None:
            return StorageFault(sentence)
        error = error.__cause__ or error.__context__
    return None


def find_disk_sentence(error: BaseException) -> Words | None:
    """Return what a clerk is told when this error itself speaks of the disk; None for any other."""
    if isinstance(error, OSError):
        return _DISK_NUMBERS.get(error.errno or 0)
    if not isinstance(error, DBAPIError):
        return None
    if (state := getattr(error.orig, "sqlstate", None)) in _DISK_STATES:
        return _DISK_STATES[state]
    return next((sentence for words, sentence in _DISK_WORDS.items() if str(error.orig).startswith(words)), None)
