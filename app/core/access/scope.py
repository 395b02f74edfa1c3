"""The scope: which rows a viewer reaches, as one condition per model added to every ORM statement, and the same for one row.

Shares and soft delete included. Statements of the gate's own session (`writes.facts.Facts`) are not narrowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, True_, and_, event, false, or_, select, true
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, class_mapper, scoped_session, with_loader_criteria

from ...extensions import db
from ..base.caches import Cache
from ..base.entities import own_rows, table_of
from ..base.errors import AccessDenied
from .mixins import AppendOnly, Gated, Owned
from .viewer import EDIT, PICK, SEE, Reach, Viewer, current_viewer

# Execution options
REACH_OPTION = "reach"  # "pick": the wider reach of lookups and of the card fields a relation shows
BIN_OPTION = "with_bin"  # True: soft-deleted rows (those in the bin) too
BULK_OPTION = "through_bulk"  # set by core.writes.bulk alone
NEVER_LENT = frozenset({"can_delete"})  # actions that no share reaches: a borrower deletes nothing
READING = frozenset(PICK)  # actions by which one reads what one has a part in
CACHED_OPTION = "cached"  # True: this very statement object is executed again, by many viewers

Criteria = tuple[LoaderCriteriaOption, ...]


@cache
def owned_models() -> tuple[type[Owned], ...]:
    """Return every concrete owned model; of models that share a table those that name a kind of its rows, not their base."""
    found: list[type[Owned]] = []
    queue: list[type[Owned]] = list(Owned.__subclasses__())
    while queue:
        cls = queue.pop(0)
        queue.extend(cls.__subclasses__())
        if hasattr(cls, "__table__") and not class_mapper(cls).polymorphic_abstract:
            found.append(cls)
    return tuple(found)


def make_condition(
    model: type[Owned], viewer: Viewer, actions: tuple[str, ...], *, writing: bool = False, with_shares: bool = True
) -> ColumnElement[bool] | None:
    """Return the SQL condition for the rows the viewer reaches by these actions; None means every row.

    `writing`: a share to read reaches nothing; without `with_shares` no share does.
    """
    module = model.policy.module
    reach = viewer.reach(module, actions)
    if reach is Reach.ALL:
        return None
    parts: list[ColumnElement[bool]] = []
    profile = viewer.profile
    if profile is not None and reach is not Reach.NONE:
        parts.append(model.owner_id == profile.id)
        if reach is Reach.DEPARTMENT and profile.tree:
            parts.append(model.department_id.in_(sorted(profile.tree)))
        if with_shares and not set(actions) <= NEVER_LENT:
            parts.extend(_shared_parts(model, viewer, full_only=writing))
        if model.policy.involved is not None and not writing and set(actions) <= READING:
            parts.append(model.policy.involved(model, viewer))
    return or_(*parts) if parts else false()


def make_restore_condition(model: type[Owned], viewer: Viewer) -> ColumnElement[bool] | bool:
    """Return the SQL condition of the rows that the viewer may take out of the bin; True: every row, False: none."""
    parts = []
    for actions in _restoring_actions(viewer, model.policy.module):
        condition = make_condition(model, viewer, actions, writing=True, with_shares=actions != EDIT)
        if condition is None:
            return True
        parts.append(condition)
    return or_(*parts) if parts else False


def is_restorable(viewer: Viewer, row: Owned) -> bool:
    """Tell whether the viewer may take a row out of the bin: the Python twin of `make_restore_condition`."""
    module, place = row.policy.module, {"owner_id": row.owner_id, "department_id": row.department_id}
    return any(
        viewer.reaches_row(module, actions, **place) if actions == EDIT else is_row_reached(viewer, row, actions, writing=True)
        for actions in _restoring_actions(viewer, module)
    )


def _restoring_actions(viewer: Viewer, module: str) -> list[tuple[str, ...]]:
    """Return by which actions one restores: who could delete it, and managers, who edit more than their own."""
    found: list[tuple[str, ...]] = [("can_delete",)] if viewer.reach(module, ("can_delete",)) is not Reach.NONE else []
    return [*found, EDIT] if viewer.reach(module, EDIT) >= Reach.DEPARTMENT else found


def _shared_parts(model: type[Owned], viewer: Viewer, *, full_only: bool) -> list[ColumnElement[bool]]:
    return [getattr(model, column).in_(sorted(ids)) for column, ids in _find_shares(model, viewer, full_only=full_only) if ids]


def _find_shares(model: type[Owned], viewer: Viewer, *, full_only: bool) -> list[tuple[str, frozenset[int]]]:
    """Return which column of the model must hold which ids for a share to reach the row."""
    found = []
    policy = model.policy
    if policy.share_key is not None:
        found.append((policy.share_key, viewer.shared_ids(policy.module, full_only=full_only)))
    if policy.root is not None:
        found.append((policy.root.column, viewer.shared_ids(module_of(policy.root.model), full_only=full_only)))
    return found


@cache
def module_of(class_name: str) -> str:
    """Return the access module of the owned model with this class name."""
    return next(model.policy.module for model in owned_models() if model.__name__ == class_name)


def find_reason(viewer: Viewer, row: Owned, actions: tuple[str, ...], *, writing: bool = False) -> str | None:
    """Return by what a row (any object with the model's columns) is within the viewer's reach of the actions.

    “all”, “own”, “department”, “share” or “involved”; None when it is not. The Python twin of `make_condition`; a test compares
    the two over every person and record.
    """
    module = row.policy.module
    reach = viewer.reach(module, actions)
    if reach is Reach.NONE:
        return None
    if viewer.profile is not None and row.owner_id == viewer.profile.id:
        return "own"
    if reach is Reach.ALL:
        return "all"
    if viewer.reaches_row(module, actions, owner_id=row.owner_id, department_id=row.department_id):
        return "department"
    if set(actions) <= NEVER_LENT:
        return None
    shares = _find_shares(type(row), viewer, full_only=writing)
    if any(getattr(row, column) in ids for column, ids in shares):
        return "share"
    return "involved" if not writing and set(actions) <= READING and _is_involved(viewer, row) else None


def _is_involved(viewer: Viewer, row: Owned) -> bool:
    """Ask the database whether the viewer has a part in a row, where its model says what that is."""
    model, involved = type(row), row.policy.involved
    if involved is None or viewer.profile is None or row.id is None:
        return False
    table = table_of(model)
    return db.session.connection().scalar(select(table.c.id).where(table.c.id == row.id, involved(model, viewer))) is not None


def is_row_reached(viewer: Viewer, row: Owned, actions: tuple[str, ...], *, writing: bool = False) -> bool:
    """Tell whether one row is within the viewer's reach of the actions."""
    return find_reason(viewer, row, actions, writing=writing) is not None


_conditions: Cache[Criteria] = Cache("the viewers' conditions", 4000)
_narrowed: Cache[tuple[object, Criteria, Executable]] = Cache("cached statements with their conditions", 200)


def _criteria(viewer: Viewer, *, pick: bool, with_bin: bool) -> Criteria:
    """Return the viewer's conditions on every owned model; cached between requests while person, roles and shares stay."""
    key = _key_of(viewer, pick=pick, with_bin=with_bin)
    if key is None:
        return _make_criteria(viewer, pick=pick, with_bin=with_bin)
    found = _conditions.find(key)
    return found if found is not None else _conditions.keep(key, _make_criteria(viewer, pick=pick, with_bin=with_bin))


def _key_of(viewer: Viewer, *, pick: bool, with_bin: bool) -> tuple[Hashable, ...] | None:
    """Return the cache key of a viewer's conditions: all that they depend on; None for a viewer whose version is not known."""
    profile = viewer.profile
    if viewer.is_system or profile is None:
        return viewer.is_system, pick, with_bin
    if viewer.version is None:
        return None
    parts = profile.parts
    return profile.id, viewer.version, parts.get("roles"), parts.get("shares"), profile.tree, pick, with_bin


def _make_criteria(viewer: Viewer, *, pick: bool, with_bin: bool) -> Criteria:
    """Return a condition for each table: where several models share one, that of each kind of its rows, laid on their base."""
    tables: dict[type[Owned], list[ColumnElement[bool]]] = defaultdict(list)
    for model in owned_models():
        condition = make_condition(model, viewer, PICK if pick else SEE)
        living = true() if with_bin else model.deleted_at.is_(None)
        tables[class_mapper(model).base_mapper.class_].append(and_(own_rows(model), living, true() if condition is None else condition))
    return tuple(
        with_loader_criteria(base, or_(*kinds), include_aliases=True, propagate_to_loaders=False)
        for base, kinds in tables.items()
        if not all(isinstance(kind, True_) for kind in kinds) or len(kinds) > 1
    )


def narrow(state: ORMExecuteState) -> None:
    """Add the viewer's conditions to a statement; refuse bulk writes that do not come through core.writes.bulk.

    The `do_orm_execute` listener.
    """
    if state.is_update or state.is_delete or state.is_insert:
        mapper = state.bind_mapper
        if mapper is not None and _is_guarded(mapper.class_) and not state.execution_options.get(BULK_OPTION):
            raise AccessDenied("Bulk writes go through core.writes.bulk.")
        return
    if not state.is_select or state.is_column_load:
        return  # the refresh of a row that is loaded already reaches no other
    options = state.execution_options
    pick = state.is_relationship_load or options.get(REACH_OPTION) == "pick"
    if state.is_relationship_load and state.bind_mapper is not None and not issubclass(state.bind_mapper.class_, Owned):
        found: Criteria = ()  # a relation to a table that nobody owns names that table alone
    else:
        found = _criteria(current_viewer(), pick=pick, with_bin=bool(options.get(BIN_OPTION)))
    statement: Any = state.statement
    if state.is_relationship_load:
        # An eager load inherits its parent statement's conditions, which are of the narrower reach of lists.
        statement = statement.options()  # a copy
        statement._with_options = tuple(o for o in statement._with_options if not isinstance(o, LoaderCriteriaOption))
    if found and options.get(CACHED_OPTION) and not state.is_relationship_load:
        state.statement = _narrow_cached(statement, found)
    elif found or state.is_relationship_load:
        state.statement = statement.options(*found)


def _narrow_cached(statement: Any, criteria: Criteria) -> Executable:
    """Return a cached statement with these conditions, each time as the same object: by it SQLAlchemy finds its compiled form.

    The cache key is the identity of the two; both are held in the entry, so that no other object can take their `id`.
    """
    key = (id(statement), id(criteria))
    found = _narrowed.find(key)
    if found is None:
        found = _narrowed.keep(key, (statement, criteria, statement.options(*criteria)))
    return found[2]


def _is_guarded(cls: type) -> bool:
    return issubclass(cls, Gated | AppendOnly)


def install(session: scoped_session) -> None:
    """Make every statement of this session factory pass the scope."""
    if not event.contains(session, "do_orm_execute", narrow):
        event.listen(session, "do_orm_execute", narrow)
