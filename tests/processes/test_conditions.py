"""What a condition asks, as a truth table; what it holds is data and never runs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.processes.flow.conditions import Value, choose, holds, is_sound
from app.processes.flow.definition import END, Condition, Field, Flow, Kind, Route, Step

pytestmark = pytest.mark.one_database

KINDS = (Kind.TEXT, Kind.LONG_TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.CHOICE, Kind.YES_NO, Kind.PERSON, Kind.CONTRACT)
FLOW = Flow(1, (Step("submit"),), tuple(Field(kind.value, kind) for kind in KINDS), {"contract.amount": Kind.MONEY})
DAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("field", "operator", "value", "held", "expected"),
    [
        ("money", "gt", "100000", Decimal("100000.01"), True),
        ("money", "gt", "100000", Decimal("100000.00"), False),
        ("money", "ge", "100000", Decimal("100000.00"), True),
        ("money", "lt", "100000", None, False),
        ("money", "ne", "1", None, True),
        ("number", "eq", "3.0", 3, True),
        ("contract.amount", "le", "5", Decimal("5"), True),
        ("text", "eq", " Suzhou  B2", "suzhou b2", True),
        ("text", "eq", "ＳＵＺＨＯＵ", "Suzhou", True),
        ("text", "contains", "zho", "Suzhou", True),
        ("text", "contains", "zho", "", False),
        ("text", "filled", "", "x", True),
        ("text", "filled", "", "", False),
        ("text", "empty", "", None, True),
        ("choice", "ne", "a", "b", True),
        ("date", "lt", "2026-11-29", DAY, True),
        ("date", "ge", "2026-11-29", DAY, False),
        ("yes_no", "eq", "yes", True, True),
        ("yes_no", "eq", "no", None, True),
        ("yes_no", "ne", "yes", False, True),
        ("person", "eq", "7", 7, True),
        ("contract", "filled", "", 3, True),
    ],
)
def test_a_condition_holds_or_not(field: str, operator: str, value: str, held: Value, *, expected: bool) -> None:
    condition = Condition(field, operator, value)
    assert is_sound(FLOW, condition)
    assert holds(FLOW, condition, {field: held}) is expected


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("nowhere", "eq", "1"), ("text", "gt", "1"), ("money", "contains", "1"), ("money", "gt", "many"), ("money", "gt", "NaN"),
        ("money", "gt", "Infinity"), ("money", "gt", ""), ("date", "lt", "tomorrow"), ("yes_no", "eq", "perhaps"), ("contract", "eq", "1"),
        ("money", "gt", "1_000"), ("person", "eq", "me"), ("text", "__eq__", "1"), ("text", "eq", "  "),
        ("money", "lt", "__import__('os').getpid()"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_not_sound_and_does_not_hold(field: str, operator: str, value: str) -> None:
    condition = Condition(field, operator, value)
    assert not is_sound(FLOW, condition)
    assert not holds(FLOW, condition, {field: "1"})


def test_what_looks_like_code_is_a_text() -> None:
    code = "__import__('os').system('true')"
    assert holds(FLOW, Condition("text", "eq", code), {"text": code})
    assert not holds(FLOW, Condition("text", "eq", code), {"text": "0"})


def test_the_first_way_whose_conditions_all_hold_is_taken() -> None:
    over, urgent = Condition("money", "gt", "10"), Condition("text", "eq", "urgent")
    step = Step("submit", routes=(Route("a", (over, urgent)), Route("b", (over,)), Route(END)))
    for values, target in [({"money": 11, "text": "urgent"}, "a"), ({"money": 11}, "b"), ({"money": 9, "text": "urgent"}, END)]:
        route = choose(FLOW, step, values)  # type: ignore[arg-type]
        assert route is not None
        assert route.target == target
    assert choose(FLOW, Step("submit", routes=(Route("a", (over,)),)), {}) is None
