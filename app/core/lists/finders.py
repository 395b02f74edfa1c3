"""Looks up the values of a facet that are rows, such as people or customers: only those that some row within the viewer's reach names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.interfaces import ORMOption

from ...extensions import db
from ..base.entities import Item
from ..base.input_guard import parse_id
from .facets import FOUND, Options


@dataclass(frozen=True)
class RowFinder(Generic[Item]):
    """Looks up the rows of a model that a column names.

    `match`: the conditions of what is typed; `order`: the first that are offered; `label`: what a row is called; `options`: what is loaded.
    """

    column: InstrumentedAttribute
    model: type[Item]
    match: Callable[[str], Sequence[ColumnElement[bool]]]
    order: Sequence[ColumnElement | InstrumentedAttribute]
    label: Callable[[Item], str] = str
    options: Sequence[ORMOption] = ()

    def find(self, text: str) -> Options:
        """Return the first rows that match the words."""
        return self._name(self._select().where(*self.match(text)).limit(FOUND))

    def name(self, values: Sequence[str]) -> Mapping[str, str]:
        """Return what those of the rows are called whose ids are among the values."""
        ids = [number for value in values if (number := parse_id(value)) is not None]
        return dict(self._name(self._select().where(self.model.id.in_(ids))))

    def _select(self) -> Select[tuple[Item]]:
        # Of the column's own model the scope leaves the rows within reach: what none of them names is neither found nor named.
        named = select(self.column.class_.id).where(self.column == self.model.id).exists()
        return select(self.model).where(named).options(*self.options).order_by(*self.order)

    def _name(self, statement: Select[tuple[Item]]) -> list[tuple[str, str]]:
        return [(str(row.id), self.label(row)) for row in db.session.scalars(statement)]
