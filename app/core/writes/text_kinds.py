"""Texts that more than one module holds: phone numbers and mail addresses."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from ..base.errors import RuleViolation
from ..base.texts import clean_narrow
from .fields import TextRule

MAIL_BAD = _l("This is not a mail address.")
PHONE_BAD = _l("This is not a phone number: at least three digits, with blanks and signs, and ext before an extension.")
# One @, and behind it names parted by single dots.
_MAIL = re.compile(r"[^@\s,;]+@[^@\s.,;]+(\.[^@\s.,;]+)+")
_PHONE = re.compile(r"([0-9 +()/.,;:*#、-]|转|轉|分机|分機|[eE][xX][tT]|[xX])+")
_MIN_DIGITS = 3


def mail(limit: int, **said: Any) -> TextRule:
    """Return the definition of a mail address."""
    return TextRule(limit, pattern=_MAIL, bad=MAIL_BAD, keyboard="email", **said)


def phone(limit: int, **said: Any) -> TextRule:
    """Return the definition of a phone number, of several, or of one with its extension."""
    return TextRule(limit, clean=_clean_phone, pattern=_PHONE, bad=PHONE_BAD, keyboard="tel", **said)


def _clean_phone(text: str) -> str:
    """Return the number in plain digits and signs; refuse one of fewer than three digits."""
    plain = clean_narrow(text)
    if plain and sum(letter in "0123456789" for letter in plain) < _MIN_DIGITS:
        raise RuleViolation(PHONE_BAD)
    return plain
