"""Conditions of routes as plain expressions for others' engines: `amount > 100000 and kind == "rack"`. Written here, never read or run.

The words are Python's, which most engines for BPMN either speak or come close to. A value stays one literal, whatever is in it.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from .flow.conditions import EMPTY, FILLED, is_sound, kind_of, read_value
from .flow.definition import Condition, Flow, Kind

_SIGNS: Mapping[str, str] = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PLAIN = 30  # digits; beyond, a number is written with its exponent


def name_variables(codes: Iterable[str]) -> dict[str, str]:
    """Return the variable of each field: its code where that is a name already (“contract.amount” too), else one made of it."""
    wanted = list(dict.fromkeys(codes))
    found = {code: code for code in wanted if all(map(_is_name, code.split(".")))}
    taken = set(found.values())
    for code in wanted:
        if code not in found:
            base = "field_" + re.sub(r"[^A-Za-z0-9_\u4e00-\u9fa5]", "_", code)
            found[code] = next(name for name in (base, *(f"{base}_{n}" for n in range(2, len(wanted) + 2))) if name not in taken)
            taken.add(found[code])
    return found


def _is_name(text: str) -> bool:
    """Tell whether a text is a name that reads the same however it is normalised, and no word of the language."""
    return text.isidentifier() and not keyword.iskeyword(text) and unicodedata.normalize("NFKC", text) == text


def quote(text: str) -> str:
    """Return a text as a literal in double quotes; what cannot be seen, or could end the literal, is written as an escape."""
    return (
        '"'
        + "".join(f"\\{letter}" if letter in '"\\' else letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
        + '"'
    )


def write_expression(flow: Flow, conditions: Sequence[Condition], variables: Mapping[str, str]) -> str:
    """Return the expression that holds when all conditions do. One that cannot be answered holds never, as in a case."""
    return " and ".join(dict.fromkeys(_write(flow, one, variables) for one in conditions))


def _write(flow: Flow, condition: Condition, variables: Mapping[str, str]) -> str:
    kind = kind_of(flow, condition.field)
    if kind is None or not is_sound(flow, condition):
        return "False"
    name = variables[condition.field]
    if condition.operator in (FILLED, EMPTY):
        return f'{name} {"in" if condition.operator == EMPTY else "not in"} (None, "")'
    if kind is Kind.YES_NO:  # what is empty is a “no”, and differs from both
        return {("eq", "yes"): name, ("ne", "no"): f"{name} != False"}.get((condition.operator, condition.value), f"not {name}")
    literal = _write_value(kind, condition.value)
    return f"{literal} in {name}" if condition.operator == "contains" else f"{name} {_SIGNS[condition.operator]} {literal}"


def _write_value(kind: Kind, text: str) -> str:
    if kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.CHOICE):
        return quote(text.strip())
    value = read_value(kind, text)
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) + len(value.as_tuple().digits) < _PLAIN else str(value)
    return str(value) if isinstance(value, int) else quote(str(value))
