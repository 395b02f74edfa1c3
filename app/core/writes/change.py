"""A row on its way through the gate: what the gate, the guards and the history ask of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from ..access.viewer import Viewer
from .facts import Facts


@dataclass
class Change:
    """One row on its way through the gate: what is written, by whom, and what was there before."""

    row: Any
    kind: str  # add | edit | delete | restore
    viewer: Viewer
    facts: Facts
    before: Any = None  # the row as the database has it, locked; None when added
    after_write: list[Callable[[Session], None]] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Tell whether the row is being added."""
        return self.kind == "add"

    def old(self, name: str) -> Any:
        """Return the value before; None for a new row."""
        return getattr(self.before, name) if self.before is not None else None

    def changed(self, name: str) -> bool:
        """Tell whether the column is being set to another value (any value, for a new row)."""
        return self.is_new or getattr(self.row, name) != self.old(name)
