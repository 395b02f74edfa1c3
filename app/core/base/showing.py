"""Showing never fails because of one row: what cannot be shown becomes a dash on the page and one line in the log.

The line names model, id, place and kind of error, never a value: logs are read by more people than records are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

DASH = "–"
# What a value that does not fit its words can raise. An outage of the database or a refusal is none of these.
ODD = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
Subject = TypeVar("Subject")
Made = TypeVar("Made")
Instead = TypeVar("Instead")
log = logging.getLogger(__name__)


class RowsCell:
    """A maker of cells that looks up once what all rows of a page need."""

    def for_rows(self) -> Callable[[Any], object]:
        """Return the maker for the rows of one page."""
        raise NotImplementedError

    def __call__(self, row: Any) -> object:
        """Return the cell of one row."""
        return self.for_rows()(row)


def prepare_cells(make: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a maker of cells made ready for the rows of one page, or of one export."""
    return make.for_rows() if isinstance(make, RowsCell) else make


def note_odd(row: object, place: str, error: BaseException) -> None:
    """Write into the log that one place of a row cannot be shown."""
    log.warning("%s %s: %s cannot be shown (%s)", type(row).__name__, getattr(row, "id", None), place, type(error).__name__)


@overload
def show_safely(row: Subject, place: str, make: Callable[[Subject], Made]) -> Made | str: ...


@overload
def show_safely(row: Subject, place: str, make: Callable[[Subject], Made], otherwise: Instead) -> Made | Instead: ...


def show_safely(row: Subject, place: str, make: Callable[[Subject], object], otherwise: object = DASH) -> object:
    """Return what `make` makes of the row; `otherwise`, and a line in the log, when it cannot."""
    try:
        return make(row)
    except ODD as error:
        note_odd(row, place, error)
        return otherwise


def show_cells(row: Subject, columns: Sequence[str], makers: Sequence[Callable[[Subject], Made]]) -> list[Made | str]:
    """Return the cells of one row. Lists are the hot path: only a row that fails is made cell by cell."""
    try:
        return [make(row) for make in makers]
    except ODD:
        return [show_safely(row, column, make) for column, make in zip(columns, makers, strict=True)]
