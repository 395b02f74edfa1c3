"""The one gate: a `before_flush` listener that every ORM write passes, whatever its source.

For each changed row, in this order: parent and mirrored columns, permission and reach, frozen columns, the module's
guards (rules), the number, the history. Guards are plain functions that the manifests name, for
a module's own models or for an upstream one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import event
from sqlalchemy.orm import RelationshipDirection, Session, class_mapper, scoped_session

from ..access.grants import bump_grants_version
from ..access.mixins import AppendOnly, Gated, Owned
from ..access.scope import is_restorable, is_row_reached
from ..access.viewer import PICK, current_viewer
from ..base import clock
from ..base.entities import Entity, inspect_row
from ..base.errors import SAVED_MEANWHILE, AccessDenied, HiddenRow, RuleViolation, StaleRow
from ..base.registry import Registry
from ..db import identities
from . import history, numbering
from .change import Change
from .facts import Facts
from .kept import follow_kept
from .limits import check_given, check_kept
from .option_sets import Named, check_entry
from .ownership import complete_owned, lock_root, rank
from .roots import follow_root, refuse_held_root

NOT_ALLOWED = _l("You do not have the right to do this.")
NOT_REACHED = _l("This entry does not exist or is outside your reach.")
FROZEN = _l("This value is set once and cannot be changed.")


Guard = Callable[[Change], None]
# Functions that check, complete or refuse every change of a model: its own module's first, then those of downstream modules.
GUARDS: Registry[type[Any], Guard] = Registry("guards")


def guards_of(model: type[Any]) -> Iterator[Guard]:
    """Yield the guards of a model in the order in which they run."""
    for cls in model.__mro__:
        yield from GUARDS.all_of(cls)


def _is_watched(row: Entity) -> bool:
    return isinstance(row, Gated) or type(row) in GUARDS or identities.find_identity(type(row)) is not None


def check_write(session: Session, *_: object) -> None:
    """Pass every changed row through the gate. The `before_flush` listener."""
    changes = _collect(session)
    if not changes:
        return
    facts = changes[0].facts
    try:
        with session.no_autoflush:
            for change in changes:
                _pass_one(session, change)
            session.info.setdefault("gate_changes", []).extend(changes)
    finally:
        facts.close()


def _collect(session: Session) -> list[Change]:
    viewer, facts = current_viewer(), Facts(session)
    changes: list[Change] = []
    if any(isinstance(row, AppendOnly) for row in [*session.dirty, *session.deleted]):
        raise AccessDenied(NOT_ALLOWED)
    for row in list(session.deleted):
        if isinstance(row, Owned):
            session.add(row)  # no longer to be deleted: an owned row is soft-deleted instead
            row.deleted_at = clock.now()
    for row in list(session.new):
        if _is_watched(row):
            changes.append(Change(row, "add", viewer, facts))
    touched = [(row, _find_kind(row)) for row in list(session.dirty) if _is_watched(row) and session.is_modified(row)]
    touched += [(row, "delete") for row in list(session.deleted) if _is_watched(row)]
    for row, kind in sorted(touched, key=lambda pair: rank(pair[0])):
        changes.append(Change(row, kind, viewer, facts, before=_lock_present(facts, row)))
    return changes


def _lock_present(facts: Facts, row: Entity) -> Entity:
    """Return the row as the database has it, locked until the transaction ends; refuse to write over what someone else just saved."""
    lock_root(facts, row)
    before = facts.get(type(row), row.id, lock=True)
    if before is None or getattr(before, "row_version", None) != getattr(row, "row_version", None):
        raise StaleRow(SAVED_MEANWHILE)
    return before


def _find_kind(row: Entity) -> str:
    if not isinstance(row, Owned) or not inspect_row(row).attrs["deleted_at"].history.has_changes():
        return "edit"
    return "delete" if row.deleted_at is not None else "restore"


def _pass_one(session: Session, change: Change) -> None:
    row = change.row
    _sync_foreign_keys(row)
    is_gated = isinstance(row, Gated)
    if change.is_new and is_gated:
        _apply_defaults(row)
    if isinstance(row, Owned):
        complete_owned(change)
        follow_root(change)
    if is_gated:
        _check_permission(change)
        _check_frozen(change)
        _leave_kept(change)
        _check_lists(change)
    check_given(change)
    for check in guards_of(type(row)):
        check(change)
    if isinstance(row, Owned):
        refuse_held_root(change)
        follow_kept(change)  # now that the guards have said what changes
    identities.check(change)
    if is_gated:
        if row.policy.number is not None:
            _give_number(session, change)
        row.complete()
    check_kept(change)  # as the guards have cleaned it
    if is_gated or history.is_watched(type(row)):
        history.note_change(session, change)


def _apply_defaults(row: Entity) -> None:
    """Fill the plain defaults that SQLAlchemy would fill later: rules read them."""
    for attribute in class_mapper(type(row)).column_attrs:
        default = attribute.columns[0].default
        if default is not None and default.is_scalar and getattr(row, attribute.key) is None:
            setattr(row, attribute.key, default.arg)


def _sync_foreign_keys(row: Entity) -> None:
    """Set the foreign key columns of relations that were assigned as objects: rules read columns."""
    state = inspect_row(row)
    for relation in state.mapper.relationships:
        if relation.direction is not RelationshipDirection.MANYTOONE or relation.viewonly:
            continue
        if relation.key not in state.dict or not state.attrs[relation.key].history.has_changes():
            continue
        related = state.dict[relation.key]
        for local, remote in relation.local_remote_pairs or ():
            name = state.mapper.get_property_by_column(local).key
            setattr(row, name, None if related is None else getattr(related, str(remote.key)))


def _find_action(change: Change) -> str:
    """Return the permission this write needs."""
    row = change.row
    kind = "delete" if change.kind == "restore" else change.kind
    if kind == "edit" and row.policy.field_actions:
        names = [c.key for c in class_mapper(type(row)).column_attrs if row.policy.is_tracked(c.key) and change.changed(c.key)]
        needed = {row.policy.field_actions.get(name, "") for name in names}
        if len(needed) == 1 and "" not in needed:
            return str(needed.pop())
    return str(row.policy.write_actions.get(kind, "can_" + kind))


def _check_permission(change: Change) -> None:
    viewer, row = change.viewer, change.row
    if viewer.is_system:
        return
    action = _find_action(change)
    if not isinstance(row, Owned) or change.before is None:
        # The reach of a new row is its parent's (above) or its owner's (the module's guard).
        if not viewer.may(action, row.policy.module):
            raise AccessDenied(NOT_ALLOWED)
        return
    if change.kind == "restore" and is_restorable(viewer, change.before):
        return
    if not is_row_reached(viewer, change.before, (action,), writing=True):
        seen = is_row_reached(viewer, change.before, PICK)
        raise AccessDenied(NOT_ALLOWED) if seen else HiddenRow(NOT_REACHED)


def _check_frozen(change: Change) -> None:
    if change.is_new:
        return
    for name in change.row.policy.frozen:
        if change.changed(name):
            raise RuleViolation(FROZEN, name.removesuffix("_id"))


def _leave_kept(change: Change) -> None:
    """Leave what the desk keeps of other rows as the database has it, whatever was set."""
    for name in change.row.policy.kept:
        if change.changed(name):
            setattr(change.row, name, change.old(name))


def _check_lists(change: Change) -> None:
    """Refuse a newly chosen entry that is of another list or retired; an import may bring retired ones."""
    row = change.row
    for column, list_code in row.policy.option_sets.items():
        if change.changed(column) and not change.viewer.is_system:
            check_entry(list_code, getattr(row, column), column.removesuffix("_id"))


def _give_number(session: Session, change: Change) -> None:
    row = change.row
    if change.is_new:
        row.number = numbering.issue(session, row.policy.number)
    elif change.changed("number"):
        raise RuleViolation(FROZEN, "number")


def finish_write(session: Session, *_: object) -> None:
    """Write the history of the rows just flushed and run their `after_write` steps, in the same transaction."""
    changes: list[Change] = session.info.pop("gate_changes", [])
    history.write_notes(session)
    for change in changes:
        for step in change.after_write:
            step(session)
    if any(isinstance(change.row, Named) for change in changes):
        bump_grants_version(session.connection())


def forget(session: Session, *_: object) -> None:
    """Drop what a rolled-back transaction had collected. The `after_rollback` listener."""
    session.info.pop("gate_changes", None)
    history.forget_notes(session)


def install(session: scoped_session) -> None:
    """Make every flush of this session factory pass the gate."""
    if event.contains(session, "before_flush", check_write):
        return
    event.listen(session, "before_flush", check_write)
    event.listen(session, "after_flush_postexec", finish_write)
    event.listen(session, "after_rollback", forget)
