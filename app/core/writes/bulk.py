"""Set-based writes that obey the gate: history for every row, row version counted up, one transaction.

The caller has checked the rule and the reach; nothing else may write module tables in bulk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, FromClause, Select, String, and_, cast, delete, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session

from ..access.mixins import Gated, Owned, Row
from ..access.scope import owned_models
from ..access.viewer import current_source, current_viewer
from ..base import clock
from ..base.caches import once_each
from ..base.entities import Entity, Values, own_rows, table_of
from .history import HistoryEntry, to_text
from .kept import find_recounts

_HISTORY_COLUMNS = ["at", "actor_id", "way", "batch", "model", "row_id", "kind", "field", "old", "new"]


def set_values(session: Session, model: type[Row], where: ColumnElement[bool], values: Values, *, batch: str | None = None) -> int:
    """Set columns of every row of the model that the condition names, and write each row's history.

    Rows that have the values already are left alone. Returns the number of rows changed.
    """
    table = table_of(model)
    where = where & own_rows(model)
    different = [table.c[name].is_distinct_from(value) for name, value in values.items()]
    if "deleted_at" in values:
        kind = "restore" if values["deleted_at"] is None else "delete"
        note_events(session, model, select(table.c.id, null(), null()).where(where, or_(*different)), kind, batch=batch)
    for name in _tracked(model, values):
        new = null() if values[name] is None else literal(to_text(values[name]))
        changed = and_(where, table.c[name].is_distinct_from(values[name]))
        _note(session, _select_notes(model, name, cast(table.c[name], String), new, batch=batch).where(changed))
    recounts = find_recounts(session, model, where & or_(*different), values)
    result = session.connection().execute(update(table).where(and_(where, or_(*different))).values(**values, **_bump(model)))
    if result.rowcount:
        _refresh(session, model)
    for kept, roots in recounts:
        kept.recount(session, roots)
    return result.rowcount


def set_from(
    session: Session, model: type[Row], source: FromClause, on: ColumnElement[bool], values: Mapping[str, ColumnElement], *, batch: str
) -> int:
    """Set columns of each row of the model from the row of `source` that `on` joins to it, and write each row's history.

    At most one row of the source may join to a row. Rows that have the values already are left alone. Returns the
    number of rows changed.
    """
    table, on = table_of(model), on & own_rows(model)
    different = [table.c[name].is_distinct_from(value) for name, value in values.items()]
    for name in _tracked(model, values):
        notes = _select_notes(model, name, cast(table.c[name], String), cast(values[name], String), batch=batch)
        _note(session, notes.select_from(table.join(source, on)).where(table.c[name].is_distinct_from(values[name])))
    recounts = find_recounts(session, model, select(literal(1)).where(on, or_(*different)).correlate(table).exists(), values)
    changed = update(table).where(on, or_(*different)).values({**values, **_bump(model)})
    result = session.connection().execute(changed)
    if result.rowcount:
        _refresh(session, model)
    for kept, roots in recounts:
        kept.recount(session, roots)
    return result.rowcount


def keep(session: Session, model: type[Row], where: ColumnElement[bool], values: Mapping[str, object]) -> None:
    """Set columns that the desk keeps of other rows (`policy.kept`): no history, and the row version stays. Raises TypeError for others."""
    if not {*values} <= {*model.policy.kept}:
        raise TypeError(f"{model.__name__} keeps only {', '.join(model.policy.kept)}")
    session.connection().execute(update(table_of(model)).where(where, own_rows(model)).values(**values))
    _refresh(session, model, list(values))


def note_events(session: Session, model: type[Entity], source: Select, kind: str, *, batch: str | None) -> None:
    """Write one line that is not a change of a column for each row of a select of (row id, old, new)."""
    found = source.subquery()
    row_id, old, new = found.c
    lines = select(
        literal(clock.now()), literal(current_viewer().id), literal(current_source()), literal(batch, String),
        literal(model.__name__), row_id, literal(kind), literal(""), cast(old, String), cast(new, String),
    )  # fmt: skip
    _note(session, lines)


def fill(session: Session, table: type[Entity], columns: list[str], source: Select) -> int:
    """Insert the rows of a select into a table that nobody owns; returns how many."""
    _refuse_gated(table)
    return session.connection().execute(insert(table_of(table)).from_select(columns, source)).rowcount


def append(session: Session, table: type[Entity], values: Values) -> None:
    """Add one row to a table that nobody owns."""
    _refuse_gated(table)
    session.connection().execute(insert(table_of(table)).values(values))


def amend(session: Session, table: type[Entity], where: ColumnElement[bool], values: Values) -> int:
    """Update rows of a table that nobody owns; returns how many."""
    _refuse_gated(table)
    return session.connection().execute(update(table_of(table)).where(where).values(values)).rowcount


def purge(session: Session, model: type[Entity], where: ColumnElement[bool]) -> int:
    """Delete rows for good; the caller has checked who may and has written down what was there. Returns how many.

    References that may stay empty (`policy.released`, `policy.kept`) are emptied first, with a line of history where one is kept.
    """
    table = table_of(model)
    gone = select(table.c.id).where(where, own_rows(model))
    for other, name in _find_released(model):
        named = table_of(other).c[name].in_(gone)
        if name in other.policy.kept:
            keep(session, other, named, {name: None})
        else:
            set_values(session, other, named, {name: None})
    return session.connection().execute(delete(table).where(where, own_rows(model))).rowcount


@once_each
def _find_released(model: type[Entity]) -> Sequence[tuple[type[Owned], str]]:
    """Return the (model, column) that let go of this model's rows."""
    key = table_of(model).c.id
    columns = ((other, name) for other in owned_models() for name in (*other.policy.released, *other.policy.kept))
    return [(other, name) for other, name in columns if table_of(other).c[name].references(key)]


def _refuse_gated(table: type[Entity]) -> None:
    if issubclass(table, Gated):
        raise TypeError(f"{table.__name__} passes the gate: use set_values or set_from")


def _tracked(model: type[Row], values: Mapping[str, object]) -> list[str]:
    return [name for name in values if model.policy.is_tracked(name) and name not in ("deleted_at", "deleted_by_id")]


def _bump(model: type[Row]) -> dict[str, ColumnElement]:
    return {"row_version": table_of(model).c.row_version + 1}


def _select_notes(model: type[Entity], name: str, old: ColumnElement, new: ColumnElement, *, batch: str | None) -> Select:
    return select(
        literal(clock.now()), literal(current_viewer().id), literal(current_source()), literal(batch, String),
        literal(model.__name__), table_of(model).c.id, literal("edit"), literal(name), old, new,
    )  # fmt: skip


def _note(session: Session, lines: Select) -> None:
    session.connection().execute(insert(HistoryEntry.__table__).from_select(_HISTORY_COLUMNS, lines))


def _refresh(session: Session, model: type[Entity], names: Sequence[str] | None = None) -> None:
    """Expire the model's rows (or these columns of them) that this session holds, so that nobody writes over the change from memory."""
    for row in list(session.identity_map.values()):
        if isinstance(row, model) and row not in session.dirty:
            session.expire(row, names)
