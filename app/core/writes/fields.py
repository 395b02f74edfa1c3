"""What a field takes, said once: type, limits, pattern, need, default, choices. Columns, forms, dialogs, REST and OpenAPI are made from it.

A definition needs no column: a dialog's reason or a process's field has one too. `read` makes a plain value of what a door
was sent, `check` returns the value as it is stored; both refuse in the one sentence that every door says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from ..base.errors import NOT_SAVED, RuleViolation
from ..base.i18n import Words
from ..base.input_guard import DAY_BAD, is_text, parse_id
from ..base.parsing import FIRST_YEAR, LAST_YEAR, is_in_calendar, parse_day, parse_instant, parse_number
from ..base.texts import clean

MAX_TEXT = 20_000  # letters of a text that names no limit of its own
MAX_ID = 2**31 - 1
NEEDED = _l("This field is needed.")
CHOOSE = _l("Choose an entry of the list.")
TOO_LONG = _l("At most %(n)s characters.")
DAY_OUT_OF_RANGE = _l("Enter a day between the years 1900 and 2999.")
INSTANT_BAD = _l("This is not a date and time.")
WHOLE_BAD = _l("Enter a whole number from %(least)s to %(most)s.")
NUMBER_BAD = _l("Enter a number from %(least)s to %(most)s, with at most %(n)s decimals.")
TEXT_BAD = _l("Send a text.")
FLAG_BAD = _l("Send true or false.")


def say_too_long(limit: int) -> str:
    """Return the sentence that says how many characters fit."""
    return str(TOO_LONG) % {"n": f"{limit:,}"}


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """What every kind of field has: `needed`, the sentence said when nothing is given (None: it may stay empty); `bad`, the one said
    of a value that is none of its kind; `default`, what is stored when a row is made without it; `when`, in words, the case in which
    a field that may stay empty is asked for by a rule; `is_derived`, that nobody wrote it: it was read off a column's type.
    """

    needed: Words | None = None
    bad: Words | None = None
    default: object = None
    when: Words | None = None
    is_derived: bool = False

    def read(self, given: object) -> object:
        """Return the plain value of what was typed, sent as JSON, or stands in a table's cell; None for nothing. Raises RuleViolation."""
        return None if given is None or (isinstance(given, str) and not given.strip()) else self._parse(given)

    def check(self, value: object, *, is_asked: bool = True) -> object:
        """Return the value as it is stored. Raises RuleViolation; for an empty value only when it is needed and asked for."""
        value = self._tidy(value)
        if value is not None and value != "":
            return self._settle(value)
        if self.needed is not None and is_asked:
            raise RuleViolation(self.needed)
        return value

    def describe(self) -> dict[str, object]:
        """Return the values that it takes as an OpenAPI schema."""
        raise NotImplementedError

    def _parse(self, given: object) -> object:
        raise NotImplementedError

    def _tidy(self, value: object) -> object:
        return value

    def _settle(self, value: object) -> object:
        return value


@dataclass(frozen=True)
class TextRule(FieldRule):
    """A text of at most so many characters; of one line (trimmed) or, with `lines`, of several.

    `clean` returns a text as it is stored, or refuses it; `pattern` must match the whole of that (else: `bad`); `keyboard` is what a
    phone offers: email, tel or url.
    """

    limit: int = MAX_TEXT
    lines: bool = False
    clean: Callable[[str], str | None] | None = None
    pattern: re.Pattern[str] | None = None
    keyboard: str = ""
    default: object = field(default="", kw_only=True)

    def read(self, given: object) -> object:
        if given is not None and not isinstance(given, str):
            raise RuleViolation(TEXT_BAD)
        return given

    def _tidy(self, value: object) -> object:
        """Let a text of which nothing can be seen count as empty, so that the sentence says what is missing."""
        value = self.default if value is None else value
        if not isinstance(value, str):
            return value
        text = value if self.lines else value.strip()
        text = text if clean(text[:100]) or clean(text) else ""
        return text if text or self.clean is None or self.needed is not None else self.clean("")

    def _settle(self, value: object) -> object:
        if not isinstance(value, str):
            raise RuleViolation(NOT_SAVED)
        self.check_size(value, 2 * self.limit + 100)  # blanks may go; but no pattern is tried on a text without end
        text = self.clean(value) if self.clean is not None else value
        if text and self.pattern is not None and self.pattern.fullmatch(text) is None:
            raise RuleViolation(self.bad)
        self.check_size(text or "", self.limit)
        return text

    def check_size(self, text: str, most: int | None = None) -> None:
        """Refuse a text that is longer than its limit (or than `most`), or that no database keeps."""
        if not is_text(text):
            raise RuleViolation(NOT_SAVED)
        if len(text) > (most or self.limit):
            raise RuleViolation(say_too_long(self.limit))

    def describe(self) -> dict[str, object]:
        found: dict[str, object] = {"type": "string", "maxLength": self.limit}
        if self.needed is not None:
            found["minLength"] = 1
        if self.pattern is not None:
            found["pattern"] = f"^({self.pattern.pattern}){'' if self.needed is not None else '?'}$"
        return found


