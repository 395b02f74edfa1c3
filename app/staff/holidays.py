"""What a new installation's working calendar begins with: a week of eight hours a day, and China's public holidays as published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

from sqlalchemy import select

from ..extensions import db
from .models import CalendarDay, WorkingHours
from .rules import DAY_OFF, WEEKDAYS

MORNING, EVENING, NOON, AFTER_NOON = time(9), time(18), time(12), time(13)
WEEKEND = ("sat", "sun")
# Notice of the General Office of the State Council on the holidays of 2026, of 4 November 2025: first and last day off.
HOLIDAYS_2026 = [
    ("元旦", "New Year", date(2026, 1, 1), date(2026, 1, 3)),
    ("春节", "Spring Festival", date(2026, 2, 15), date(2026, 2, 23)),
    ("清明节", "Qingming Festival", date(2026, 4, 4), date(2026, 4, 6)),
    ("劳动节", "Labour Day", date(2026, 5, 1), date(2026, 5, 5)),
    ("端午节", "Dragon Boat Festival", date(2026, 6, 19), date(2026, 6, 21)),
    ("中秋节", "Mid-Autumn Festival", date(2026, 9, 25), date(2026, 9, 27)),
    ("国庆节", "National Day", date(2026, 10, 1), date(2026, 10, 7)),
]
# Days of weekends on which one works. The notice does not say for which day: it is the one that else would be worked.
MAKE_UP_2026 = [
    ("元旦调休", "Make-up day for New Year", date(2026, 1, 4), "fri"),
    ("春节调休", "Make-up day for Spring Festival", date(2026, 2, 14), "fri"),
    ("春节调休", "Make-up day for Spring Festival", date(2026, 2, 28), "mon"),
    ("劳动节调休", "Make-up day for Labour Day", date(2026, 5, 9), "tue"),
    ("国庆节调休", "Make-up day for National Day", date(2026, 9, 20), "tue"),
    ("国庆节调休", "Make-up day for National Day", date(2026, 10, 10), "wed"),
]


def list_week() -> Iterator[WorkingHours]:
    """Yield the hours of the seven weekdays: Monday to Friday from 9 to 18, with an hour's break at noon."""
    worked = {"starts_at": MORNING, "ends_at": EVENING, "break_from": NOON, "break_until": AFTER_NOON}
    for code in WEEKDAYS:
        yield WorkingHours(weekday=code, **({} if code in WEEKEND else worked))


def make_week() -> Sequence[WorkingHours]:
    """Return the weekdays that are not there yet."""
    there = set(db.session.scalars(select(WorkingHours.weekday)))
    return [row for row in list_week() if row.weekday not in there]


def make_holidays_2026() -> Sequence[CalendarDay]:
    """Return the holidays and make-up days of 2026 that nobody has entered yet."""
    entered = set(db.session.scalars(select(CalendarDay.day)))
    return [row for row in _list_2026() if row.day not in entered]


def _list_2026() -> Iterator[CalendarDay]:
    for zh, en, first, last in HOLIDAYS_2026:
        for place in range((last - first).days + 1):
            yield CalendarDay(day=first + timedelta(days=place), works_as=DAY_OFF, name_zh=zh, name_en=en)
    for zh, en, day, weekday in MAKE_UP_2026:
        yield CalendarDay(day=day, works_as=weekday, name_zh=zh, name_en=en)
