"""Owner and department of an owned row, mirrored from its root; and the lock order of rows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..access.mixins import Owned
from ..access.scope import is_row_reached, owned_models
from ..access.viewer import EDIT
from ..base.caches import once_each
from ..base.entities import Entity
from ..base.errors import RuleViolation
from .change import Change
from .facts import Facts

PARENT_IN_BIN = _l("What this belongs to is in the bin. Restore that first.")


@once_each
def _find_model(class_name: str) -> type[Owned]:
    return next(model for model in owned_models() if model.__name__ == class_name)


def rank(row: Entity) -> tuple[int, str, int]:
    """Return the row's rank in the lock order: settings, then roots, then their children; by table and id.

    Everything that writes takes its locks in this order (docs/DECISIONS.md), so that two writers do not deadlock.
    """
    if not isinstance(row, Owned):
        return 0, type(row).__name__, row.id or 0
    depth = 1 + len(row.policy.links)
    return depth, type(row).__name__, row.id or 0


def lock_root(facts: Facts, row: Entity) -> None:
    """Lock the root of an owned row before the row itself, shared unless saving the row may change it."""
    if isinstance(row, Owned) and row.policy.root is not None:
        column, name = row.policy.root
        writes = row.policy.writes_parent
        facts.get(_find_model(name), getattr(row, column), lock=writes, share=not writes)


def complete_owned(change: Change) -> None:
    """Set author, owner and department of an owned row, and its root's id. Raises RuleViolation for a parent that cannot take it."""
    row = change.row
    if change.is_new:
        row.created_by_id = change.viewer.id
    if change.kind == "delete":
        row.deleted_by_id = change.viewer.id
    if row.policy.root is None:
        return
    column, parent_name = row.policy.nearest
    relation = column.removesuffix("_id")
    if change.kind == "restore":
        _refuse_deleted_parent(change, column, parent_name)
    if not change.is_new and not change.changed(column):
        row.owner_id, row.department_id = change.before.owner_id, change.before.department_id
        return
    unsaved = getattr(row, relation, None) if getattr(row, column) is None else None
    parent = unsaved or _find_parent(change, column, parent_name)
    row.owner_id, row.department_id = parent.owner_id, parent.department_id
    if row.policy.parent is not None and parent.policy.root is not None:
        setattr(row, row.policy.root.column, getattr(parent, parent.policy.root.column))


def _refuse_deleted_parent(change: Change, column: str, parent_name: str) -> None:
    model = _find_model(parent_name)
    parent = change.facts.get(model, getattr(change.row, column))
    if parent is not None and parent.deleted_at is not None:
        raise RuleViolation(PARENT_IN_BIN)


def _find_parent(change: Change, column: str, parent_name: str) -> Owned:
    """Return the row this one belongs to, under a share lock; refuse one that is unknown, deleted or out of reach alike."""
    model = _find_model(parent_name)
    writes = change.row.policy.writes_parent
    parent = change.facts.get(model, getattr(change.row, column), lock=writes, share=not writes)
    if parent is None or parent.deleted_at is not None:
        raise RuleViolation(change.row.policy.parent_needed, column.removesuffix("_id"))
    if not is_row_reached(change.viewer, parent, change.row.policy.parent_actions, writing=change.row.policy.parent_actions == EDIT):
        raise RuleViolation(change.row.policy.parent_needed, column.removesuffix("_id"))
    return parent
