"""The stream of a record: what happened to it, whichever module knows it, newest first, a page at a time, grouped by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_

from ..access.mixins import Owned
from ..base import clock
from ..base.days import say_day, say_month, say_weekday
from ..base.formatting import show
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.parsing import parse_instant
from ..base.registry import Registry
from ..base.screens import label_of
from ..base.showing import DASH, ODD, note_odd, show_safely
from ..base.workspace import Day, Event

PAGE = 30
MOST_TEXT = 800  # letters of a text in a line; the record's own page has all of it
MOST = 200  # of what a source reads as a whole, because its instants are in no column: the newest


@dataclass(frozen=True)
class Older:
    """Where a page of the stream begins: behind the event at this instant, of the source of this rank, with this key; None: at the top.

    Events stand in the order of their instants, at one instant in that of their sources and keys, the largest first.
    """

    at: datetime | None = None
    rank: int = 0
    key: int = 0
    source: int = 0  # the rank of the source that is asked
    limit: int = PAGE + 1

    def where(self, at: Any, key: Any) -> list[ColumnElement[bool]]:
        """Return the condition of a source's rows behind the cursor, by their columns of instant and key."""
        if self.at is None:
            return []
        if self.source == self.rank:
            return [or_(at < self.at, and_(at == self.at, key < self.key))]
        return [at <= self.at if self.source < self.rank else at < self.at]

    def takes(self, event: Event) -> bool:
        """Tell whether an event of the source stands behind the cursor."""
        return self.at is None or (event.at, self.source, event.key) < (self.at, self.rank, self.key)


Row = TypeVar("Row", bound=Owned)


@dataclass(frozen=True)
class Source:
    """Where events of one kind come from: `read` gives those of a record behind the cursor, newest first, within the viewer's scope.

    `name` and `label` are those of the filter that shows it alone (several sources may share one; without label there is none).
    `endpoint`: the list that has them all, narrowed to the record by the argument `argument`; `module`: whose rows they are, where they
    are another module's.
    """

    name: str
    label: Words
    read: Callable[[Any, Older], Sequence[Event]]
    module: str = ""
    endpoint: str = ""
    argument: str = ""


EVENTS: Registry[str, Source] = Registry("events of the stream")  # by module; only what the viewer may see


def tell_each(rows: Iterable[Row], make: Callable[[Row], Sequence[Event]]) -> list[Event]:
    """Return what each row tells; one that cannot be told leaves a dash at the time it was entered."""
    events: list[Event] = []
    for row in rows:
        try:
            events += make(row)
        except ODD as error:
            note_odd(row, "an event of the stream", error)
            events.append(Event(row.created_at, label_of(row.policy.module), "alert-triangle", DASH, key=row.id))
    return events


def shorten(text: str) -> str:
    """Return what the stream shows of a text: its beginning, when it is very long."""
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def read_page(item: Owned, sources: Sequence[tuple[int, Source]], cursor: str) -> tuple[list[Event], str | None]:
    """Return the newest events behind the cursor, and the cursor of the older ones; None when these are the last.

    `sources`: with their ranks, which a filter does not change.
    """
    at, rank, key = _read_cursor(cursor)
    found: list[Event] = []
    for mine, source in sources:
        older = Older(at, rank, key, mine)
        nothing: Sequence[Event] = ()
        for event in show_safely(item, source.name, partial(_ask, source, older), nothing):
            if older.takes(event):
                event.rank = mine
                found.append(event)
    found.sort(key=lambda event: (event.at, event.rank, event.key), reverse=True)
    page = found[:PAGE]
    return page, _write_cursor(page[-1]) if len(found) > PAGE else None


def _write_cursor(event: Event) -> str:
    return f"{event.at.isoformat()}~{event.rank}~{event.key}"


def _read_cursor(text: str) -> tuple[datetime | None, int, int]:
    """Return instant, rank and key; no instant for what is no cursor of ours."""
    parts = text.split("~")
    if len(parts) != 3:
        return None, 0, 0
    at, rank, key = parse_instant(parts[0]), parse_id(parts[1], digits=3), parse_id(parts[2])
    return (at, rank or 0, key) if at is not None and key is not None else (None, 0, 0)


def group_days(events: Sequence[Event]) -> list[Day]:
    """Return the events under their heads: today, yesterday, the days of this week, last week, then the months; in the company's time."""
    today, days = clock.today(), []
    last: object = None
    for event in events:
        local = clock.to_local(event.at)
        day = local.date()
        head = _find_head(day, today)
        if head != last:
            days.append(_make_day(head, day, today))
            last = head
        is_alone = head == day  # the head names the day, so the line says the time alone
        event.when = local.strftime("%H:%M") if is_alone and not event.is_day else "" if is_alone else say_day(day, today)
        event.title = str(show(day if event.is_day else event.at))
        days[-1].events.append(event)
    return days


def _find_head(day: date, today: date) -> date | tuple[str, int, int]:
    """Return what an event's day is grouped by: itself within this week, the week before, or the month."""
    monday = today - timedelta(days=today.weekday())
    if day >= monday or day >= today - timedelta(days=1):
        return day
    if monday.toordinal() - day.toordinal() <= 7:
        return ("week", 0, 0)
    return ("month", day.year, day.month)


def _make_day(head: object, day: date, today: date) -> Day:
    if head == day:
        names = {0: _("Today"), 1: _("Yesterday")}
        title = names.get(today.toordinal() - day.toordinal())
        weekday = say_weekday(day)
        return Day(title or weekday, f"{say_day(day, today)} {weekday}" if title else say_day(day, today))
    if head == ("week", 0, 0):
        monday = today.toordinal() - today.weekday() - 7
        return Day(_("Last week"), f"{say_day(date.fromordinal(monday), today)} – {say_day(date.fromordinal(monday + 6), today)}")
    return Day(say_month(day, today), "")


def _ask(source: Source, older: Older, item: Any) -> Sequence[Event]:
    return source.read(item, older)
