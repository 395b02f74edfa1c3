"""How values look: one function for lists, record pages, comparisons and exports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

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


_BOX = Markup('<label><input type=checkbox name=%s value="%s"%s>%s</label>')


@lru_cache(maxsize=200)
def draw_boxes(name: str, options: tuple[tuple[str, str], ...], *, ticked: bool) -> Markup:
    """Return a facet's values as tick boxes; a list offers the same to everybody of a language, page after page."""
    mark = Markup(" checked") if ticked else ""
    return Markup("").join(_BOX % (name, value, mark, label) for value, label in options)


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
