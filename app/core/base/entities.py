"""What the core assumes of a row, whichever module's table it is of; and what may stand in its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import Table, inspect
from sqlalchemy.orm import InstanceState, Mapped, class_mapper


class Entity:
    """A row with a key of its own: of our models (`Row`, `Owned`) and of those of Flask-AppBuilder."""

    id: Mapped[int]


Item = TypeVar("Item", bound=Entity)  # the rows that one screen or one query is about
Values = Mapping[str, object]  # column or relation -> what it holds, or is to hold


def table_of(model: type[Entity]) -> Table:
    """Return the table of a model; a class that is mapped to none is an error of ours."""
    table = class_mapper(model).local_table
    assert isinstance(table, Table)
    return table


def inspect_row(row: object) -> InstanceState:
    """Return what SQLAlchemy knows of a row: what is loaded, and what was changed."""
    state = inspect(row)
    assert isinstance(state, InstanceState)
    return state
