"""Undo: what was just added or deleted can be taken back by one button beside the sentence that says so.

The offer waits in the session, as the sentence does, and is a form to a page that is there anyway (delete, withdraw, restore): what it does
passes that page's permission and the gate. An edit or a move has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import session

from ..access.mixins import Owned
from ..base.registry import Registry

UNDO = "undo"
# How a deleted row is restored: model and id -> the address to send to; None when the viewer may not.
Restorer = Callable[[type[Owned], int], str | None]
RESTORERS: Registry[str, Restorer] = Registry("ways out of the bin", single=True)


@dataclass(frozen=True)
class Undo:
    """A form with one button: where it goes and what it says besides."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


def offer(undo: Undo | None) -> None:
    """Offer to take back what was just done, beside the sentence that the next page says; None takes an earlier offer away."""
    if undo is not None:
        session[UNDO] = {"url": undo.url, "fields": dict(undo.fields)}
    else:
        session.pop(UNDO, None)


def take_offer() -> dict[str, Any] | None:
    """Return the offer that waits, once."""
    found: dict[str, Any] | None = session.pop(UNDO, None)
    return found


def find_restoring(model: type[Any], row_id: int) -> Undo | None:
    """Return how a row that was just deleted comes back; None for what no bin holds, or not for this viewer."""
    find = RESTORERS.find("bin")
    url = find(model, row_id) if find is not None and issubclass(model, Owned) else None
    return Undo(url) if url is not None else None
