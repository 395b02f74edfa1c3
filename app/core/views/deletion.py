"""The question before a deletion: which children are soft-deleted with the record."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import Integer, Select, bindparam

from ...extensions import db
from ..access.mixins import Owned
from ..access.scope import CACHED_OPTION
from ..access.screens import all_screens
from ..base.caches import once_each
from ..base.entities import Entity
from ..base.formatting import join_words
from ..lists.query import COUNT_CAP, ListQuery


def ask_deletion(item: Entity, name: str) -> str:
    """Return the question before a record is deleted: of an owned row, what goes along and that the bin can restore it."""
    if not isinstance(item, Owned):
        return _("Delete “%(name)s”?", name=name)
    if what := join_words(_count_children(item)):
        return _("Delete “%(name)s”? What hangs on it goes along (%(what)s). The bin can restore all of it.", name=name, what=what)
    return _("Delete “%(name)s”? The bin can restore it.", name=name)


ROW = "deleted_row"  # parameter of a statement


@once_each
def _select_number(model: type[Owned], column: str) -> Select:
    """Return the statement that counts a row's children, put together once: every record page that offers the deletion asks it."""
    return ListQuery(model, [getattr(model, column) == bindparam(ROW, type_=Integer)]).select_total(COUNT_CAP)


def _count_children(item: Owned) -> list[str]:
    """Return “Activities: 3” for each screen of the viewer's whose rows follow this one; a statement for each such screen."""
    found = []
    for screen in all_screens():
        model = screen.model
        if not issubclass(model, Owned) or model.policy.root is None or not model.policy.goes_with_root:
            continue
        column, parent = model.policy.root
        if parent != type(item).__name__ or not screen.may("can_list"):
            continue
        number = db.session.scalar(_select_number(model, column), {ROW: item.id}, execution_options={CACHED_OPTION: True})
        if number:
            shown = f"{number:,}" if number <= COUNT_CAP else _("more than %(n)s", n=f"{COUNT_CAP:,}")
            found.append(_("%(name)s: %(value)s", name=screen.list_title, value=shown))
    return found
