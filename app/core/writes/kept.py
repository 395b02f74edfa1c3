"""Columns that the desk keeps of other rows, such as when a customer was last spoken to.

They are recounted, never reckoned on, whenever one of those rows changes, by the gate and by set-based writes alike, in the same
transaction. That raises no row version: whoever has the row open meets no conflict with what nobody entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..base.entities import Entity, own_rows, table_of
from ..base.registry import Registry
from .change import Change

Recount = Callable[[Session, Sequence[int]], None]


@dataclass(frozen=True)
class Kept:
    """What is kept of the rows of `source`: `root` names the row that keeps it, `columns` those whose change calls for a recount.

    `recount(session, ids)` locks the keeping rows, then counts anew (`bulk.keep`).
    """

    source: type[Any]
    root: str
    columns: frozenset[str]
    recount: Recount


KEPT: Registry[type[Any], Kept] = Registry("columns kept of other rows")


def follow_kept(change: Change) -> None:
    """Recount, once the row is written, what others keep of it."""
    for kept in KEPT.all_of(type(change.row)):
        if change.kind != "edit" or any(change.changed(name) for name in kept.columns):
            change.after_write.append(partial(_recount, kept, change))


def _recount(kept: Kept, change: Change, session: Session) -> None:
    roots = {change.old(kept.root), getattr(change.row, kept.root)}
    kept.recount(session, sorted(root for root in roots if root is not None))


def find_recounts(session: Session, model: type[Entity], where: ColumnElement[bool], names: Iterable[str]) -> list[tuple[Kept, list[int]]]:
    """Return what a set-based write of these columns makes to be recounted: to be asked before the write, which the condition names."""
    found = []
    table = table_of(model)
    for kept in KEPT.all_of(model):
        if kept.columns & {*names}:
            roots = select(table.c[kept.root]).where(where, own_rows(model)).distinct().order_by(table.c[kept.root])
            found.append((kept, list(session.connection().scalars(roots))))
    return found
