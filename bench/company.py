"""The made-up company that every application of the bench is filled with: names, amounts, people. Knows none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import sql

DEPARTMENTS, SALESPEOPLE, ACTIVITIES, MAX_ACTIVITIES = 10, 200, 10, 2_000_000
PASSWORD = "a pass phrase for the bench"
CHEAP_HASH = "pbkdf2:sha256:1"  # signing in is not what is measured
FIRST = (
    "amber anchor arctic atlas aurora autumn birch blossom bramble bridge cedar cobalt copper coral crane crimson delta ember "
    "falcon fern forest garnet glacier granite harbour hazel heron indigo island ivory jasper juniper lantern laurel linden lotus "
    "maple marble meadow mercury mirror north oak ocean olive onyx opal orchid pearl pine quartz raven river saffron silver "
    "summit thistle tiger velvet willow zenith"
).split()
SECOND = (
    "avenue bay beacon bell brook canal castle cliff corner court creek crest crossing dale dock field fjord ford gate glen "
    "grove hall haven heath hill holm hollow lake lane ledge light mill moor mount orchard park pass path peak plain point pond "
    "port quay rock ridge road sands shore spring square station stone strand street terrace tower vale valley view wharf wood"
).split()
KINDS = ("Trading", "Logistics", "Networks", "Medical", "Foods", "Energy", "Textiles", "Software", "Paper", "Optics", "Motors", "Bank")
ZH_PLACE = "广州 深圳 上海 北京 杭州 成都 武汉 西安 南京 苏州 天津 重庆 青岛 宁波 厦门 长沙 郑州 佛山 东莞 合肥".split()
ZH_FIRST = "恒 瑞 鼎 盛 华 宏 嘉 锦 凯 联 茂 铭 启 荣 泰 祥 信 耀 裕 正".split()
ZH_SECOND = "达 丰 晟 创 通 博 源 远 诚 安 辉 域 翔 科 程 润 和 岳 川 骏".split()
ZH_KIND = ("科技有限公司", "贸易有限公司", "物流有限公司", "网络有限公司", "医疗器械有限公司", "食品有限公司")


def make_name(place: int) -> str:
    """Return a company's name; every third one is Chinese."""
    if place % 3 == 0:
        at = place // 3
        parts = [ZH_PLACE[at % 20], ZH_FIRST[at // 20 % 20], ZH_SECOND[at // 400 % 20], ZH_KIND[at // 8000 % 6]]
        return "".join(parts) + (str(at // 48_000) if at >= 48_000 else "")
    at = place * 7919
    return f"{FIRST[at % len(FIRST)]} {SECOND[at // 61 % len(SECOND)]}".title() + f" {KINDS[at // 3700 % len(KINDS)]} {place}"


def is_signed(place: int) -> bool:
    """Tell whether the customer at this place has signed: three in ten."""
    return place % 10 in (1, 4, 7)


def make_phone(key: int) -> str:
    """Return the phone of a customer's contact."""
    return f"020-{key % 9000 + 1000} {key % 8999 + 1000}"


def read_rows(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return every row of a statement."""
    return connection.execute(statement, values).fetchall()


def copy_rows(connection: Any, table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
