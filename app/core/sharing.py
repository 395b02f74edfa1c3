"""Shares: a row lent to a colleague, to read or in full, until a date or open-ended. A share widens reach, never actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, Select, String, bindparam, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from . import access, clock


class Share(db.Model):
    """One row of one module lent to one person. Revoking keeps the line."""

    __tablename__ = "share"
    __table_args__ = (
        CheckConstraint("access IN ('read', 'full')", name="access"),
        Index("ix_share_staff_id_module", "staff_id", "module"),
        Index("ix_share_module_row_id", "module", "row_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int] = mapped_column()
    staff_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    access: Mapped[str] = mapped_column(String(4), default="read")
    until: Mapped[date | None] = mapped_column(default=None)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    granted_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)


@cache
def _select_shares() -> Select[Any]:
    """Select what is lent to a person on a day; built once, since every request runs it."""
    share = Share.__table__.c
    return (
        select(share.module, share.row_id, share.access)
        .where(share.staff_id == bindparam("person"), share.revoked_at.is_(None))
        .where(or_(share.until.is_(None), share.until >= bindparam("today")))
    )


def read_shares(connection: Connection, profile: Any) -> Mapping[str, Mapping[int, str]]:
    """Return module -> row id -> access of what is lent to the person today."""
    rows = connection.execute(_select_shares(), {"person": profile.id, "today": clock.today()})
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for module, row_id, way in rows:
        if found[module].get(row_id) != "full":
            found[module][row_id] = way
    return found


def install() -> None:
    """Let every viewer's reach include what is lent to the person."""
    access.use_shares(read_shares)
