"""The directory: what people are called, cached in each process until the version of grants and names changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ...extensions import db
from ..base.caches import Cache
from ..base.showing import RowsCell
from .mixins import PERSON
from .viewer import current_viewer

_names: Cache[tuple[dict[int, str], dict[str, str]]] = Cache("people's names", 1)


def staff_model() -> Any:
    """Return the class of people, which a module defines."""
    return next(mapper.class_ for mapper in db.Model.registry.mappers if mapper.class_.__name__ == PERSON)


def read_names() -> dict[int, str]:
    """Return the name of everybody who has or had an account, by id."""
    return _read()[0]


def _read() -> tuple[dict[int, str], dict[str, str]]:
    """Return everybody's name by id, and by user name."""
    version = current_viewer().version
    cached = _names.find("", version) if version is not None else None
    if cached is not None:
        return cached
    staff = staff_model()
    rows = db.session.execute(select(staff.id, staff.username, staff.first_name, staff.last_name)).all()
    names = {row.id: staff.make_name(row.first_name, row.last_name) for row in rows}
    found = names, {row.username: names[row.id] for row in rows}
    return _names.keep("", found, version) if version is not None else found


def name_of_user(user_name: str) -> str:
    """Return what the person with this user name is called; the user name itself when nobody has it now."""
    return _read()[1].get(user_name) or user_name


def name_of_person(person_id: int | None) -> str:
    """Return what a person is called; '' for nobody."""
    return read_names().get(person_id or 0, "") if person_id else ""


@dataclass(frozen=True)
class PersonCell(RowsCell):
    """The cell of a column that names a person."""

    column: str

    def for_rows(self) -> Callable[[Any], object]:
        """Return the maker for the rows of one page, the names looked up once."""
        column, names = self.column, read_names()
        return lambda row: names.get(getattr(row, column), "")


def name_of_actor(person_id: int | None) -> str:
    """Return who did something: a person, or the system."""
    return name_of_person(person_id) or _("System")
