"""Working hours reckoned over nights, breaks, weekends, holidays, make-up days and moved clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.base.errors import RuleViolation
from app.staff import calendar as reckoning
from app.staff.calendar import Calendar, Stretches, add_working_hours, count_working_hours, make_stretches
from app.staff.holidays import HOLIDAYS_2026, MAKE_UP_2026, list_week
from app.staff.rules import WEEKDAYS, DayHours, check_hours

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
SPLIT: Stretches = ((time(9), time(12)), (time(13, 30), time(18)))  # 7.5 hours
NATIONAL_DAY = {date(2026, 10, day): None for day in range(1, 8)}
OFFICE = Calendar(zone=SHANGHAI, weekly=dict.fromkeys(range(5), SPLIT), days={**NATIONAL_DAY, date(2026, 9, 20): 1, date(2026, 10, 10): 2})


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return the naive UTC instant of a wall time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 09:00", "3", "2026-11-23 12:00"),  # to the end of the morning, not the begin of the afternoon
        ("2026-11-23 09:00", "3.5", "2026-11-23 14:00"),
        ("2026-11-23 12:30", "1", "2026-11-23 14:30"),  # begins within the break
        ("2026-11-23 09:00", "7.5", "2026-11-23 18:00"),
        ("2026-11-23 20:00", "1", "2026-11-24 10:00"),  # begins at night
        ("2026-11-23 17:00", "2", "2026-11-24 10:00"),
        ("2026-11-27 17:00", "2", "2026-11-30 10:00"),  # over a weekend
        ("2026-11-28 12:00", "7.5", "2026-11-30 18:00"),  # begins on one
        ("2026-09-30 17:00", "2", "2026-10-08 10:00"),  # over National Day
        ("2026-10-09 17:00", "2", "2026-10-10 10:00"),  # the Saturday after it is worked
        ("2026-09-19 12:00", "7.5", "2026-09-20 18:00"),
        ("2026-11-23 03:00", "0", "2026-11-23 03:00"),
    ],
)
def test_adding_by_hand(start: str, hours: str, end: str) -> None:
    assert add_working_hours(OFFICE, at(start), Decimal(hours)) == at(end)
    assert count_working_hours(OFFICE, at(start), at(end)) == Decimal(hours)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23 00:00", "2026-11-30 00:00", "37.5"),
        ("2026-11-23 12:15", "2026-11-23 13:15", "0"),
        ("2026-11-28 00:00", "2026-11-30 09:00", "0"),
        ("2026-10-01 00:00", "2026-10-08 00:00", "0"),
        ("2026-11-23 10:00", "2026-11-23 09:00", "-1"),
        ("2026-09-14 00:00", "2026-10-12 00:00", "127.5"),  # 20 weekdays, 5 of them off, and 2 days made up
    ],
)
def test_counting_by_hand(start: str, end: str, hours: str) -> None:
    assert count_working_hours(OFFICE, at(start), at(end)) == Decimal(hours)


def test_hours_until_the_end_of_the_day_and_round_the_clock() -> None:
    late = Calendar(zone=SHANGHAI, weekly={0: ((time(22), time()),)})
    assert add_working_hours(late, at("2026-11-23 08:00"), 2) == at("2026-11-24 00:00")
    always = Calendar(zone=SHANGHAI, weekly=dict.fromkeys(range(7), ((time(), time()),)))
    assert add_working_hours(always, at("2026-11-23 08:00"), 1000) == at("2026-11-23 08:00") + timedelta(hours=1000)


def test_a_night_on_which_clocks_are_moved_is_as_long_as_it_was() -> None:
    night = Calendar(zone=NEW_YORK, weekly={6: ((time(), time(6)),)})
    spring, autumn = ("2026-03-08 00:00", "2026-03-08 23:00"), ("2026-11-01 00:00", "2026-11-01 23:00")
    assert count_working_hours(night, at(spring[0], NEW_YORK), at(spring[1], NEW_YORK)) == 5
    assert count_working_hours(night, at(autumn[0], NEW_YORK), at(autumn[1], NEW_YORK)) == 7


def test_what_cannot_be_reckoned_is_refused_and_ends() -> None:
    empty = Calendar(zone=SHANGHAI, weekly={0: (), 3: ()}, days={date(2026, 11, 28): 3})
    with pytest.raises(RuleViolation) as refusal:
        add_working_hours(empty, at("2026-11-23 08:00"), 1)
    assert refusal.value.message is reckoning.NO_HOURS
    assert add_working_hours(empty, at("2026-11-23 08:00"), 0) == at("2026-11-23 08:00")
    assert count_working_hours(empty, at("2026-11-23 08:00"), at("2027-11-23 08:00")) == 0
    with pytest.raises(RuleViolation) as refusal:
        add_working_hours(OFFICE, at("2026-11-23 08:00"), 10_000_000)
    assert refusal.value.message is reckoning.TOO_FAR
    with pytest.raises(RuleViolation) as refusal:
        count_working_hours(OFFICE, datetime(1900, 1, 1), datetime(2999, 1, 1))
    assert refusal.value.message is reckoning.TOO_FAR
    with pytest.raises(ValueError, match="-1"):
        add_working_hours(OFFICE, at("2026-11-23 08:00"), -1)


@pytest.mark.parametrize(
    ("hours", "stretches"),
    [
        ((None, None, None, None), ()),
        ((time(9), time(18), None, None), ((time(9), time(18)),)),
        ((time(9), time(18), time(12), time(13, 30)), SPLIT),
    ],
)
def test_stretches_of_a_day(hours: tuple[time | None, ...], stretches: Stretches) -> None:
    starts_at, ends_at, break_from, break_until = hours
    assert make_stretches(DayHours(starts_at=starts_at, ends_at=ends_at, break_from=break_from, break_until=break_until)) == stretches


# -- whatever the calendar ----------------------------------------------------------------------------------------------

MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))
HOURS = st.decimals(0, 400, places=2)


@st.composite
def make_hours(draw: st.DrawFn) -> Stretches:
    """Return the stretches of a day that the rules take: none, one, or two with a break."""
    times = sorted(draw(st.sets(MINUTES, min_size=4, max_size=4)))
    kind = draw(st.integers(0, 3))
    return ((), ((times[0], times[3]),), ((times[0], times[1]), (times[2], times[3])), ((times[0], times[1]), (times[2], time())))[kind]


@st.composite
def make_calendars(draw: st.DrawFn) -> Calendar:
    """Return a calendar in which something is worked, in a zone with or without moved clocks."""
    weekly = {weekday: draw(make_hours()) for weekday in range(7)}
    assume(any(weekly.values()))
    days = draw(st.dictionaries(DAYS, st.none() | st.integers(0, 6), max_size=20))
    return Calendar(zone=draw(st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")])), weekly=weekly, days=days)


@given(make_calendars(), INSTANTS, HOURS)
def test_what_is_added_is_what_is_counted(calendar: Calendar, start: datetime, hours: Decimal) -> None:
    try:
        end = add_working_hours(calendar, start, hours)
    except RuleViolation as refusal:  # minutes a week, which a hundred years do not fill
        assert refusal.message is reckoning.TOO_FAR
        return
    assert count_working_hours(calendar, start, end) == hours
    if hours:
        assert count_working_hours(calendar, start, end - timedelta(seconds=1)) < hours  # the first such instant


@given(make_calendars(), INSTANTS, HOURS, HOURS)
def test_more_hours_end_later(calendar: Calendar, start: datetime, fewer: Decimal, more: Decimal) -> None:
    fewer, more = sorted((fewer, more))
    try:
        ends = add_working_hours(calendar, start, fewer), add_working_hours(calendar, start, more)
    except RuleViolation:
        return
    assert start <= ends[0] <= ends[1]
    assert (ends[0] == ends[1]) == (fewer == more)


@given(make_calendars(), st.tuples(INSTANTS, INSTANTS, INSTANTS))
def test_counting_adds_up_in_any_order(calendar: Calendar, instants: tuple[datetime, datetime, datetime]) -> None:
    a, b, c = instants
    parts = count_working_hours(calendar, a, b) + count_working_hours(calendar, b, c)
    assert abs(parts - count_working_hours(calendar, a, c)) < Decimal("1e-20")  # microseconds are thirds of a decimal
    assert (
        0 <= count_working_hours(calendar, min(a, b), max(a, b)) <= Decimal((max(a, b) - min(a, b)) / timedelta(hours=1)) + Decimal("1e-6")
    )


# -- what is seeded ------------------------------------------------------------------------------------------------------


def test_the_week_and_holidays_of_2026() -> None:
    week = list(list_week())
    for row in week:
        check_hours(row.hours)
    places = {code: place for place, code in enumerate(WEEKDAYS)}
    off = [first + timedelta(days=n) for _zh, _en, first, last in HOLIDAYS_2026 for n in range((last - first).days + 1)]
    assert len(off) == len(set(off)) == 33
    made_up = {day: places[code] for _zh, _en, day, code in MAKE_UP_2026}
    assert all(day.weekday() >= 5 for day in made_up) and not {*made_up} & {*off}
    calendar = Calendar(
        zone=SHANGHAI, weekly={places[row.weekday]: make_stretches(row.hours) for row in week}, days={**dict.fromkeys(off), **made_up}
    )
    assert count_working_hours(calendar, at("2026-01-01 00:00"), at("2027-01-01 00:00")) == 8 * 248
