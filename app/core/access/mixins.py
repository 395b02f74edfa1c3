"""The classes our models are made of: gated, versioned, soft-deleted, owned, append-only; and what their tables need."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ..base import clock
from ..base.entities import Entity
from .policy import OwnedPolicy, Policy

PERSON = "Staff"  # the class name of the model of people, which is no part of the core


class Gated:
    """A model whose every write passes the gate: permission, rules, history, row version. Its `policy` says by what terms."""

    policy: ClassVar[Policy]

    def complete(self) -> None:
        """Fill derived columns, after the rules and the number and before the history."""


class AppendOnly:
    """A model whose rows are written once: no session changes or deletes one."""


class Row(Gated, Entity):
    """A gated model with our own key and a version, against lost updates."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-10)
    row_version: Mapped[int] = mapped_column(default=1, sort_order=90)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:
        return {"version_id_col": cls.row_version, "eager_defaults": False}


class SoftDeleted:
    """A model with soft delete: its rows are put in the bin (`deleted_at`), never deleted."""

    deleted_at: Mapped[datetime | None] = mapped_column(default=None, sort_order=91)
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None, sort_order=92)


class Owned(Row, SoftDeleted):
    """A row that someone is responsible for: `owner_id` and `department_id` decide who reaches it."""

    policy: ClassVar[OwnedPolicy]

    created_at: Mapped[datetime] = mapped_column(default=clock.now, sort_order=80)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None, sort_order=81)

    @declared_attr
    def owner_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("ab_user.id"), default=None, sort_order=82)

    @declared_attr
    def department_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("department.id"), default=None, sort_order=83)

    @declared_attr
    def owner(cls) -> Mapped[Any]:
        return relationship(PERSON, foreign_keys=[cls.owner_id], lazy="select", viewonly=True)  # type: ignore[list-item]  # it is the column by then


def index_scope(table: str) -> tuple[Index, ...]:
    """Return the indexes every owned table needs for its lists: newest first by owner and by department."""
    living = text("deleted_at IS NULL")  # a list, and above all its count, is then answered by the index alone
    return tuple(
        Index(f"ix_{table}_{'_'.join(columns)}", *columns, postgresql_where=living, sqlite_where=living)
        for columns in (("id",), ("owner_id", "id"), ("department_id", "id"))
    )
