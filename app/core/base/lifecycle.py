"""Moves between states. One table per module says which moves exist; rules, buttons and REST all read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from .entities import Values
from .errors import RuleViolation
from .formatting import badge
from .i18n import Words

NO_SUCH_STATE = _l("There is no such status.")
NO_SUCH_MOVE = _l("This status cannot follow the present one.")


@dataclass(frozen=True)
class State:
    """A state: what it is called and the tone of its badge (green, amber, red, blue, grey)."""

    label: Words
    tone: str


@dataclass(frozen=True)
class Move:
    """A transition from some states to one; `needs` maps a field that must be filled to the sentence said otherwise."""

    name: str
    label: Words
    sources: tuple[str, ...]
    target: str
    needs: Mapping[str, Words] | None = None
    is_danger: bool = False


@dataclass(frozen=True)
class Lifecycle:
    """The states of one kind of row, the state it begins in, and its moves."""

    states: Mapping[str, State]
    first: str
    moves: tuple[Move, ...]

    def show(self, code: str) -> Markup:
        """Return a state as a person reads it."""
        state = self.states[code]
        return badge(state.label, state.tone)

    def moves_from(self, state: str) -> list[Move]:
        """Return the moves open from a state, in the order of the table."""
        return [move for move in self.moves if state in move.sources]

    def find_move(self, old: str, new: str) -> Move | None:
        """Return the move between two states, or None."""
        return next((move for move in self.moves if old in move.sources and move.target == new), None)

    def check_move(self, old: str | None, new: str, given: Values, *, field: str = "status") -> Move | None:
        """Return the move that is being made; refuse an unknown state, a missing move or a missing reason.

        A row that begins (`old` is None) must begin in the first state.
        """
        if new not in self.states:
            raise RuleViolation(NO_SUCH_STATE, field)
        if old == new:
            return None
        move = None if old is None else self.find_move(old, new)
        if old is None and new == self.first:
            return None
        if move is None:
            raise RuleViolation(NO_SUCH_MOVE, field)
        for name, sentence in (move.needs or {}).items():
            if not given.get(name):
                raise RuleViolation(sentence, name)
        return move
