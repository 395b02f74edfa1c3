"""How days and instants are told: by their distance, in both languages, with the full date as the title."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.base import clock
from app.core.base.days import (
    Told,
    draw_told,
    tell_age,
    tell_day,
    tell_due,
    tell_due_time,
    tell_end,
    tell_left,
    tell_time,
)

TODAY = date(2026, 11, 27)  # a Friday
NOW = datetime(2026, 11, 27, 4, 0)  # noon in Shanghai


def days(count: int) -> date:
    """Return the day so many days from today."""
    return TODAY + timedelta(days=count)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return the UTC instant of a wall time in Shanghai, so many days from today."""
    return datetime.combine(days(day), time(hour, minute)) - timedelta(hours=8)


CASES: list[tuple[Callable[[], Told], str, str, str, str]] = [  # what is told, in English, in Chinese, in full, tone
    (lambda: tell_day(days(0)), "Today", "今天", "2026-11-27", ""),
    (lambda: tell_day(days(1)), "Tomorrow", "明天", "2026-11-28", ""),
    (lambda: tell_day(days(-1)), "Yesterday", "昨天", "2026-11-26", ""),
    (lambda: tell_day(days(4)), "12-01, Tue", "12-01，周二", "2026-12-01", ""),
    (lambda: tell_day(days(-326)), "01-05, Mon", "01-05，周一", "2026-01-05", ""),
    (lambda: tell_day(days(35)), "2027-01-01", "2027-01-01", "2027-01-01", ""),
    (lambda: tell_day(date(1, 1, 1)), "0001-01-01", "0001-01-01", "0001-01-01", ""),
    (lambda: tell_day(date.max), "9999-12-31", "9999-12-31", "9999-12-31", ""),
    (lambda: tell_time(at(0, 10, 42)), "Today 10:42", "今天 10:42", "2026-11-27 10:42", ""),
    (lambda: tell_time(at(0, 0, 0)), "Today 00:00", "今天 00:00", "2026-11-27 00:00", ""),
    (lambda: tell_time(at(-1, 23, 59)), "Yesterday", "昨天", "2026-11-26 23:59", ""),
    (lambda: tell_time(at(1, 9)), "Tomorrow 09:00", "明天 09:00", "2026-11-28 09:00", ""),
    (lambda: tell_time(at(4, 9)), "12-01, Tue", "12-01，周二", "2026-12-01 09:00", ""),
    (lambda: tell_age(at(0, 10, 42)), "Today 10:42", "今天 10:42", "2026-11-27 10:42", ""),
    (lambda: tell_age(at(-1, 9)), "Yesterday", "昨天", "2026-11-26 09:00", ""),
    (lambda: tell_age(at(-2, 23, 59)), "2 days ago", "2 天前", "2026-11-25 23:59", ""),
    (lambda: tell_age(at(-30, 9)), "30 days ago", "30 天前", "2026-10-28 09:00", ""),
    (lambda: tell_age(at(-41, 9)), "41 days ago", "41 天前", "2026-10-17 09:00", "amber"),
    (lambda: tell_age(at(-62, 9)), "62 days ago", "62 天前", "2026-09-26 09:00", "red"),
    (lambda: tell_age(at(-1200, 9)), "1,200 days ago", "1,200 天前", "2023-08-15 09:00", "red"),
    (lambda: tell_due(days(0)), "Today", "今天", "2026-11-27", ""),
    (lambda: tell_due(days(0), time(10)), "Today 10:00", "今天 10:00", "2026-11-27 10:00", ""),
    (lambda: tell_due(days(4)), "12-01, Tue", "12-01，周二", "2026-12-01", ""),
    (lambda: tell_due(days(-1)), "1 day overdue", "逾期 1 天", "2026-11-26", "red"),
    (lambda: tell_due(days(-6), time(9, 30)), "6 days overdue", "逾期 6 天", "2026-11-21 09:30", "red"),
    (lambda: tell_due_time(at(0, 12, 1), NOW), "Today 12:01", "今天 12:01", "2026-11-27 12:01", ""),
    (lambda: tell_due_time(at(0, 10, 42), NOW), "Overdue since 10:42", "已逾期，截止时间为 10:42", "2026-11-27 10:42", "red"),
    (lambda: tell_due_time(at(-1, 23, 0), NOW), "1 day overdue", "逾期 1 天", "2026-11-26 23:00", "red"),
    (lambda: tell_left(days(0)), "ends today", "今天到期", "2026-11-27", "red"),
    (lambda: tell_left(days(1)), "ends tomorrow", "明天到期", "2026-11-28", "red"),
    (lambda: tell_left(days(59)), "ends in 59 days", "59 天到期", "2027-01-25", "amber"),
    (lambda: tell_left(days(60)), "ends in 60 days", "60 天到期", "2027-01-26", ""),
    (lambda: tell_left(days(4000)), "ends in 4,000 days", "4,000 天到期", "2037-11-09", ""),
    (lambda: tell_end(days(0)), "ends today", "今天到期", "2026-11-27", "red"),
    (lambda: tell_end(days(1)), "ends tomorrow", "明天到期", "2026-11-28", "red"),
    (lambda: tell_end(days(14)), "ends in 14 days", "14 天到期", "2026-12-11", "red"),
    (lambda: tell_end(days(15)), "ends in 15 days", "15 天到期", "2026-12-12", "amber"),
    (lambda: tell_end(days(59)), "ends in 59 days", "59 天到期", "2027-01-25", "amber"),
    (lambda: tell_end(days(60)), "2027-01-26", "2027-01-26", "2027-01-26", ""),
    (lambda: tell_end(days(-1)), "2026-11-26", "2026-11-26", "2026-11-26", ""),
]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_days_are_told_by_their_distance(app: Flask, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    told = []
    with app.test_request_context("/"), force_locale(language):
        assert clock.today() == TODAY
        told = [make() for make, *_said in CASES]
    assert told == [Told(zh if language == "zh" else en, full, tone) for _make, en, zh, full, tone in CASES]


def test_the_same_day_is_told_anew_the_day_after(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.test_request_context("/"), force_locale("en"):
        monkeypatch.setattr(clock, "now", lambda: NOW)
        before = tell_day(days(1)).words
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
        assert (before, tell_day(days(1)).words) == ("Tomorrow", "Today")


def test_words_that_stand_for_a_date_carry_it_as_their_title() -> None:
    assert draw_told(Told("6 days overdue", "2026-11-21", "red")) == '<span title="2026-11-21" class="red">6 days overdue</span>'
    assert draw_told(Told("2027-05-14", "2027-05-14")) == "2027-05-14"
    assert draw_told(Told("<b>", "2026")) == '<span title="2026">&lt;b&gt;</span>'
