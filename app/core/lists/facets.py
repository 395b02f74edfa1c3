"""What narrows a list: facets with several values, and spans of days. Views declare them, an address chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from ..access.viewer import current_viewer
from ..base import clock
from ..base.entities import Entity
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.parsing import is_in_calendar, parse_day
from ..base.registry import Registry

MAX_VALUES = 50  # of one facet that are read from an address
FOUND = 20  # values that a search in a facet offers at once
Args = MultiDict[str, str]  # an address's arguments: a facet stands there once for each of its values
Options = Sequence[tuple[str, Words]]  # value and label
Condition = ColumnElement[bool] | None


class Finder(Protocol):
    """Looks up the values of a facet that are too many to be listed, or that not everybody may know of."""

    def find(self, text: str) -> Options:
        """Return the first values that match the words and that some row within the viewer's reach has."""

    def name(self, values: Sequence[str]) -> Mapping[str, str]:
        """Return the labels of those of the values that some row within the viewer's reach has."""


@dataclass(frozen=True)
class Facet:
    """A filter by one or several values: a row is in that has any of them.

    `options` are the values that are listed; `apply` turns one value into a condition, or into None when it is no value of
    the facet; `finder` looks up further ones.
    """

    name: str
    label: Words
    options: Callable[[], Options]
    apply: Callable[[str], Condition]
    is_main: bool = True
    finder: Finder | None = None
    is_listed: bool = True  # its values come with the page, where they are few

    def read(self, args: Args) -> list[str]:
        """Return the values that an address names, each once."""
        return list(dict.fromkeys(value for value in args.getlist(self.name) if value))[:MAX_VALUES]

    def condition(self, values: Sequence[str]) -> ColumnElement[bool]:
        """Return the condition of the rows that have any of the values; what is no value of the facet is had by no row."""
        found = [condition for value in values if (condition := self.apply(value)) is not None]
        return or_(*found) if found else false()

    def find(self, text: str) -> list[tuple[str, Words]]:
        """Return the values whose labels hold the words: of those that are listed, and of those that the finder knows."""
        words = text.lower().split()
        listed = [(value, label) for value, label in self.options() if all(word in str(label).lower() for word in words)]
        return [*listed, *(self.finder.find(text) if self.finder is not None else ())]

    def name_values(self, values: Sequence[str], options: Options) -> list[tuple[str, Words]]:
        """Return the chosen values with their labels; one that is none of the facet's, or is hidden from the viewer, as it was written."""
        labels: dict[str, Words] = dict(options)
        unnamed = [value for value in values if value not in labels]
        if unnamed and self.finder is not None:
            labels.update(self.finder.name(unnamed))
        return [(value, labels.get(value, value)) for value in values]


@dataclass(frozen=True)
class DateRange:
    """A filter between two days over a date column or (`is_instant`) a UTC instant."""

    name: str
    label: Words
    column: InstrumentedAttribute
    is_instant: bool = False
    is_main: bool = False

    def conditions(self, args: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """Return what the two inputs ask; an unreadable day asks for nothing that exists."""
        found: list[ColumnElement[bool]] = []
        for end in ("from", "to"):
            text = args.get(f"{self.name}_{end}", "").strip()
            if not text:
                continue
            day = read_day(text)
            if day is None:
                found.append(self.column.is_(None) & self.column.is_not(None))
                continue
            found.append(self._bound(end, day))
        return found

    def _bound(self, end: str, day: date) -> ColumnElement[bool]:
        if not self.is_instant:
            return self.column >= day if end == "from" else self.column <= day
        if end == "from":
            return self.column >= clock.from_local(datetime.combine(day, time()))
        return self.column < clock.from_local(datetime.combine(day + timedelta(days=1), time()))


def read_day(text: str) -> date | None:
    """Return the ISO day, or None when it is none the calendar and the database have."""
    day = parse_day(text)
    return day if day is not None and is_in_calendar(day) else None


def options_of(rows: Sequence[Entity]) -> list[tuple[str, str]]:
    """Return (id, label) of entries for a facet."""
    return [(str(row.id), str(row)) for row in rows]


def id_facet(column: InstrumentedAttribute) -> Callable[[str], Condition]:
    """Return how a facet over a foreign key reads its value; an odd value matches nothing."""
    return lambda text: column == number if (number := parse_id(text)) is not None else None


def person_facet(column: InstrumentedAttribute) -> Callable[[str], Condition]:
    """Return how a facet over a person reads its value: an id, `me` for the viewer, `none` for nobody."""
    by_id = id_facet(column)
    return lambda text: column == current_viewer().id if text == "me" else column.is_(None) if text == "none" else by_id(text)


def flag_facet(condition: ColumnElement[bool]) -> Callable[[str], Condition]:
    """Return how a facet over a yes or no reads its value."""
    return {"yes": condition, "no": ~condition}.get


def code_facet(column: InstrumentedAttribute, codes: Sequence[str]) -> Callable[[str], Condition]:
    """Return how a facet over a code reads its value; an unknown code matches nothing."""
    return lambda text: column == text if text in codes else None


FACETS: Registry[str, Facet] = Registry("facets of lists")  # by module: what downstream modules narrow its list by
