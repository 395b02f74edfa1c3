"""History: what changed, who, when, from which source. Append-only, written in the transaction of the change.

Values are stored raw, as text; the screens turn ids into names. No route and no role edits or deletes an entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, insert
from sqlalchemy.orm import Mapped, Session, class_mapper, mapped_column

from ...extensions import db
from ..access.mixins import AppendOnly
from ..access.policy import find_policy
from ..access.viewer import current_source, current_viewer
from ..base import clock
from ..base.entities import Entity, inspect_row
from ..base.registry import Registry


class HistoryEntry(AppendOnly, db.Model):
    """One field of one row, before and after; for an added, deleted or restored row a line without a field."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_model_row_id", "model", "row_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    way: Mapped[str] = mapped_column(String(20))  # the source (viewer.current_source); the column keeps its first name
    batch: Mapped[str | None] = mapped_column(String(40), index=True)
    model: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(10))
    field: Mapped[str] = mapped_column(String(60), default="")
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)


def to_text(value: object) -> str | None:
    """Return a column's value as the history stores it: ISO dates, plain decimals; None stays None."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def names_in_history(model: type[Entity]) -> tuple[str, ...]:
    """Return what the history calls a model, now and in earlier releases."""
    policy = find_policy(model)
    return (model.__name__, *(policy.former_names if policy is not None else ()))


SECRET_FIELDS = frozenset({"password", "one_time_code"})


@dataclass(frozen=True)
class WatchedSets:
    """To-many relations of a model whose changes the history keeps too, and the model itself if it is none of ours.

    `module`: who may list it reads its history.
    """

    model: type[Entity]
    names: tuple[str, ...]
    module: str


WATCHED: Registry[type[Entity], WatchedSets] = Registry("watched sets", single=True)


def watched_models() -> dict[type[Entity], str]:
    """Return model -> module of the models with watched sets."""
    return {model: watched.module for model, watched in WATCHED.first_of_each().items()}


def is_watched(model: type[Entity]) -> bool:
    """Tell whether the history follows a model that is none of ours."""
    return model in WATCHED


def _sets_of(model: type[Any]) -> tuple[str, ...]:
    watched = WATCHED.find(model)
    return watched.names if watched is not None else ()


def is_watched_set(model: type[Entity], name: str) -> bool:
    """Tell whether the history follows this to-many relation of a model; its members are kept by name, joined by “; ”."""
    return name in _sets_of(model)


def _find_set_changes(row: Entity) -> list[tuple[str, str | None, str | None]]:
    """Return (name, taken out, put in) of the watched sets that change."""
    found = []
    for name in _sets_of(type(row)):
        changes = inspect_row(row).attrs[name].history
        # Compared by name: a form puts the same person back in as another object, FAB's User for our Staff.
        taken, put = _name_members(changes.deleted), _name_members(changes.added)
        if taken != put:
            found.append((name, "; ".join(sorted(taken - put)) or None, "; ".join(sorted(put - taken)) or None))
    return found


def _name_members(rows: Iterable[Any] | None) -> set[str]:
    """Return what the members of a set are called, as codes: a permission by module and action, others by name."""
    return {
        f"{row.view_menu.name}.{row.permission.name}" if hasattr(row, "view_menu") else getattr(row, "username", None) or row.name
        for row in rows or ()
    }


class NotedChange(Protocol):
    """What the history asks of a change (`change.Change`, which stands above it)."""

    row: Any  # of any model
    kind: str

    def old(self, name: str) -> object:
        """Return the value before."""

    def changed(self, name: str) -> bool:
        """Tell whether the column is being set to another value."""


def note_change(session: Session, change: NotedChange) -> None:
    """Remember what a change alters, to be written once the row has its id."""
    notes = session.info.setdefault("history_notes", [])
    row, policy = change.row, find_policy(type(change.row))
    if change.kind != "edit":
        notes.append((row, change.kind, "", None, to_text(getattr(row, "number", None) or getattr(row, "name", None))))
    if change.kind in ("add", "edit"):
        notes.extend((row, "edit", *entry) for entry in _find_set_changes(row))
    if change.kind in ("add", "delete"):
        return
    for column in class_mapper(type(row)).column_attrs:
        name = column.key
        if name in ("deleted_at", "deleted_by_id") or (policy is not None and not policy.is_tracked(name)):
            continue
        if change.changed(name):
            hidden = name in SECRET_FIELDS
            old, new = (None, None) if hidden else (to_text(change.old(name)), to_text(getattr(row, name)))
            if hidden or old != new:
                notes.append((row, "edit", name, old, new))


def note_event(session: Session, row: Entity, kind: str, *, old: str | None = None, new: str | None = None) -> None:
    """Write one line that is not a change of a column, such as a share, in the session's transaction."""
    note_event_of(session, type(row), row.id, kind, old=old, new=new)


def note_event_of(session: Session, model: type[Entity], row_id: int, kind: str, *, old: str | None = None, new: str | None = None) -> None:
    """Write the same of a row that need not be loaded; id 0 stands for the list of all of them."""
    session.connection().execute(
        insert(HistoryEntry.__table__).values(
            at=clock.now(), actor_id=current_viewer().id, way=current_source(), batch=session.info.get("batch"),
            model=model.__name__, row_id=row_id, kind=kind, field="", old=old, new=new,
        )
    )  # fmt: skip


def write_notes(session: Session) -> None:
    """Write what was noted since the last flush."""
    notes = session.info.pop("history_notes", [])
    if not notes:
        return
    common = {"at": clock.now(), "actor_id": current_viewer().id, "way": current_source(), "batch": session.info.get("batch")}
    session.connection().execute(
        insert(HistoryEntry.__table__),
        [
            {**common, "model": type(row).__name__, "row_id": row.id, "kind": kind, "field": name, "old": old, "new": new}
            for row, kind, name, old, new in notes
        ],
    )


def forget_notes(session: Session) -> None:
    """Drop the notes of a rolled-back transaction."""
    session.info.pop("history_notes", None)
