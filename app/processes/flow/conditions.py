"""Conditions of routes: a field, an operator, a value. Data alone; nothing here runs what somebody wrote."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ...core.base.texts import identity_key
from .definition import Condition, Flow, Kind, Route, Step

# What a field holds: text, number, day, yes or no, the key of a record, keys of people, or nothing.
Value = str | int | Decimal | date | bool | tuple[int, ...] | None
Values = Mapping[str, Value]

FILLED, EMPTY = "filled", "empty"
_SAME = ("eq", "ne")
_ORDER = ("lt", "le", "gt", "ge")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "contains": lambda held, value: value in held,
}  # fmt: skip

# The operators of each kind of field. What is not named here can only be filled or empty.
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*_SAME, "contains", FILLED, EMPTY),
    Kind.LONG_TEXT: ("contains", FILLED, EMPTY),
    Kind.CHOICE: (*_SAME, FILLED, EMPTY),
    Kind.NUMBER: (*_SAME, *_ORDER, FILLED, EMPTY),
    Kind.MONEY: (*_SAME, *_ORDER, FILLED, EMPTY),
    Kind.DATE: (*_SAME, *_ORDER, FILLED, EMPTY),
    Kind.YES_NO: _SAME,
    Kind.PERSON: (*_SAME, FILLED, EMPTY),
    Kind.DEPARTMENT: (*_SAME, FILLED, EMPTY),
    Kind.CONTRACT: (FILLED, EMPTY),
    Kind.CUSTOMER: (FILLED, EMPTY),
    Kind.ATTACHMENT: (FILLED, EMPTY),
    Kind.ROWS: (FILLED, EMPTY),
}


def read_value(kind: Kind, text: str) -> Value:
    """Return the value of a condition as its field holds it. ValueError: the text is none of this kind."""
    if "_" in text and kind not in (Kind.TEXT, Kind.LONG_TEXT, Kind.CHOICE):
        raise ValueError(text)  # Python would read 1_000 as a number
    if kind in (Kind.NUMBER, Kind.MONEY):
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise ValueError(text) from error
        if not number.is_finite():
            raise ValueError(text)
        return number
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    if kind in (Kind.PERSON, Kind.DEPARTMENT):
        return int(text)
    if kind is Kind.YES_NO:
        if text not in ("yes", "no"):
            raise ValueError(text)
        return text == "yes"
    return identity_key(text)


def kind_of(flow: Flow, code: str) -> Kind | None:
    """Return what a condition's field takes: one of the form, or one that a module offers of its record; None when there is none."""
    own = next((field.kind for field in flow.fields if field.code == code), None)
    return own or flow.offered.get(code)


def is_sound(flow: Flow, condition: Condition) -> bool:
    """Tell whether the condition asks something of its field that it can answer."""
    kind = kind_of(flow, condition.field)
    if kind is None or condition.operator not in OPERATORS[kind]:
        return False
    if condition.operator in (FILLED, EMPTY):
        return True
    try:
        read_value(kind, condition.value)
    except ValueError:
        return False
    return condition.value.strip() != ""


def holds(flow: Flow, condition: Condition, values: Values) -> bool:
    """Tell whether a condition holds. One that is not sound does not. What is empty differs from every value, and is a “no”."""
    held = values.get(condition.field)
    is_empty = held is None or held == ""
    if condition.operator in (FILLED, EMPTY):
        return is_empty == (condition.operator == EMPTY)
    kind = kind_of(flow, condition.field)
    if kind is None or not is_sound(flow, condition):
        return False
    if is_empty:
        return condition.operator == "ne" or (kind is Kind.YES_NO and condition.operator == "eq" and condition.value == "no")
    wanted = read_value(kind, condition.value)
    return _COMPARE[condition.operator](identity_key(held) if isinstance(held, str) else held, wanted)


def choose(flow: Flow, step: Step, values: Values) -> Route | None:
    """Return the first route of a step whose conditions all hold, or None."""
    return next((route for route in flow.list_routes(step) if all(holds(flow, one, values) for one in route.conditions)), None)
