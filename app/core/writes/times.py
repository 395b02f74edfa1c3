"""The definition of a time of day, as the company's clocks show it: one more kind of field (`fields`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from flask_babel import lazy_gettext as _l

from ..base.errors import RuleViolation
from ..base.parsing import parse_time
from .fields import FieldRule

TIME_BAD = _l("Enter a time of day such as 14:30.")


@dataclass(frozen=True)
class TimeRule(FieldRule):
    """A time of day in whole minutes, wall clock of TIMEZONE: it is of a day that stands in another field, and bears no offset."""

    def _parse(self, given: object) -> object:
        found = parse_time(given) if isinstance(given, str) else None
        if found is None:
            raise RuleViolation(self.bad or TIME_BAD)
        return found

    def _settle(self, value: object) -> object:
        if not isinstance(value, time) or value.tzinfo is not None or value.second or value.microsecond:
            raise RuleViolation(self.bad or TIME_BAD)
        return value

    def describe(self) -> dict[str, object]:
        pattern = r"^([01]?\d|2[0-3]):[0-5]\d(:00(\.0{1,6})?)?$"
        return {"type": "string", "pattern": pattern, "description": "A time of day of the company's time zone, in whole minutes."}
