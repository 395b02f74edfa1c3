"""What a rule says: nothing, or its refusal; compared by the sentence itself, without an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.base.errors import AccessDenied, RuleViolation
from app.core.writes.columns import rules_of


def hear(rule: Callable[..., object], *args: Any, **facts: Any) -> tuple[object, str | None] | None:
    """Return the sentence and the field of a rule's refusal; None when it lets pass."""
    try:
        rule(*args, **facts)
    except RuleViolation as refusal:
        return refusal.message, refusal.field
    return None


def hear_field(model: Any, name: str, value: Any) -> tuple[object, str | None] | None:
    """Return the sentence and the field of a definition's refusal of a value; None when it takes it."""
    heard = hear(rules_of(model)[name].check, value)
    return None if heard is None else (heard[0], name)


def is_denied(rule: Callable[..., object], *args: Any, **facts: Any) -> bool:
    """Tell whether a rule refuses for lack of a right, not for what was entered."""
    try:
        rule(*args, **facts)
    except RuleViolation as refusal:
        return isinstance(refusal, AccessDenied)
    return False
