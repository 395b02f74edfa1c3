"""Days as people say them: how far off, the weekday, the month; in the reader's language."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

WEEKDAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
MONTHS = (
    _l("Jan"), _l("Feb"), _l("Mar"), _l("Apr"), _l("May"), _l("Jun"), _l("Jul"), _l("Aug"), _l("Sep"), _l("Oct"), _l("Nov"), _l("Dec"),
)  # fmt: skip


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
    days = day.toordinal() - today.toordinal()
    near = {0: _("today"), 1: _("tomorrow"), -1: _("1 day overdue")}
    if days in near:
        return near[days]
    return _("%(n)s days left", n=f"{days:,}") if days > 0 else _("%(n)s days overdue", n=f"{-days:,}")


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


def say_moment(wall: datetime, today: date) -> str:
    """Return a moment of the company's wall time in short: today and yesterday with the time of day, else the day."""
    near = {0: _("today"), 1: _("yesterday")}.get(today.toordinal() - wall.date().toordinal())
    return f"{near} {wall.isoformat(' ', 'minutes')[11:]}" if near is not None else say_day(wall.date(), today)
