"""Malformed requests to the REST API never end in a 5xx or show inner words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.views.rest import DeskApi

from ..conftest import RestClient
from ..factories import World
from .faults import HUGE, hash_of, list_faults

ODD_JSON: list[Any] = [None, [], "text", 5, True, {}, {"id": 1}, {"name": None}, {"name": []}, {"name": {}}, {"\x00": "\x00"}]


RISON = [
    "",
    "(",
    ")",
    "!",
    "(((((",
    "!(",
    "(a:",
    "(page:x)",
    f"(page:{HUGE})",
    "(page:-5)",
    "(page_size:-1)",
    f"(page_size:{HUGE})",
    "(page_size:0)",
    "(page:!n)",
    "(filters:x)",
    "(filters:!(x))",
    "(filters:!((col:name)))",
    "(filters:!((col:name,opr:eq)))",
    "(filters:!((opr:eq,value:1)))",
    "(order_column:password,order_direction:asc)",
    "(order_column:name,order_direction:sideways)",
    "(order_column:!(1),order_direction:asc)",
    "(columns:!(password))",
    "(columns:!(owner.password))",
    "(columns:!((a:b)))",
    "(columns:x)",
    "(columns:!())",
    "(keys:!(x))",
    "(keys:!n)",
    "(add_columns:(owner:(page:0)))",
    "!((page:1))",
    "5",
    "'x'",
    "!t",
    "(page:1.5)",
    "(" * 2000,
    "!(" * 2000,
    "(select_columns:!(owner.password))",
    "%00",
    "(order_column:id,order_direction:!n)",
    "(order_direction:asc)",
]


OPERATORS = [
    "eq",
    "neq",
    "gt",
    "lt",
    "ct",
    "nct",
    "sw",
    "nsw",
    "ew",
    "new",
    "in",
    "rel_o_m",
    "nrel_o_m",
    "rel_m_m",
    "eqf",
    "nothing",
    "eqbool",
]


VALUES = [
    "!n",
    "''",
    "!()",
    "!t",
    HUGE,
    "-1",
    "1.5",
    "'x'",
    "'%00'",
    "!(1,2)",
    "!('a','b')",
    "(a:b)",
    "'2026-02-30'",
    "20260101",
    "'20260101'",
    "'1e999999'",
    "'" + "x" * 3000 + "'",
    "'NaN'",
    "'Infinity'",
    "0",
    "1",
    "'9999-12-31'",
    "%27%27%27",
]


VALID = {
    "customers": {"name": "Fuzz Ltd", "status_id": 1},
    "activities": {"customer_id": 1, "kind_id": 1, "happened_at": "2026-01-01T10:00:00", "text": "x"},
    "contracts": {"customer_id": 1, "title": "x", "amount": "1.00", "currency": "CNY"},
    "tickets": {"customer_id": 1, "subject": "x", "priority_id": 1},
    "staff": {"username": "x"},
}


@pytest.mark.slow
def test_odd_rison_is_answered_in_sentences(app: Flask, world: World) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        client = RestClient(app, "chief")
        for resource in ("customers", "contracts"):
            for query in RISON:
                for path in (f"{resource}/", f"{resource}/_info", f"{resource}/1"):
                    yield f"{path}?q={query}", client.send("GET", f"{path}?q={query}")
        columns = {"customers": ["name", "status_id", "created_at"], "contracts": ["amount", "end_on"], "tickets": ["due_at"]}
        for resource, names in columns.items():
            for name in [*names, "password", "owner.password"]:
                for operator in OPERATORS:
                    for value in VALUES:
                        query = f"{resource}/?q=(filters:!((col:{name},opr:{operator},value:{value})))"
                        if hash_of(query) % 8:
                            continue
                        yield query, client.send("GET", query)

    assert list_faults(ask()) == []


@pytest.mark.slow
def test_odd_json_is_answered_in_sentences(app: Flask, world: World) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        client = RestClient(app, "chief")
        odd: list[Any] = [
            None,
            [],
            {},
            "",
            "x",
            "x\x00",
            "\ud800",
            True,
            -1,
            1.5,
            int(HUGE),
            "x" * 30_000,
            "2026-02-30",
            "99999-01-01",
            "NaN",
            1e308,
        ]
        for resource, fields in VALID.items():
            ways = [("POST", f"{resource}/"), ("PUT", f"{resource}/1")]
            for method, path in ways:
                for body in ODD_JSON:
                    yield f"{method} {path} {body!r}", client.send(method, path, body)
                for name in [
                    *fields,
                    "remark",
                    "next_step_on",
                    "owner_id",
                    "renews_id",
                    "assignee_id",
                    "end_on",
                    "status",
                    "row_version",
                ]:
                    for value in odd:
                        yield f"{method} {path} {name}={value!r:.30}", client.send(method, path, fields | {name: value})

    assert list_faults(ask()) == []


BODIES = [
    b"",
    b"{",
    b"[" * 100_000,
    b"\x00",
    b"\xff\xfe",
    b"null",
    b'"x"',
    b"{}",
    b'{"username":5,"password":[],"provider":"db"}',
    b'{"username":"a\\u0000","password":"b","provider":"db"}',
    b'{"username":"\\ud800","password":"\\ud800","provider":"db"}',
    b'{"username":"a","password":"b","provider":"ldap"}',
    b'{"username":"a","password":"b\\u0000","provider":"db","refresh":"x"}',
]


def test_odd_bodies_are_answered_in_sentences(app: Flask, world: World) -> None:
    def ask() -> Iterator[tuple[str, Any]]:
        client = RestClient(app, "chief")
        for path, method in (("security/login", "POST"), ("customers/", "POST"), ("customers/1", "PUT"), ("security/refresh", "POST")):
            for body in BODIES:
                for kind in ("application/json", "text/plain", ""):
                    answer = client.client.open(f"/api/v1/{path}", method=method, data=body, content_type=kind, headers=client.headers)
                    yield f"{path} {body[:30]!r} {kind}", answer

    assert list_faults(ask()) == []


def test_an_instant_may_come_with_an_offset(app: Flask, world: World) -> None:
    client, path = RestClient(app, "south1"), f"activities/{world.activity['south1']}"
    for sent, kept in (("2026-01-05T10:00:00Z", "2026-01-05T10:00:00"), ("2026-01-05T10:00:00+08:00", "2026-01-05T02:00:00")):
        answer = client.send("PUT", path, {"happened_at": sent})
        assert (answer.status_code, answer.json["result"]["happened_at"]) == (200, kept), answer.text
    assert client.send("PUT", path, {"happened_at": "0001-01-01T00:00:00+14:00"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "field", "chinese", "english"),
    [
        ({"nothing": 1}, "nothing", "没有这个字段。", "There is no such field."),
        ({"next_step_on": "2026-02-30"}, "next_step_on", "日期无效。", "This is not a day of the calendar."),
        ({"name": 5}, "name", "请发送文本。", "Send a text."),
        ({"website": "https://" + "x" * 999}, "website", "最多 200 个字符。", "At most 200 characters."),
    ],
)
def test_what_is_wrong_with_a_value_is_said_in_the_askers_language(
    app: Flask, world: World, body: dict[str, Any], field: str, chinese: str, english: str
) -> None:
    client = RestClient(app, "south1")
    for language, sentence in (("zh", chinese), ("en", english)):
        answer = client.client.put(
            f"/api/v1/customers/{world.lead['south1']}", json=body, headers=client.headers | {"Accept-Language": language}
        )
        assert (answer.status_code, answer.json["message"]) == (422, {field: [sentence]})
        missing = client.client.get("/api/v1/customers/999999", headers=client.headers | {"Accept-Language": language})
        assert (missing.status_code, "Not found" in missing.text) == (404, False)


AMOUNT_BAD = "Enter an amount of zero or more, with at most two decimals."


@pytest.mark.parametrize(
    ("path", "body", "chinese", "english"),
    [
        ("contracts", {"amount": "NaN"}, "请填写不小于零的金额，最多两位小数。", AMOUNT_BAD),
        ("contracts", {"amount": "plenty"}, "请填写不小于零的金额，最多两位小数。", AMOUNT_BAD),
        ("activities", {"happened_at": "soon"}, "这不是有效的日期和时间。", "This is not a date and time."),
        ("activities", {"happened_at": None}, "请填写发生时间。", "Enter when it happened."),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_its_sentence(app: Flask, world: World, path: str, body: dict[str, Any], chinese: str, english: str) -> None:
    client, pk = RestClient(app, "chief"), {"contracts": world.contract, "activities": world.activity}[path]["south1"]
    for language, sentence in (("zh", chinese), ("en", english)):
        answer = client.client.put(f"/api/v1/{path}/{pk}", json=body, headers=client.headers | {"Accept-Language": language})
        assert (answer.status_code, answer.json["message"]) == (422, {next(iter(body)): [sentence]})


def test_no_reader_of_bodies_says_a_sentence_that_is_not_ours(app: Flask) -> None:
    readers = [
        reader
        for view in app.extensions["appbuilder"].baseviews
        if isinstance(view, DeskApi)
        for reader in (view._add_reader, view._edit_reader)
    ]
    said = {
        (type(field).__name__, key, str(type(sentence).__name__))
        for reader in readers
        for field in [reader, *reader.fields.values()]
        for key, sentence in field.error_messages.items()
    }
    rules = {type(field.rule).__name__ for reader in readers for field in reader.fields.values()}
    assert len(readers) >= 8 and rules >= {"TextRule", "ReferenceRule", "NumberRule", "DayRule", "InstantRule"}
    assert {entry for entry in said if entry[2] != "LazyString"} == set()
