"""What is wrong with the values of a REST request, in the reader's language: marshmallow says it in English alone."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

_WORDS = {
    "Unknown field.": _l("There is no such field."),
    "Missing data for required field.": _l("This field is needed."),
    "Field may not be null.": _l("This field cannot be empty."),
    "Not a valid string.": _l("Send a text."),
    "Not a valid integer.": _l("Send a whole number."),
    "Not a valid number.": _l("Send a number."),
    "Special numeric values (nan or infinity) are not permitted.": _l("Send a number."),
    "Number too large.": _l("This number is too large."),
    "Not a valid boolean.": _l("Send true or false."),
    "Not a valid date.": _l("This is not a day of the calendar."),
    "Not a valid datetime.": _l("This is not a time, as in 2026-01-31T09:30:00."),
}
_TOO_LONG = re.compile(r"Longer than maximum length (\d+)\.")
TOO_LONG, NOT_FITTING = _l("At most %(n)s characters."), _l("This value does not fit.")


def say_misfits(found: Any) -> Any:
    """Return marshmallow's messages (by field, nested as it nests them) as sentences for the reader."""
    if isinstance(found, dict):
        return {str(name): say_misfits(part) for name, part in found.items()}
    if isinstance(found, list):
        return [say_misfits(part) for part in found]
    too_long = _TOO_LONG.fullmatch(str(found))
    return str(TOO_LONG) % {"n": too_long[1]} if too_long else str(_WORDS.get(str(found), NOT_FITTING))
