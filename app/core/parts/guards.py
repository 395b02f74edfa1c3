"""Bind the rules of files to the gate, whatever record they hang on."""

from __future__ import annotations

from ..writes.change import Change
from . import rules


def guard_attachment(change: Change) -> None:
    """Refuse a file of another kind or size, and find its media type."""
    if change.is_new:
        change.row.media_type = rules.check_attachment(change.row.name, change.row.content)
