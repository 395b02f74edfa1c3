"""Write values on a row: the one place by which forms, dialogs and REST bodies reach a row's attributes.

Each entry point makes plain values of what was sent, by name of the attribute; nothing of a request stays on a form class, a
schema or any other object that the next request uses.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..base.entities import Entity, Values


def write(row: Entity, values: Values) -> None:
    """Set the attributes that are given: line ends as the database stores them, instants in UTC without an offset.

    A text that differs from the row's by its line ends alone (browsers send CR LF) is left as it is. Raises OverflowError
    for an instant that has no such form.
    """
    for name, given in values.items():
        value = _as_stored(given)
        present = getattr(row, name, None)
        if isinstance(value, str) and isinstance(present, str) and "\r" in present and unify_lines(present) == value:
            continue
        setattr(row, name, value)


def _as_stored(value: object) -> object:
    if isinstance(value, str) and "\r" in value:
        return unify_lines(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def unify_lines(text: str) -> str:
    """Return a text with its lines ended by LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
