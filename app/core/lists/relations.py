"""What the rows of a list refer to, by name: one cached statement for each model, within what the viewer may pick."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import class_mapper, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from ...extensions import db
from ..access.mixins import Owned
from ..access.scope import CACHED_OPTION, REACH_OPTION, find_reason
from ..access.screens import screen_of
from ..access.viewer import SEE, Viewer
from ..base.caches import once_each
from ..base.entities import Entity
from ..base.formatting import show

IDS = "related_ids"
_LINK = Markup('<a href="%s">%s</a>')


def _named_by(model: type[Entity]) -> tuple[str, ...]:
    return model.policy.named_by if issubclass(model, Owned) else ()


@once_each
def find_relation(model: type[Entity], name: str) -> tuple[str, type[Owned]] | None:
    """Return the foreign key and the model of a relation to one row that its policy names (`named_by`); None for any other column."""
    mapper = class_mapper(model)
    relation = mapper.relationships.get(name)
    if relation is None or relation.uselist or not _named_by(relation.mapper.class_):
        return None
    (column,) = relation.local_columns
    return mapper.get_property_by_column(column).key, relation.mapper.class_


@once_each
def _select_names(model: type[Entity]) -> Select:
    parts = [getattr(model, name) for name in _named_by(model)]
    return select(model.id, *parts).where(model.id.in_(bindparam(IDS, expanding=True)))


def read_names(model: type[Entity], ids: Iterable[int | None]) -> dict[int, str]:
    """Return what those of the rows are called that the viewer may pick, as `str()` of each would; in one statement."""
    wanted = sorted({row_id for row_id in ids if row_id is not None})
    if not wanted:
        return {}
    options = {REACH_OPTION: "pick", CACHED_OPTION: True}
    found = db.session.execute(_select_names(model), {IDS: wanted}, execution_options=options)
    return {row[0]: " ".join(str(part) for part in row[1:]) for row in found}


def draw_relation(viewer: Viewer, name: str, row: Entity) -> str:
    """Return what a record page shows of such a relation: its name, as a link when the viewer may open its page."""
    target = getattr(row, name)
    screen = screen_of(type(target)) if target is not None else None
    if screen is None or not screen.may("can_show") or find_reason(viewer, target, SEE) is None:
        return show(target)
    return _LINK % (screen.url("show", target), target)


def load_named(model: type[Entity], name: str) -> ORMOption:
    """Return the load option for rows whose relation is named one by one, as an export does."""
    relation = getattr(model, name)
    target = relation.property.mapper.class_
    return selectinload(relation).load_only(*(getattr(target, part) for part in target.policy.named_by))
