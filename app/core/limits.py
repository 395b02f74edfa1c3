"""What a column can hold, said once: lengths of texts and the days of our calendar. The gate asks it of every write, forms earlier."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, DateTime, String, inspect

from .change import Change
from .errors import NOT_SAVED, RuleViolation
from .reading import is_text

MAX_TEXT = 20_000  # letters of a text column that names no limit of its own
FIRST_YEAR, LAST_YEAR = 1900, 2999
TOO_LONG = _l("At most %(n)s characters.")
DAY_OUT_OF_RANGE = _l("Enter a day between the years 1900 and 2999.")


def limit_of(column: Any) -> int:
    """Return how many characters a text column takes: of its type, or of its `info` where the database has no limit."""
    return int(column.type.length or column.info.get("max_length", MAX_TEXT))


def is_in_calendar(day: date) -> bool:
    """Tell whether a day (or instant) lies in the years that people enter and every screen can show."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


@cache
def _find_bounded(model: Any) -> tuple[tuple[str, int | None], ...]:
    """Return (attribute, limit) of a model's bounded columns; a day has no limit in characters."""
    found: list[tuple[str, int | None]] = []
    for attribute in inspect(model).column_attrs:
        column = attribute.columns[0]
        if isinstance(column.type, String):
            found.append((attribute.key, limit_of(column)))
        elif isinstance(column.type, Date | DateTime):
            found.append((attribute.key, None))
    return tuple(found)


def check_values(change: Change) -> None:
    """Refuse a text that is too long and a day out of the calendar, where they change: older rows stay as they are."""
    row = change.row
    model: Any = type(row)
    for name, limit in _find_bounded(model):
        value = getattr(row, name)
        if value is None or isinstance(value, int):
            continue
        if isinstance(value, str):
            if (len(value) > (limit or MAX_TEXT) or not is_text(value)) and change.changed(name):
                raise RuleViolation(say_too_long(limit or MAX_TEXT) if is_text(value) else NOT_SAVED, name)
        elif isinstance(value, date) and not is_in_calendar(value) and change.changed(name):
            raise RuleViolation(DAY_OUT_OF_RANGE, name)


def say_too_long(limit: int) -> str:
    """Return the sentence that says how many characters fit."""
    return str(TOO_LONG) % {"n": f"{limit:,}"}
