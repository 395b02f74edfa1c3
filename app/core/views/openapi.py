"""What the OpenAPI document says of a resource's bodies and answers, from the definitions of its fields."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..writes.columns import rules_of
from ..writes.fields import FieldRule, NumberRule


def describe_answer(schema: dict[str, Any], model: Any) -> None:
    """Describe the columns of an answer. None is called required: a reader may ask for some of them alone."""
    columns = model.__table__.c
    for name, rule in _find_rules(schema, model):
        schema["properties"][name] = {**_drop_limits(rule.describe()), **_say_nullable(columns[name])}
    schema.pop("required", None)


def describe_body(schema: dict[str, Any], model: Any, *, is_new: bool) -> None:
    """Describe the columns of a body: their limits, choices and defaults, and what a new row cannot do without."""
    columns, needed = model.__table__.c, []
    for name, rule in _find_rules(schema, model):
        found = rule.describe()
        if isinstance(rule, NumberRule) and rule.decimals:
            found = {"oneOf": [found, {"type": "number", "minimum": float(rule.least), "maximum": float(rule.most)}]}
        if rule.needed is None:
            found |= _say_nullable(columns[name])
        if is_new and columns[name].default is not None and rule.default not in (None, ""):
            found["default"] = str(rule.default) if isinstance(rule.default, Decimal) else rule.default
        elif rule.needed is not None:
            needed.append(name)
        schema["properties"][name] = found
    schema.pop("required", None)
    if is_new and needed:
        schema["required"] = sorted(needed)
    if not is_new:
        schema["properties"]["row_version"] = {"type": "integer", "minimum": 1, "description": "The version that was read; else 409."}


def _find_rules(schema: dict[str, Any], model: Any) -> Iterable[tuple[str, FieldRule]]:
    return [(name, rule) for name, rule in rules_of(model).items() if name in schema["properties"]]


def _say_nullable(column: Any) -> dict[str, Any]:
    return {"nullable": True} if column.nullable else {}


def _drop_limits(described: dict[str, Any]) -> dict[str, Any]:
    """Leave out what binds a body alone: an older row may hold a longer text, or a code that is given no more."""
    return {key: value for key, value in described.items() if key in ("type", "format", "enum")}
