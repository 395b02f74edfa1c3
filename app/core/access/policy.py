"""Column types and the marks a model wears: what the gate, the scope and the history read from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ..base import clock
from ..db.identities import Identity
from .viewer import EDIT, SEE


class Gated:
    """A model whose every write passes the gate: permission, rules, history, row version.

    Marks: `__access__` the module whose permissions count; `__write_actions__` the permission each kind of write
    needs; `__field_actions__` the permission that changing only these columns needs instead; `__frozen__` columns
    set once; `__untracked__` columns the history leaves out; `__lists__` the list (core.writes.option_sets) whose entries a column takes;
    `__identity__` by which names the rows are told apart (core.db.identities).
    """

    __access__: ClassVar[str]
    __write_actions__: ClassVar[dict[str, str]] = {"add": "can_add", "edit": "can_edit", "delete": "can_delete"}
    __field_actions__: ClassVar[dict[str, str]] = {}
    __frozen__: ClassVar[tuple[str, ...]] = ()
    __untracked__: ClassVar[tuple[str, ...]] = ("row_version", "created_at", "created_by_id")
    __number__: ClassVar[str | None] = None
    __lists__: ClassVar[dict[str, str]] = {}
    __identity__: ClassVar[Identity | None] = None

    def complete(self) -> None:
        """Fill derived columns, after the rules and the number and before the history."""


class Row(Gated):
    """A gated model with our own key and a version, against lost updates."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-10)
    row_version: Mapped[int] = mapped_column(default=1, sort_order=90)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.row_version, "eager_defaults": False}


def long_text(limit: int, **options: Any) -> Any:
    """Return the column of a text without a limit in the database; `limit` is how many characters every door takes."""
    return mapped_column(Text, info={"max_length": limit}, **options)


class SoftDeleted:
    """A model that is never deleted, only put in the bin."""

    deleted_at: Mapped[datetime | None] = mapped_column(default=None, sort_order=91)
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None, sort_order=92)


class Owned(Row, SoftDeleted):
    """A row that someone is responsible for: `owner_id` and `department_id` decide who reaches it.

    Marks of a child: `__root__` (foreign key column and class name of the row whose owner and department it mirrors,
    written by the gate alone); `__parent__` the same for the row it hangs on directly, if another (then the root
    column is copied from it); `__parent_actions__` what the writer must be able to do with the parent to add the
    child; `__writes_parent__` that saving it may change the parent too, which is then locked first; `__keeps_root__`
    that its module's guard refuses to delete the root while such a row is there (others go along into the bin);
    `__share_key__` the column that a share of the module names.

    Marks of what a person holds: `__handed_over__` that a row without a root goes to others when its owner leaves;
    `__divided_by__` the columns by which such rows can be divided among several; `__assigned__` columns beyond the
    owner that name who must act, with the column and values that say the row is still open.

    `__called__`: what its rows are called, of a model without a screen of its own: what is shown as part of another record.

    `__named_by__`: the columns that `str()` joins; lists of other rows then show this one without loading it.
    """

    __root__: ClassVar[tuple[str, str] | None] = None
    __parent__: ClassVar[tuple[str, str] | None] = None
    __parent_actions__: ClassVar[tuple[str, ...]] = SEE
    __writes_parent__: ClassVar[bool] = False
    __keeps_root__: ClassVar[bool] = False
    __share_key__: ClassVar[str | None] = "id"
    __handed_over__: ClassVar[bool] = True
    __divided_by__: ClassVar[tuple[str, ...]] = ()
    __assigned__: ClassVar[dict[str, tuple[str, tuple[str, ...]]]] = {}
    __named_by__: ClassVar[tuple[str, ...]] = ()
    __called__: ClassVar[Any] = ""

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
        return relationship("Staff", foreign_keys=[cls.owner_id], lazy="select", viewonly=True)  # type: ignore[list-item]


def index_scope(table: str) -> tuple[Index, ...]:
    """Return the indexes every owned table needs for its lists: newest first by owner and by department."""
    living = text("deleted_at IS NULL")  # a list, and above all its count, is then answered by the index alone
    return tuple(
        Index(f"ix_{table}_{'_'.join(columns)}", *columns, postgresql_where=living, sqlite_where=living)
        for columns in (("id",), ("owner_id", "id"), ("department_id", "id"))
    )


__all__ = ["EDIT", "SEE", "Gated", "Owned", "Row", "SoftDeleted", "index_scope", "long_text"]
