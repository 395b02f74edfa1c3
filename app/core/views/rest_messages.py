"""What is wrong with the values of a REST request, in the reader's language: each field of a body's reader carries our sentences."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

NOT_FITTING = _l("This value does not fit.")
UNKNOWN_FIELD = _l("There is no such field.")
# Python type of a column -> what is expected of it.
EXPECTED: dict[type[Any], Any] = {
    str: _l("Send a text."),
    int: _l("Send a whole number."),
    Decimal: _l("Send a number."),
    bool: _l("Send true or false."),
    date: _l("This is not a day of the calendar."),
    datetime: _l("This is not a time, as in 2026-01-31T09:30:00."),
}
# marshmallow's name of what is wrong -> the sentence, whatever the type; `invalid` is the type's own.
SENTENCES: dict[str, Any] = {
    "required": _l("This field is needed."),
    "null": _l("This field cannot be empty."),
    "too_large": _l("This number is too large."),
    "special": EXPECTED[Decimal],  # NaN or infinity
    "validator_failed": NOT_FITTING,
    "invalid_utf8": NOT_FITTING,
    "invalid_awareness": NOT_FITTING,
    "format": NOT_FITTING,
}
BODY_SENTENCES: dict[str, Any] = {"unknown": UNKNOWN_FIELD, "type": NOT_FITTING}


def sentences_for(column: Any) -> dict[str, Any]:
    """Return the `error_messages` of the field that reads a column (None: a field of no column)."""
    kind = column.type.python_type if column is not None else object
    return {**SENTENCES, "invalid": EXPECTED.get(kind, NOT_FITTING)}


def say_misfits(found: Any) -> Any:
    """Return marshmallow's messages by field, each field's as a list, in the reader's language."""
    if isinstance(found, dict):
        return {str(name): say_misfits(part) for name, part in found.items()}
    return [str(one) for one in (found if isinstance(found, list) else [found])]
