"""The tables of cases: the case, its tasks, its log, what was filled in, and who got a copy. The engine alone writes them (`doing`)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Text, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..contracts.models import Contract
from ..core.access.mixins import AppendOnly, Owned, index_scope
from ..core.access.policy import OwnedPolicy
from ..core.access.viewer import Viewer
from ..core.base import clock
from ..core.base.entities import Entity
from ..core.parts.models import Attachment, Comment, part_policy
from ..core.writes.columns import as_check, column
from ..core.writes.fields import CHOOSE, ChoiceRule, TextRule
from ..core.writes.numbering import number_column
from ..customers.models import Customer
from ..extensions import db
from . import words
from .designs import Process, ProcessVersion
from .flow import case as flow

STATE = ChoiceRule({code: label for code, (label, _tone) in words.STATES.items()}, 10, default=flow.DRAFT, needed=CHOOSE)
TASK_STATES = (flow.OPEN, flow.WAITING, flow.CLOSED, flow.DROPPED)
SAID = TextRule(4_000, lines=True)


def select_involved(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the cases in which the viewer has a part: a task, past or present, one in the pool of a role, or a copy."""
    profile = viewer.profile
    assert profile is not None
    roles = sorted(int(text) for text in profile.parts.get("roles", "").split(",") if text)
    task, copy = CaseTask.__table__.c, CaseCopy.__table__.c
    mine = [select(task.case_id).where(column == profile.id) for column in (task.person_id, task.actor_id)]
    pool = and_(task.state == flow.OPEN, task.person_id.is_(None), task.role_id.in_(roles))
    copies = select(copy.case_id).where(copy.person_id == profile.id)
    parts = [*mine, copies, *([select(task.case_id).where(pool)] if roles else [])]
    return or_(*(Case.__table__.c.id.in_(part) for part in parts))


class Case(Owned, db.Model):
    """One run of a version. Its starter owns it; `contract_id` and `customer_id` are what its form names, for pages and lists.

    `path` and `resume`: steps and visits of the engine's state, by commas. `pinned`: the binding facts as they were approved, as JSON.
    """

    __tablename__ = "process_case"
    policy = OwnedPolicy(
        module="Cases",
        number="case",
        frozen=("process_id", "version_id"),
        untracked=("title", "visit", "round", "since", "path", "resume", "stuck", "pinned", "search_text", "started_at", "ended_at"),
        involved=lambda _model, viewer: select_involved(viewer),
    )
    __table_args__ = (
        as_check("state", STATE),
        *index_scope("process_case"),
        Index("ix_process_case_state_process_id", "state", "process_id", "id"),
        Index("ix_process_case_contract_id_state", "contract_id", "state"),
        Index("ix_process_case_customer_id", "customer_id", "id"),
        Index("ix_process_case_version_id", "version_id"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[str] = number_column()
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    title: Mapped[str] = column(TextRule(200))
    state: Mapped[str] = column(STATE)
    step: Mapped[str] = mapped_column(default="")
    visit: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=1)
    since: Mapped[int] = mapped_column(default=1)
    path: Mapped[str] = mapped_column(Text, default="")
    resume: Mapped[str] = mapped_column(Text, default="")
    stuck: Mapped[str | None] = mapped_column(default=None)
    pinned: Mapped[str] = mapped_column(Text, default="{}")
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), default=None)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), default=None)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    search_text: Mapped[str] = mapped_column(Text, default="")

    process: Mapped[Process] = relationship()
    version: Mapped[ProcessVersion] = relationship()
    contract: Mapped[Contract | None] = relationship()
    customer: Mapped[Customer | None] = relationship()

    def complete(self) -> None:
        self.search_text = f"{self.number} {self.title}".lower()

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()


class CaseTask(Entity, db.Model):
    """What somebody, or one of a role's pool, has to do (`flow.case.Task` says what each part means)."""

    __tablename__ = "case_task"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in TASK_STATES)})", name="state"),
        Index("ix_case_task_person_id_state", "person_id", "state", "case_id"),
        Index("ix_case_task_role_id_state", "role_id", "state", "case_id"),
        Index("ix_case_task_actor_id", "actor_id", "closed_at"),
        Index("ix_case_task_state_due_at", "state", "due_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("process_case.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    step: Mapped[str] = mapped_column()
    visit: Mapped[int] = mapped_column()
    round: Mapped[int] = mapped_column()
    person_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id"), default=None)
    state: Mapped[str] = mapped_column(default=flow.OPEN)
    is_seat: Mapped[bool] = mapped_column(default=True)
    waits_for: Mapped[str] = mapped_column(default="")
    is_claimed: Mapped[bool] = mapped_column(default=False)
    lender_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    adder_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    verdict: Mapped[str | None] = mapped_column(default=None)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    dropped: Mapped[str | None] = mapped_column(default=None)
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    worked: Mapped[int | None] = mapped_column(default=None)  # minutes of working time from when it opened until it was closed
    overdue_at: Mapped[datetime | None] = mapped_column(default=None)

    case: Mapped[Case] = relationship()


class CaseEvent(AppendOnly, db.Model):
    """One event of a case's log, in order (`flow.events`). `said`: the opinion or reason; `stands_for_id`: whose task a deputy did."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "place"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("process_case.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(default=clock.now)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None, index=True)
    stands_for_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    kind: Mapped[str] = mapped_column()
    step: Mapped[str] = mapped_column(default="")
    round: Mapped[int] = mapped_column(default=1)
    data: Mapped[str] = mapped_column(Text, default="{}")
    said: Mapped[str] = mapped_column(Text, default="")


class CaseValue(Entity, db.Model):
    """What a field held in one round, as JSON (`values`). The present value is that of the last round that has one."""

    __tablename__ = "case_value"
    __table_args__ = (UniqueConstraint("case_id", "round", "field"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("process_case.id", ondelete="CASCADE"))
    round: Mapped[int] = mapped_column()
    field: Mapped[str] = mapped_column()
    value: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    at: Mapped[datetime] = mapped_column(default=clock.now)


class CaseCopy(Entity, db.Model):
    """Who got a case to read, for information."""

    __tablename__ = "case_copy"
    __table_args__ = (UniqueConstraint("case_id", "person_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("process_case.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    step: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=clock.now)


class CaseComment(Comment):
    """A remark on a case."""

    record_type = "Case"
    policy = part_policy(Case, _l("Comments"), frozen=("text",))


class CaseAttachment(Attachment):
    """A file of a case."""

    record_type = "Case"
    policy = part_policy(Case, _l("Attachments"), frozen=("sha256",), untracked=("content",))


__all__ = ["Case", "CaseAttachment", "CaseComment", "CaseCopy", "CaseEvent", "CaseTask", "CaseValue"]
