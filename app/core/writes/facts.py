"""What a rule needs to know, read unscoped and apart from what the viewer's session holds."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from ..base.entities import Entity

Value = TypeVar("Value")


class Facts:
    """Read what a rule needs, unscoped, in a session of its own on the same transaction.

    Its identity map is apart: nothing it loads can later be answered to a person who may not see it.
    """

    def __init__(self, session: Session) -> None:
        self._parent = session
        self._own: Session | None = None
        self._cached: list[object] = []  # the identity map holds rows weakly; a batch asks for the same ones again and again

    @property
    def session(self) -> Session:
        """Return the unscoped session; reading only."""
        if self._own is None:
            self._own = Session(bind=self._parent.connection(), autoflush=False, expire_on_commit=False)
        return self._own

    def get(self, model: type[Entity], row_id: int | None, *, lock: bool = False, share: bool = False) -> Any:
        """Return a row as the database has it, or None; lock it (or share-lock it) until the end of the transaction.

        A rule that reads a row which another write could change meanwhile asks for the lock: shared (FOR SHARE) when it only
        relies on what it read, exclusive (FOR NO KEY UPDATE, which foreign keys do not wait for) when the row is written too.
        SQLite has one writer at a time and needs neither.
        """
        if row_id is None:
            return None
        if lock or share:
            mode = {"read": True} if share else {"key_share": True}
            return self.session.get(model, row_id, with_for_update=mode, populate_existing=True)
        row = self.session.get(model, row_id)
        self._cached.append(row)
        return row

    def scalar(self, statement: Select[tuple[Value]]) -> Value | None:
        """Return the first column of the first row."""
        return self.session.scalar(statement)

    def all(self, statement: Select[tuple[Value]]) -> list[Value]:
        """Return every row of a statement of one column."""
        return list(self.session.scalars(statement))

    def close(self) -> None:
        """Release what was read; the transaction is the parent session's."""
        self._cached.clear()
        if self._own is not None:
            self._own.expunge_all()
            self._own.close()


def lock_rows(facts: Facts, model: type[Entity], *where: ColumnElement[bool]) -> None:
    """Lock every row of a small table (or those of the condition) until the end of the transaction, in the order of their ids."""
    facts.all(select(model.id).where(*where).order_by(model.id).with_for_update(key_share=True))
