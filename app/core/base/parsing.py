"""Numbers, days, instants and times of day as people and programs write them: the one reader of each, for every door.

Full-width digits and signs count as their plain forms. What could be read two ways is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal

FIRST_YEAR, LAST_YEAR = 1900, 2999
_LONGEST = 60  # letters of a number, a day or an instant; what is longer is none
_NUMBER = re.compile(r"[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::00(?:\.0{1,6})?)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)


def _narrow(text: str) -> str:
    """Return a text with its full-width and other compatibility forms made plain; '' for one that is too long."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip() if len(text) <= _LONGEST else ""


def parse_number(text: str) -> Decimal | None:
    """Return the number that a text writes in digits, commas between the thousands or not; None for any other text.

    Neither underscores nor exponents: both are a program's way of writing.
    """
    plain = _narrow(text)
    return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def parse_day(text: str) -> date | None:
    """Return the day that a text writes as 2026-01-31; None for any other text. Any year that Python has: see `is_in_calendar`."""
    found = _DAY.fullmatch(_narrow(text))
    try:
        return date(*map(int, found.groups())) if found is not None else None
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """Return the time of day that a text writes as 14:30, to the minute; None for any other text."""
    found = _TIME.fullmatch(_narrow(text))
    try:
        return time(int(found[1]), int(found[2])) if found is not None else None
    except ValueError:
        return None


def parse_instant(text: str) -> datetime | None:
    """Return the instant that a text writes as 2026-01-31T09:30, seconds and offset or not; None for any other text.

    With an offset it comes as naive UTC, without one as it stands.
    """
    plain = _narrow(text)
    try:
        found = datetime.fromisoformat(plain) if _INSTANT.fullmatch(plain) else None
        return found.astimezone(UTC).replace(tzinfo=None) if found is not None and found.tzinfo is not None else found
    except (ValueError, OverflowError):  # the latter near the ends of the calendar
        return None


def is_in_calendar(day: date) -> bool:
    """Tell whether a day (or instant) lies in the years that people enter and every screen can show."""
    return FIRST_YEAR <= day.year <= LAST_YEAR