@dataclass(frozen=True)
class DayRule(FieldRule):
    """A day of the years 1900 to 2999."""

    def _parse(self, given: object) -> object:
        found = parse_day(given) if isinstance(given, str) else None
        if found is None:
            raise RuleViolation(self.bad or DAY_BAD)
        return found

    def _settle(self, value: object) -> object:
        if not isinstance(value, date):
            raise RuleViolation(self.bad or DAY_BAD)
        if not is_in_calendar(value):
            raise RuleViolation(DAY_OUT_OF_RANGE)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "string", "format": "date", "description": f"{FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31"}


@dataclass(frozen=True)
class InstantRule(FieldRule):
    """An instant of the years 1900 to 2999, naive UTC; an offset is reckoned in."""

    def _parse(self, given: object) -> object:
        found = parse_instant(given) if isinstance(given, str) else None
        if found is None:
            raise RuleViolation(self.bad or INSTANT_BAD)
        return found

    def _settle(self, value: object) -> object:
        if not isinstance(value, datetime):
            raise RuleViolation(self.bad or INSTANT_BAD)
        if not is_in_calendar(value):
            raise RuleViolation(DAY_OUT_OF_RANGE)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "string", "format": "date-time", "description": f"UTC, {FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31"}


@dataclass(frozen=True)
class NumberRule(FieldRule):
    """A number between two others, both of them taken, with at most so many decimals. `bad` is said of any other."""

    least: Decimal | int = -MAX_ID - 1
    most: Decimal | int = MAX_ID
    decimals: int = 0

    def refuse(self) -> RuleViolation:
        """Return the refusal of any value that the field does not take."""
        holes = {"least": f"{self.least:,}", "most": f"{self.most:,}", "n": self.decimals}
        return RuleViolation(self.bad if self.bad is not None else str(NUMBER_BAD if self.decimals else WHOLE_BAD) % holes)

    def _parse(self, given: object) -> object:
        if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
            raise self.refuse()
        found = parse_number(given) if isinstance(given, str) else Decimal(str(given))
        if found is None or not found.is_finite():
            raise self.refuse()
        return found if self.decimals or found != found.to_integral_value() else int(found)

    def _settle(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.refuse()
        number = value if isinstance(value, int | Decimal) else Decimal(str(value))
        if isinstance(number, Decimal) and not number.is_finite():
            raise self.refuse()
        if not self.least <= number <= self.most or number != round(number, self.decimals):
            raise self.refuse()
        return Decimal(number) if self.decimals else int(number)

    def describe(self) -> dict[str, object]:
        """Return a whole number as an integer, one with decimals as text in an answer: floats would round it."""
        if not self.decimals:
            return {"type": "integer", "minimum": self.least, "maximum": self.most}
        sign = "-?" if self.least < 0 else ""
        whole = len(str(int(self.most)))
        return {"type": "string", "pattern": rf"^{sign}\d{{1,{whole}}}(\.\d{{1,{self.decimals}}})?$"}


def amount(digits: int, decimals: int, *, least: Decimal | int | None = None, **said: Any) -> NumberRule:
    """Return the definition of a number of so many digits, so many of them decimals: all that a column of them can hold."""
    most = (Decimal(10) ** digits - 1) / Decimal(10) ** decimals
    return NumberRule(-most if least is None else least, most, decimals, **said)


@dataclass(frozen=True)
class FlagRule(FieldRule):
    """Yes or no."""

    needed: Words | None = field(default=FLAG_BAD, kw_only=True)

    def _parse(self, given: object) -> object:
        return self._settle(given)

    def _settle(self, value: object) -> object:
        if not isinstance(value, bool):
            raise RuleViolation(FLAG_BAD)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class ChoiceRule(FieldRule):
    """One of a few codes. `choices` maps each to what a person reads; a function where the codes are only known later. `size`: letters."""

    choices: Mapping[str, Words] | Callable[[], Mapping[str, Words]] = field(default_factory=dict)
    size: int = 30
    bad: Words | None = field(default=CHOOSE, kw_only=True)

    def codes(self) -> Mapping[str, Words]:
        """Return code -> what it is called."""
        return self.choices() if callable(self.choices) else self.choices

    def _parse(self, given: object) -> object:
        if not isinstance(given, str):
            raise RuleViolation(self.bad)
        return given.strip()

    def _settle(self, value: object) -> object:
        if not isinstance(value, str) or value not in self.codes():
            raise RuleViolation(self.bad)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.codes())}


@dataclass(frozen=True)
class ReferenceRule(FieldRule):
    """Another row, by its id. `list_code`: an entry of this short list; `lookup`: chosen from this picker, which `depends` on another field
    of the form; `is_looked_up`: that there is such a row is asked here, no rule of the module asks. `bad` is said of a row that is none.
    """

    list_code: str = ""
    lookup: str = ""
    depends: str | None = None
    is_looked_up: bool = False

    @property
    def unknown(self) -> object:
        """Return the sentence said of what is no row to choose."""
        return self.bad or (None if self.list_code else self.needed) or CHOOSE

    def _parse(self, given: object) -> object:
        found = parse_id(given.strip()) if isinstance(given, str) else given
        return self._settle(found)

    def _settle(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
            raise RuleViolation(self.unknown)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "integer", "minimum": 1, "maximum": MAX_ID}
