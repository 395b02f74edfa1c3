"""What the core assumes of a row, whichever module's table it is of; and what may stand in its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, inspect, true
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


def own_rows(model: type[Entity]) -> ColumnElement[bool]:
    """Return the condition of a model's rows in its table: true, unless several models share the table.

    For statements on the table itself; SQLAlchemy adds it to those on the model.
    """
    mapper = class_mapper(model)
    if mapper.polymorphic_on is None or mapper.polymorphic_identity is None:
        return true()
    return mapper.polymorphic_on == mapper.polymorphic_identity


def inspect_row(row: object) -> InstanceState:
    """Return what SQLAlchemy knows of a row: what is loaded, and what was changed."""
    state = inspect(row)
    assert isinstance(state, InstanceState)
    return state
