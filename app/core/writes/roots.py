"""The children of a root follow it: to another owner or department, into the bin and back; a root that others need stays."""

from __future__ import annotations

from functools import cache

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..access.mixins import Owned
from ..access.scope import owned_models
from ..base.entities import own_rows, table_of
from ..base.errors import RuleViolation
from ..base.formatting import join_words
from ..base.screens import label_of
from . import bulk
from .change import Change


@cache
def list_children(model: str) -> tuple[type[Owned], ...]:
    """Return the models whose rows mirror the owner of this one's."""
    return tuple(child for child in owned_models() if child.policy.hangs_on(model))


def _mine(child: type[Owned], root_id: int) -> ColumnElement[bool]:
    """Return the condition of one root's rows among a child's."""
    return (table_of(child).c[child.policy.need_root().column] == root_id) & own_rows(child)


def follow_root(change: Change) -> None:
    """Let the children of a changed root follow it, once the root is written and before the steps of its guards."""
    children = list_children(type(change.row).__name__)
    if children and not change.is_new:
        change.after_write.append(lambda session: _follow(session, change, children))


def _follow(session: Session, change: Change, children: tuple[type[Owned], ...]) -> None:
    row, stamp = change.row, change.old("deleted_at")
    if change.kind == "edit":
        if change.changed("owner_id") or change.changed("department_id"):
            for child in children:
                bulk.set_values(session, child, _mine(child, row.id), {"owner_id": row.owner_id, "department_id": row.department_id})
        return
    for child in children:
        deleted_at = table_of(child).c.deleted_at
        if not child.policy.goes_with_root:
            continue
        if change.kind == "delete":
            values = {"deleted_at": row.deleted_at, "deleted_by_id": row.deleted_by_id}
            bulk.set_values(session, child, _mine(child, row.id) & deleted_at.is_(None), values)
        else:  # what went into the bin with the root bears its stamp
            bulk.set_values(session, child, _mine(child, row.id) & (deleted_at == stamp), {"deleted_at": None})


def refuse_held_root(change: Change) -> None:
    """Refuse to delete a root while it has children that do not go with it. Raises RuleViolation."""
    if change.kind != "delete":
        return
    staying = [child for child in list_children(type(change.row).__name__) if not child.policy.goes_with_root]
    holding = [child for child in staying if _has_living(change, child)]
    if holding:
        kinds = join_words(dict.fromkeys(str(label_of(child.policy.module)) for child in holding))
        raise RuleViolation(_l("This entry cannot be deleted: others need it (%(kinds)s).", kinds=kinds))


def _has_living(change: Change, child: type[Owned]) -> bool:
    living = select(child.id).where(_mine(child, change.row.id), child.deleted_at.is_(None)).limit(1)
    return change.facts.scalar(living) is not None
