"""Facets over people and departments: looked up by name, and only those that a row of the list within the viewer's reach has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ..core.access.directory import name_of_person
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.lists.facets import FOUND, Facet, Options, id_facet, person_facet
from ..core.lists.query import match_words
from ..extensions import db
from .models import Department, Staff
from .queries import match_people


def _ids_of(values: Sequence[str]) -> list[int]:
    return [number for value in values if (number := parse_id(value)) is not None]


def _held_by(column: InstrumentedAttribute, key: InstrumentedAttribute) -> ColumnElement[bool]:
    """Return the condition that some row of the column's model names this one; the scope narrows it to rows within the viewer's reach."""
    return select(column.class_.id).where(column == key).exists()


@dataclass(frozen=True)
class PeopleFinder:
    """Looks up the people whom a column names."""

    column: InstrumentedAttribute

    def _select(self) -> Select[tuple[int]]:
        return select(Staff.id).where(_held_by(self.column, Staff.id)).order_by(Staff.active.desc(), Staff.username, Staff.id)

    def find(self, text: str) -> Options:
        """Return the first people of this name or user name; those with closed accounts last."""
        found = db.session.scalars(self._select().where(*match_people(text)).limit(FOUND))
        return [(str(number), name_of_person(number)) for number in found]

    def name(self, values: Sequence[str]) -> Mapping[str, str]:
        """Return what these people are called."""
        found = db.session.scalars(self._select().where(Staff.id.in_(_ids_of(values))))
        return {str(number): name_of_person(number) for number in found}


@dataclass(frozen=True)
class DepartmentFinder:
    """Looks up the departments that a column names."""

    column: InstrumentedAttribute

    def _select(self) -> Select[tuple[Department]]:
        return select(Department).where(_held_by(self.column, Department.id)).order_by(Department.position, Department.id)

    def find(self, text: str) -> Options:
        """Return the first departments of this name."""
        words = [or_(*(part for column in (Department.name_zh, Department.name_en) for part in match_words(column, word)))
                 for word in text.split()[:5]]  # fmt: skip
        return [(str(row.id), row.label) for row in db.session.scalars(self._select().where(*words).limit(FOUND))]

    def name(self, values: Sequence[str]) -> Mapping[str, str]:
        """Return what these departments are called."""
        return {str(row.id): row.label for row in db.session.scalars(self._select().where(Department.id.in_(_ids_of(values))))}


def people_facet(name: str, label: Words, column: InstrumentedAttribute, listed: Options = (), *, is_main: bool = True) -> Facet:
    """Return the facet over a column that names a person; `listed` are values offered unasked, as `me`."""
    return Facet(name, label, lambda: listed, person_facet(column), is_main, PeopleFinder(column))


def department_facet(column: InstrumentedAttribute) -> Facet:
    """Return the facet over the department that a row belongs to."""
    return Facet("department", _l("Department"), lambda: [], id_facet(column), is_main=False, finder=DepartmentFinder(column))
