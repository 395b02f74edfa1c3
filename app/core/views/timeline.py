"""The timeline of a record: what happened to it, whichever module knows it, newest first; and how long each state lasted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import ngettext

from ..access.mixins import Owned
from ..base import clock
from ..base.formatting import show
from ..base.i18n import Words
from ..base.page_data import Tab, TabMaker
from ..base.registry import Registry
from ..base.screens import label_of
from ..base.showing import DASH, ODD, note_odd

MOST = 200  # of each kind, the newest


@dataclass(frozen=True)
class Event:
    """One thing that happened. `at` is a UTC instant; `is_day`: only the day is known, of which it is the beginning."""

    at: datetime
    label: Words
    icon: str
    text: str
    who: str = ""
    url: str | None = None
    is_day: bool = False

    @property
    def when(self) -> str:
        """Return the instant, or the day, as a person reads it."""
        return str(show(clock.to_local(self.at).date() if self.is_day else self.at))


@dataclass(frozen=True)
class Span:
    """How long a record stood in one state; `end` is None while it still does."""

    name: Words
    start: datetime
    end: datetime | None

    @property
    def dates(self) -> str:
        """Return from when to when, in days."""
        last = clock.to_local(self.end).date().isoformat() if self.end is not None else _("today")
        return f"{clock.to_local(self.start).date().isoformat()} – {last}"

    @property
    def lasted(self) -> str:
        """Return how many days that were."""
        days = ((self.end or clock.now()) - self.start).days
        return ngettext("%(n)s day", "%(n)s days", days, n=f"{days:,}") if days else _("less than a day")


Row = TypeVar("Row", bound=Owned)
EventMaker = Callable[[Any], Sequence[Event]]
SpanMaker = Callable[[Any, datetime], Sequence[Span]]
EVENTS: Registry[str, EventMaker] = Registry("events of the timeline")  # by module; only what the viewer may see


def tell_each(rows: Iterable[Row], make: Callable[[Row], Sequence[Event]]) -> list[Event]:
    """Return what each row tells; one that cannot be told leaves a dash at the time it was entered."""
    events: list[Event] = []
    for row in rows:
        try:
            events += make(row)
        except ODD as error:
            note_odd(row, "an event of the timeline", error)
            events.append(Event(row.created_at, label_of(row.policy.module), "alert-triangle", DASH))
    return events


def timeline_tab(module: str, read_spans: SpanMaker) -> TabMaker:
    """Return the maker of the tab: the events of every module, and the states from the first event on."""

    def make(item: Owned) -> Tab:
        found = [one(item) for one in EVENTS.all_of(module)]
        events = sorted((event for part in found for event in part), key=lambda event: event.at, reverse=True)
        first = min([item.created_at, *(event.at for event in events)])
        data = {"events": events, "spans": read_spans(item, first), "is_cut": any(len(part) >= MOST for part in found)}
        return Tab("timeline", _("Timeline"), None, template="ui/timeline.html", data=data)

    return make
