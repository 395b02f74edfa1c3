"""The notice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.base import clock
from ..extensions import db


class Notice(db.Model):
    """One thing that one person is told. `label` is what the row was called then; printed only to who still reaches it."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_staff_id_read_at", "staff_id", "read_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[str] = mapped_column(String(20))
    module: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int] = mapped_column()
    label: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime | None] = mapped_column(default=None)
