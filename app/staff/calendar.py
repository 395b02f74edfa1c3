"""Working hours reckoned: which stretch of time is worked, by the week's hours, holidays and make-up days. Plain functions, no framework.

Instants are naive UTC, as everywhere; the hours are wall clock of the calendar's zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from ..core.base.errors import RuleViolation
from .rules import DayHours

NO_HOURS = _l("The calendar has no working hours from then on. Enter working hours first.")
TOO_FAR = _l("So many working hours lie further ahead than the calendar reckons.")
MAX_DAYS = 36_525  # a hundred years: neither function looks further
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
Stretches = tuple[tuple[time, time], ...]  # from, until; until 00:00 is the end of the day


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The hours of each weekday (0: Monday), and the days that differ: the weekday by whose hours one works, None for a day off."""

    zone: ZoneInfo
    weekly: Mapping[int, Stretches] = field(default_factory=dict)
    days: Mapping[date, int | None] = field(default_factory=dict)

    def hours_of(self, day: date) -> Stretches:
        """Return what is worked on a day."""
        weekday = self.days.get(day, day.weekday())
        return () if weekday is None else self.weekly.get(weekday, ())

    @property
    def has_hours(self) -> bool:
        """Tell whether anything is ever worked: special days have the hours of a weekday, and come to an end; weeks do not."""
        return any(self.weekly.values())


def make_stretches(hours: DayHours) -> Stretches:
    """Return what is worked on a day with these hours: nothing, one stretch, or one before and one after the break."""
    if hours.starts_at is None or hours.ends_at is None:
        return ()
    if hours.break_from is None or hours.break_until is None:
        return ((hours.starts_at, hours.ends_at),)
    return ((hours.starts_at, hours.break_from), (hours.break_until, hours.ends_at))


def add_working_hours(calendar: Calendar, start: datetime, hours: int | Decimal) -> datetime:
    """Return the first instant by which so many hours are worked from `start` on; `start` itself for none.

    Raises RuleViolation when the calendar has no such hours, ValueError for a number below zero.
    """
    if hours < 0:
        raise ValueError(f"{hours} working hours")
    left = TICK * int((Decimal(hours) * (HOUR // TICK)).to_integral_value())
    if not left:
        return start
    if not calendar.has_hours:
        raise RuleViolation(NO_HOURS)
    day = _day_of(calendar, start)
    for since, until in _list_worked(calendar, day, day + timedelta(days=MAX_DAYS)):
        worked = until - max(since, start)
        if worked >= left:
            return max(since, start) + left
        left -= max(worked, timedelta())
    raise RuleViolation(TOO_FAR)


def count_working_hours(calendar: Calendar, start: datetime, end: datetime) -> Decimal:
    """Return the hours worked between two instants; below zero when `end` comes before `start`.

    Raises RuleViolation for instants more than a hundred years apart.
    """
    if end < start:
        return -count_working_hours(calendar, end, start)
    first, last = _day_of(calendar, start), _day_of(calendar, end)
    if (last - first).days > MAX_DAYS:
        raise RuleViolation(TOO_FAR)
    stretches = _list_worked(calendar, first, last)
    worked = sum((max(min(until, end) - max(since, start), timedelta()) for since, until in stretches), timedelta())
    return Decimal(worked // TICK) / Decimal(HOUR // TICK)


def _list_worked(calendar: Calendar, day: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is worked from a day to another, both included, as pairs of instants in order; none overlap, whatever clocks are moved."""
    before = datetime.min  # noqa: DTZ901 - naive UTC, as all instants here
    while day <= last and calendar.has_hours:
        for begins, ends in calendar.hours_of(day):
            since = max(_to_instant(calendar, day, begins), before)
            until = _to_instant(calendar, day if ends != time() else day + timedelta(days=1), ends)
            if since < until:
                yield since, until
                before = until
        day += timedelta(days=1)


def _day_of(calendar: Calendar, instant: datetime) -> date:
    return instant.replace(tzinfo=UTC).astimezone(calendar.zone).date()


def _to_instant(calendar: Calendar, day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, calendar.zone).astimezone(UTC).replace(tzinfo=None)
