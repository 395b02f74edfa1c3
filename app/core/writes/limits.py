"""What a column can hold, said once: lengths of texts and the days of our calendar. The gate asks it of every write, forms earlier."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, DateTime, String
from sqlalchemy.orm import class_mapper
from sqlalchemy.sql.elements import NamedColumn

from ..base.caches import once_each
from ..base.entities import Entity
from ..base.errors import NOT_SAVED, RuleViolation
from ..base.input_guard import is_text
from ..base.texts import clean
from .change import Change

MAX_TEXT = 20_000  # letters of a text column that names no limit of its own
FIRST_YEAR, LAST_YEAR = 1900, 2999
TOO_LONG = _l("At most %(n)s characters.")
DAY_OUT_OF_RANGE = _l("Enter a day between the years 1900 and 2999.")


def limit_of(column: NamedColumn) -> int:
    """Return how many characters a text column takes: of its type, or of its `info` where the database has no limit."""
    return int(getattr(column.type, "length", None) or column.info.get("max_length", MAX_TEXT))


def is_in_calendar(day: date) -> bool:
    """Tell whether a day (or instant) lies in the years that people enter and every screen can show."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


@once_each
def _find_texts(model: type[Entity]) -> tuple[tuple[str, int], ...]:
    columns = [(attribute.key, attribute.columns[0]) for attribute in class_mapper(model).column_attrs]
    return tuple((name, limit_of(column)) for name, column in columns if isinstance(column.type, String))


@once_each
def _find_days(model: type[Entity]) -> tuple[str, ...]:
    return tuple(one.key for one in class_mapper(model).column_attrs if isinstance(one.columns[0].type, Date | DateTime))


def check_days(change: Change) -> None:
    """Refuse a day (or instant) out of the calendar where it changes, before a rule reckons with it."""
    for name in _find_days(type(change.row)):
        value = getattr(change.row, name)
        if isinstance(value, date) and not is_in_calendar(value) and change.changed(name):
            raise RuleViolation(DAY_OUT_OF_RANGE, name)


def empty_invisible(change: Change) -> None:
    """Let a text of which nothing can be seen count as empty, so that the rules say what is missing."""
    for name, _limit in _find_texts(type(change.row)):
        value = getattr(change.row, name)
        if isinstance(value, str) and value and not clean(value[:100]) and not clean(value) and change.changed(name):
            setattr(change.row, name, "")


def check_texts(change: Change) -> None:
    """Refuse a text that is too long, or that no database can store, where it changes: older and longer ones stay as they are."""
    for name, limit in _find_texts(type(change.row)):
        value = getattr(change.row, name)
        if not isinstance(value, str) or (len(value) <= limit and is_text(value)) or not change.changed(name):
            continue
        raise RuleViolation(say_too_long(limit) if is_text(value) else NOT_SAVED, name)


def say_too_long(limit: int) -> str:
    """Return the sentence that says how many characters fit."""
    return str(TOO_LONG) % {"n": f"{limit:,}"}
