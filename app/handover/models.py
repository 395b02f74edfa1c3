"""Handovers, and the rows that each of them moved."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned, index_scope
from ..core.access.policy import OwnedPolicy
from ..core.writes.columns import column
from ..core.writes.fields import DayRule, ReferenceRule, TextRule
from ..core.writes.numbering import number_column
from ..extensions import db
from ..staff.models import Staff
from .rules import KINDS, LEAVER_NEEDED, STATES

_KIND_LIST = ", ".join(f"'{name}'" for name in KINDS)
_STATE_LIST = ", ".join(f"'{name}'" for name in STATES)
NOTE, KEEP_UNTIL = TextRule(2_000, lines=True), DayRule()


class Handover(Owned, db.Model):
    """One handover or reassignment that was run. Nobody owns it; the leaver's department decides which managers see it."""

    __tablename__ = "handover"
    policy = OwnedPolicy(
        module="Handover",
        number="handover",
        handed_over=False,
        frozen=("kind", "leaver_id", "note", "keep_until", "closed_account"),
        untracked=("moved", "followed", "history_mark", "restored", "undone_by_id"),
    )
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KIND_LIST})", name="kind"),
        CheckConstraint(f"state IN ({_STATE_LIST})", name="state"),
        *index_scope("handover"),
        Index("ix_handover_leaver_id", "leaver_id", "id"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[str] = number_column()
    kind: Mapped[str] = mapped_column(String(12), default="handover")
    leaver_id: Mapped[int | None] = column(ReferenceRule(lookup="leavers", bad=LEAVER_NEEDED), ForeignKey("ab_user.id"))
    note: Mapped[str] = column(NOTE)
    keep_until: Mapped[date | None] = column(KEEP_UNTIL)
    closed_account: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(8), default="done")
    moved: Mapped[int] = mapped_column(default=0)
    followed: Mapped[int] = mapped_column(default=0)
    history_mark: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), default=0)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    restored: Mapped[int] = mapped_column(default=0)

    leaver: Mapped[Staff | None] = relationship(foreign_keys=[leaver_id], viewonly=True)

    @property
    def leaver_name(self) -> str:
        """Return who left; '' for a reassignment."""
        return name_of_person(self.leaver_id)

    def __str__(self) -> str:
        return f"{self.number} {self.leaver_name}".strip()


class HandoverItem(db.Model):
    """One row that a handover moved: from whom, to whom, and what became of it when the handover was undone.

    `field` is the column that changed hands: the owner, or another column that names who must act.
    """

    __tablename__ = "handover_item"
    __table_args__ = (
        Index("ix_handover_item_handover_id", "handover_id", "model", "field", "row_id"),
        Index("ix_handover_item_new_staff_id", "new_staff_id", "handover_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    model: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int] = mapped_column()
    row_version: Mapped[int] = mapped_column()  # as the handover left the row
    old_staff_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    old_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    new_staff_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    new_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    outcome: Mapped[str] = mapped_column(String(10), default="moved")


__all__ = ["Handover", "HandoverItem"]
