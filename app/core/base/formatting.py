"""How values look: one function for lists, record pages, comparisons and exports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Mapped

from . import clock
from .i18n import Words

TONE_WORDS = [
    ("grey", _l("Grey")), ("blue", _l("Blue")), ("amber", _l("Amber")), ("green", _l("Green")), ("red", _l("Red")),
]  # fmt: skip
TONES = frozenset(tone for tone, _word in TONE_WORDS)
CURRENCY_SIGNS = {"CNY": "¥", "HKD": "HK$", "USD": "US$", "EUR": "€"}
_BADGE = Markup('<span class="st st-%s">%s</span>')


def badge(label: Words, tone: str) -> Markup:
    """Return a status as dot and word."""
    return _draw_badge(str(label), tone)


@lru_cache(maxsize=1000)
def _draw_badge(label: str, tone: str) -> Markup:
    return _BADGE % (tone if tone in TONES else "grey", label)


_OPTION = Markup('<option value="%s"%s>%s</option>')


@lru_cache(maxsize=200)
def draw_options(options: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """Return a select's options; a list offers the same to everybody of a language, page after page."""
    return Markup("").join(_OPTION % (key, Markup(" selected") if key == chosen else "", label) for key, label in options)


class Toned:
    """A status or priority: a row with a colour."""

    tone: Mapped[str]


def show_tone(row: Toned) -> Words:
    """Return the colour of a status or priority in words."""
    return dict(TONE_WORDS).get(row.tone, row.tone)


def money(amount: Decimal | None, currency: str = "CNY") -> str:
    """Return an amount with its currency sign; decimals only where there are any."""
    if amount is None:
        return ""
    digits = f"{amount:,.2f}"
    return CURRENCY_SIGNS.get(currency, currency + " ") + digits.removesuffix(".00")


# Where most companies of a place begin alike, their names are told apart by what follows it.
PLACES = (
    "北京", "上海", "天津", "重庆", "广州", "深圳", "东莞", "佛山", "珠海", "苏州", "无锡", "南京", "杭州", "宁波", "温州", "厦门", "福州",
    "济南", "青岛", "武汉", "长沙", "成都", "西安", "郑州", "合肥", "南昌", "昆明", "贵阳", "南宁", "海口", "大连", "沈阳", "广东", "江苏",
    "浙江", "福建", "山东", "四川", "湖北", "湖南", "河南", "中国",
)  # fmt: skip


def make_initials(name: str) -> str:
    """Return the two letters that stand for a company or a person in a tile: of a Chinese name the first two behind the place."""
    plain = name.strip()
    if plain[:1].isascii():
        return "".join(word[:1] for word in plain.split()[:2]).upper()
    rest = plain[2:].removeprefix("市").removeprefix("省") if plain.startswith(PLACES) else plain
    return (rest or plain)[:2]


WEEKDAYS = (_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"))
SOON, VERY_SOON = 60, 15  # days: a term that ends is pointed out below the first, and urgently below the second
LONG_AGO, VERY_LONG_AGO = 30, 60  # days: nobody was heard of for this long
_TOLD = Markup('<span title="%s"%s>%s</span>')


class Told(NamedTuple):
    """A day or an instant as a person says it: the words, the full date that they stand for, and a tone where it needs attention."""

    words: str
    full: str
    tone: str = ""


def tell_day(day: date) -> Told:
    """Return a day by its distance (today, tomorrow, yesterday), within the year with its weekday, else in full."""
    return _tell_day(day, clock.today(), str(get_locale()))


@lru_cache(maxsize=4000)
def _tell_day(day: date, today: date, _language: str) -> Told:
    full = day.isoformat()
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}.get((day - today).days)
    if near is not None:
        return Told(near, full)
    if day.year != today.year:
        return Told(full, full)
    return Told(_("%(day)s, %(weekday)s", day=full[5:], weekday=WEEKDAYS[day.weekday()]), full)


def tell_time(instant: datetime) -> Told:
    """Return a UTC instant as its day, and the time of day where that still matters: today and tomorrow."""
    local, today = clock.to_local(instant), clock.today()
    said = _tell_day(local.date(), today, str(get_locale()))
    at = local.isoformat(" ", "minutes")
    return Told(f"{said.words} {at[11:]}" if 0 <= (local.date() - today).days <= 1 else said.words, at)


def tell_age(instant: datetime) -> Told:
    """Return how long ago a UTC instant was: today with its time, yesterday, else the number of days; long ago in a tone."""
    local = clock.to_local(instant)
    days = (clock.today() - local.date()).days
    if days <= 1:
        return tell_time(instant)
    tone = "red" if days > VERY_LONG_AGO else "amber" if days > LONG_AGO else ""
    return Told(_("%(n)s days ago", n=f"{days:,}"), local.isoformat(" ", "minutes"), tone)


def tell_overdue(days: int) -> str:
    """Return the words for what should have been done so many days ago."""
    return _("1 day overdue") if days == 1 else _("%(n)s days overdue", n=f"{days:,}")


def tell_due(day: date, at: time | None = None) -> Told:
    """Return when something is to be done: how long it is overdue, or its day, with the time if it has one."""
    said, late = tell_day(day), (clock.today() - day).days
    clock_time = f" {at.isoformat('minutes')}" if at is not None else ""
    if late > 0:
        return Told(tell_overdue(late), said.full + clock_time, "red")
    return Told(said.words + clock_time, said.full + clock_time)


def tell_due_time(instant: datetime, now: datetime) -> Told:
    """Return when something is due at a UTC instant: how long it is overdue, or its day and time."""
    said, local = tell_time(instant), clock.to_local(instant)
    if instant >= now:
        return Told(said.words, said.full, "")
    days = (clock.to_local(now).date() - local.date()).days
    return Told(tell_overdue(days) if days > 0 else _("Overdue since %(time)s", time=said.full[11:]), said.full, "red")


def tell_left(day: date) -> Told:
    """Return how many days are left until a day, or since when it is past."""
    left, full = (day - clock.today()).days, day.isoformat()
    if left < 0:
        return Told(tell_overdue(-left), full, "red")
    if left <= 1:
        return Told(tell_day(day).words, full, "amber")
    return Told(_("%(n)s days left", n=f"{left:,}"), full)


def tell_end(day: date) -> Told:
    """Return when a term ends: in so many days when that is soon, else its day; past it is told as the day that it was."""
    left = (day - clock.today()).days
    if not 0 <= left < SOON:
        return Told(day.isoformat(), day.isoformat())
    tone = "red" if left < VERY_SOON else "amber"
    words = _("ends today") if left == 0 else _("ends tomorrow") if left == 1 else _("ends in %(n)s days", n=left)
    return Told(words, day.isoformat(), tone)


def draw_told(told: Told) -> Markup:
    """Return the words with the full date as their title, in their tone."""
    return _draw_told(told)


@lru_cache(maxsize=4000)
def _draw_told(told: Told) -> Markup:
    if not told.tone and told.words == told.full:
        return Markup("%s") % told.words
    return _TOLD % (told.full, Markup(' class="t-%s"') % told.tone if told.tone else "", told.words)


def join_words(words: Iterable[str]) -> str:
    """Return an enumeration with the comma of the reader's language."""
    return str(_(", ")).join(words)


def show(value: object) -> str:
    """Return any column's value as a person reads it; '' for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return clock.to_local(value).isoformat(" ", "minutes")  # strftime writes the year 1 as “1”
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, list | tuple):
        return join_words(str(show(part)) for part in value)
    return value if isinstance(value, Markup) else str(value)
