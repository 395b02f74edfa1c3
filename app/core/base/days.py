"""Days as people say them: how far off, the weekday, the month; in the reader's language.

What begins with `say` returns words for a sentence; what begins with `tell` returns them with the full date that stands behind them.
Telling is part of every row of every list: what is told of a day is cached for the day it is told on, and the language.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from . import clock

WEEKDAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
SHORT_WEEKDAYS = (_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"))
MONTHS = (
    _l("Jan"), _l("Feb"), _l("Mar"), _l("Apr"), _l("May"), _l("Jun"), _l("Jul"), _l("Aug"), _l("Sep"), _l("Oct"), _l("Nov"), _l("Dec"),
)  # fmt: skip
SOON, VERY_SOON = 60, 15  # days: a term that ends is pointed out below the first, and urgently below the second
LONG_AGO, VERY_LONG_AGO = 30, 60  # days: nobody was heard of for this long
_TOLD = Markup("<span%s%s>%s</span>")


class Here(NamedTuple):
    """On which day, in which time zone and language something is told."""

    today: date
    zone: str
    language: str


_here: ContextVar[Here | None] = ContextVar("here", default=None)


def here() -> Here:
    """Return where and when something is told now."""
    return _here.get() or Here(clock.today(), clock.zone().key, str(get_locale()))


@contextmanager
def one_moment() -> Iterator[None]:
    """Look day and language up once for all that is told within: a list tells some hundred days."""
    outer = _here.set(here())
    try:
        yield
    finally:
        _here.reset(outer)


def say_weekday(day: date) -> str:
    """Return the name of the weekday."""
    return str(WEEKDAYS[day.weekday()])


def say_day(day: date, today: date) -> str:
    """Return a day in short: month and day within the year, else all of it."""
    return day.isoformat()[5:] if day.year == today.year else day.isoformat()


def name_month(day: date) -> str:
    """Return the name of a day's month."""
    return str(MONTHS[day.month - 1])


def say_month(day: date, today: date) -> str:
    """Return the month, with its year unless that is the present one."""
    return name_month(day) if day.year == today.year else _("%(month)s %(year)s", month=name_month(day), year=day.year)


def say_due(day: date, today: date) -> str:
    """Return how far off a day is: “4 days left”, “tomorrow”, “6 days overdue”."""
    days = (day - today).days
    if days < 0:
        return say_overdue(-days)
    return {0: _("today"), 1: _("tomorrow")}.get(days) or _("%(n)s days left", n=f"{days:,}")


def say_overdue(days: int) -> str:
    """Return the words for what should have been done so many days ago."""
    return _("1 day overdue") if days == 1 else _("%(n)s days overdue", n=f"{days:,}")


def say_length(days: int) -> str:
    """Return how long something lasted: days, from two months on months, from two years on years and months."""
    if days < 1:
        return _("less than a day")
    months = days * 100 // 3044
    if months < 2:
        return ngettext("%(n)s day", "%(n)s days", days, n=f"{days:,}")
    if months < 24:
        return _("%(n)s months", n=months)
    years, rest = divmod(months, 12)
    if rest < 2:
        return _("%(n)s years", n=f"{years:,}")
    return _("%(years)s years %(months)s months", years=f"{years:,}", months=rest)


class Told(NamedTuple):
    """A day or an instant as a person says it: the words, the full date that they stand for, and a tone where it needs attention."""

    words: str
    full: str
    tone: str = ""


def tell_day(day: date) -> Told:
    """Return a day by its distance (today, tomorrow, yesterday), within the year with its weekday, else in full."""
    return _tell_day(day, here())


@lru_cache(maxsize=4000)
def _tell_day(day: date, at: Here) -> Told:
    full = day.isoformat()
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}.get((day - at.today).days)
    if near is not None:
        return Told(near, full)
    if day.year != at.today.year:
        return Told(full, full)
    return Told(_("%(day)s, %(weekday)s", day=full[5:], weekday=SHORT_WEEKDAYS[day.weekday()]), full)


def tell_time(instant: datetime) -> Told:
    """Return a UTC instant as its day, and the time of day where that still matters: today and tomorrow."""
    return _tell_time(instant, here())


@lru_cache(maxsize=4000)
def _tell_time(instant: datetime, at: Here) -> Told:
    local = clock.to_local(instant)
    said, full = _tell_day(local.date(), at), local.isoformat(" ", "minutes")
    return Told(f"{said.words} {full[11:]}" if 0 <= (local.date() - at.today).days <= 1 else said.words, full)


def tell_age(instant: datetime) -> Told:
    """Return how long ago a UTC instant was: today with its time, yesterday, else the number of days; long ago in a tone."""
    return _tell_age(instant, here())


@lru_cache(maxsize=4000)
def _tell_age(instant: datetime, at: Here) -> Told:
    local = clock.to_local(instant)
    days = (at.today - local.date()).days
    if days <= 1:
        return _tell_time(instant, at)
    tone = "red" if days > VERY_LONG_AGO else "amber" if days > LONG_AGO else ""
    return Told(_("%(n)s days ago", n=f"{days:,}"), local.isoformat(" ", "minutes"), tone)


def tell_due(day: date, at: time | None = None) -> Told:
    """Return when something is to be done: how long it is overdue, or its day, with the time if it has one."""
    return _tell_due(day, at, here())


@lru_cache(maxsize=4000)
def _tell_due(day: date, time_of_day: time | None, at: Here) -> Told:
    said, late = _tell_day(day, at), (at.today - day).days
    clock_time = f" {time_of_day.isoformat('minutes')}" if time_of_day is not None else ""
    if late > 0:
        return Told(say_overdue(late), said.full + clock_time, "red")
    return Told(said.words + clock_time, said.full + clock_time)


def tell_due_time(instant: datetime, now: datetime) -> Told:
    """Return when something is due at a UTC instant: how long it is overdue, or its day and time."""
    said, local = tell_time(instant), clock.to_local(instant)
    if instant >= now:
        return Told(said.words, said.full, "")
    days = (clock.to_local(now).date() - local.date()).days
    return Told(say_overdue(days) if days > 0 else _("Overdue since %(time)s", time=said.full[11:]), said.full, "red")


def tell_left(day: date) -> Told:
    """Return in how many days a term ends that has not ended yet, in a tone when that is soon."""
    left = (day - clock.today()).days
    tone = "red" if left < VERY_SOON else "amber" if left < SOON else ""
    words = {0: _("ends today"), 1: _("ends tomorrow")}.get(left) or _("ends in %(n)s days", n=f"{left:,}")
    return Told(words, day.isoformat(), tone)


def tell_end(day: date) -> Told:
    """Return when a term ends: in so many days when that is soon, else its day; past it is told as the day that it was."""
    is_near = 0 <= (day - clock.today()).days < SOON
    return tell_left(day) if is_near else Told(day.isoformat(), day.isoformat())


def draw_told(told: Told) -> Markup:
    """Return the words with the full date as their title, in their tone."""
    return _draw_told(told)


@lru_cache(maxsize=4000)
def _draw_told(told: Told) -> Markup:
    if not told.tone and told.words == told.full:
        return Markup("%s") % told.words
    title = Markup(' title="%s"') % told.full if told.full else ""
    return _TOLD % (title, Markup(' class="%s"') % told.tone if told.tone else "", told.words)
