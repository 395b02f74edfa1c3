"""Set-based writes that obey the gate: history for every row, row version counted up, one transaction.

The caller has checked the rule and the reach; nothing else may write module tables in bulk.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, insert, literal, null, select, update
from sqlalchemy.orm import Session

from . import clock
from .access import current_viewer, current_way
from .fields import Gated
from .history import HistoryEntry, to_text


def set_values(session: Session, model: type[Any], where: ColumnElement[bool], values: dict[str, Any], *, batch: str | None = None) -> int:
    """Set columns of every row of the model that the condition names, and write each row's history.

    Rows that have the values already are left alone. Returns the number of rows changed.
    """
    table = model.__table__
    connection = session.connection()
    different = [table.c[name].is_distinct_from(value) for name, value in values.items()]
    tracked = [name for name in values if name not in model.__untracked__]
    for name in tracked:
        value = values[name]
        changed = and_(where, table.c[name].is_distinct_from(value))
        source = select(
            literal(clock.now()), literal(current_viewer().id), literal(current_way()), literal(batch, String),
            literal(model.__name__), table.c.id, literal("edit"), literal(name),
            cast(table.c[name], String), null() if value is None else literal(to_text(value)),
        ).where(changed)  # fmt: skip
        columns = ["at", "actor_id", "way", "batch", "model", "row_id", "kind", "field", "old", "new"]
        connection.execute(insert(HistoryEntry.__table__).from_select(columns, source))
    bump = {"row_version": table.c.row_version + 1} if issubclass(model, Gated) else {}
    some = different[0]
    for other in different[1:]:
        some = some | other
    result = connection.execute(update(table).where(and_(where, some)).values(**values, **bump))
    if result.rowcount:
        _refresh(session, model)
    return result.rowcount


def _refresh(session: Session, model: type[Any]) -> None:
    """Expire the model's rows that this session holds, so that nobody writes over the change from memory."""
    for row in list(session.identity_map.values()):
        if isinstance(row, model) and row not in session.dirty:
            session.expire(row)
