"""The tables of designed processes: versions, their fields, steps, rights and routes. The database too keeps a published one frozen."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.mixins import Row
from ..core.access.policy import Policy
from ..core.db.identities import Identity
from ..core.writes.columns import as_check, column
from ..core.writes.fields import CHOOSE, NEEDED, ChoiceRule, FlagRule, NumberRule, ReferenceRule, TextRule, amount
from ..core.writes.option_sets import NAMES, Named, reads_english
from ..extensions import db
from ..staff.models import Staff
from . import words
from .flow.definition import Kind, MayReturn, Nobody, OnNo, Overdue, Quorum, Resume, Right, Who
from .rules import CODE, CODE_BAD, DRAFT, PUBLISHED, RETIRED

MODULE = "Processes"
STATE = ChoiceRule({DRAFT: _l("Draft"), PUBLISHED: _l("Published"), RETIRED: _l("Retired")}, 10, default=DRAFT, needed=CHOOSE)
KIND = ChoiceRule(words.KINDS, 12, default=Kind.TEXT.value, needed=CHOOSE)
WHO = ChoiceRule(words.WHO, 14, default=Who.ROLE.value, needed=CHOOSE)
QUORUM = ChoiceRule(words.QUORUMS, 10, default=Quorum.ONE.value, needed=CHOOSE)
ON_NO = ChoiceRule(words.ON_NO, 8, default=OnNo.ENDS.value, needed=CHOOSE)
MAY_RETURN = ChoiceRule(words.MAY_RETURN, 10, default=MayReturn.START.value, needed=CHOOSE)
RESUME = ChoiceRule(words.RESUME, 10, default=Resume.STRAIGHT.value, needed=CHOOSE)
NOBODY = ChoiceRule(words.NOBODY, 10, default=Nobody.OWNER.value, needed=CHOOSE)
OVERDUE = ChoiceRule(words.OVERDUE, 16, default=Overdue.REMIND.value, needed=CHOOSE)
RIGHT = ChoiceRule(words.RIGHTS, 8, default=Right.READ.value, needed=CHOOSE)
COPIES = ChoiceRule(words.COPIES, 8, default="starter", needed=CHOOSE)
A_CODE = TextRule(30, needed=CODE_BAD, pattern=CODE, bad=CODE_BAD)
NAME_ZH = NAME_EN = TextRule(60, needed=NEEDED)
AMOUNT = amount(18, 4)


class Process(Named, Row, db.Model):
    """A process that IT designs. Its owner gets what nobody else can do, and may give a stuck task to somebody."""

    __tablename__ = "process"
    __table_args__ = ({"sqlite_autoincrement": True},)
    policy = Policy(module=MODULE, frozen=("code",), identity=Identity("process", NAMES))

    code: Mapped[str] = column(A_CODE, unique=True)
    owner_id: Mapped[int | None] = column(ReferenceRule(lookup="case-people", needed=CHOOSE), ForeignKey("ab_user.id"))

    owner: Mapped[Staff | None] = relationship(foreign_keys=[owner_id])


class ProcessVersion(Row, db.Model):
    """One version of a process: a draft that is edited, the published one that starts, or a retired one in which cases still run.

    `binding`: what of contract and customer must not change once somebody approved on it, as codes that modules offer, by commas.
    `effect`: what happens when a case ends well, in whose name (`effect_by`); `is_reserved`: by no other door then.
    """

    __tablename__ = "process_version"
    __table_args__ = (
        UniqueConstraint("process_id", "number"),
        as_check("state", STATE),
        CheckConstraint("effect_by IN ('approver', 'owner')", name="effect_by"),
        Index("ix_process_version_published", "process_id", unique=True, postgresql_where=db.text("state = 'published'"),
              sqlite_where=db.text("state = 'published'")),
        {"sqlite_autoincrement": True},
    )  # fmt: skip
    policy = Policy(module=MODULE, frozen=("process_id", "number"))

    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"))
    number: Mapped[int] = mapped_column()
    state: Mapped[str] = column(STATE)
    note: Mapped[str] = column(TextRule(500))
    binding: Mapped[str] = column(TextRule(500))
    effect: Mapped[str] = column(TextRule(40))
    effect_by: Mapped[str] = mapped_column(default="approver")
    is_reserved: Mapped[bool] = column(FlagRule(default=False))
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)

    process: Mapped[Process] = relationship()

    def __str__(self) -> str:
        return f"{self.process.label} {self.number}"


class Called(Row):
    """A row of a version, called by a Chinese and an English name, in its place among the others."""

    __abstract__ = True

    code: Mapped[str] = column(A_CODE)
    name_zh: Mapped[str] = column(NAME_ZH)
    name_en: Mapped[str] = column(NAME_EN)
    position: Mapped[int] = mapped_column(default=0)

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if reads_english() else self.name_zh


class ProcessField(Called, db.Model):
    """A field of a version's form; one with a parent is a column of its rows.

    `options`: of a choice one a line, “中文 | English”. `limit`: letters of a text. `is_live`: a contract that must be in force;
    `is_shared`: it may be in several running cases of the process. `is_told`: it stands on the contract's page and its tickets' cards.
    """

    __tablename__ = "process_field"
    __table_args__ = (
        UniqueConstraint("version_id", "parent_id", "code"), as_check("kind", KIND), {"sqlite_autoincrement": True},
    )  # fmt: skip
    policy = Policy(module=MODULE, frozen=("version_id", "parent_id"))

    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("process_field.id"), default=None)
    kind: Mapped[str] = column(KIND)
    hint_zh: Mapped[str] = column(TextRule(200))
    hint_en: Mapped[str] = column(TextRule(200))
    options: Mapped[str] = column(TextRule(4_000, lines=True))
    limit: Mapped[int | None] = column(NumberRule(1, 10_000))
    least: Mapped[Decimal | None] = column(AMOUNT)
    most: Mapped[Decimal | None] = column(AMOUNT)
    default: Mapped[str] = column(TextRule(200))
    is_live: Mapped[bool] = column(FlagRule(default=False))
    is_shared: Mapped[bool] = column(FlagRule(default=False))
    is_told: Mapped[bool] = column(FlagRule(default=False))


step_role = db.Table(
    "process_step_role",
    db.Column("step_id", db.ForeignKey("process_step.id"), primary_key=True),
    db.Column("role_id", db.ForeignKey("ab_role.id"), primary_key=True, index=True),
)


class ProcessStep(Called, db.Model):
    """A step of a version (`flow.definition.Step` says what each part means). `verb`: what its main button says."""

    __tablename__ = "process_step"
    __table_args__ = (
        UniqueConstraint("version_id", "code"), as_check("who", WHO), as_check("quorum", QUORUM), as_check("on_no", ON_NO),
        as_check("may_return", MAY_RETURN), as_check("resume", RESUME), as_check("nobody", NOBODY), as_check("overdue", OVERDUE),
        {"sqlite_autoincrement": True},
    )  # fmt: skip
    policy = Policy(module=MODULE, frozen=("version_id",))

    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    who: Mapped[str] = column(WHO)
    person_field: Mapped[str] = column(TextRule(30))
    quorum: Mapped[str] = column(QUORUM)
    needed: Mapped[int | None] = column(NumberRule(1, 99))
    on_no: Mapped[str] = column(ON_NO)
    may_return: Mapped[str] = column(MAY_RETURN)
    resume: Mapped[str] = column(RESUME)
    starter_may_approve: Mapped[bool] = column(FlagRule(default=True))
    pass_same_person: Mapped[bool] = column(FlagRule(default=False))
    nobody: Mapped[str] = column(NOBODY)
    stand_in_id: Mapped[int | None] = column(ReferenceRule(lookup="case-people"), ForeignKey("ab_user.id"))
    hours: Mapped[int | None] = column(NumberRule(1, 2_000))
    overdue: Mapped[str] = column(OVERDUE)
    in_bulk: Mapped[bool] = column(FlagRule(default=False))
    verb_zh: Mapped[str] = column(TextRule(20))
    verb_en: Mapped[str] = column(TextRule(20))

    stand_in: Mapped[Staff | None] = relationship(foreign_keys=[stand_in_id])
    roles: Mapped[list[Role]] = relationship(secondary=step_role, order_by=Role.id)


class FieldRight(Row, db.Model):
    """What those at a step may do with a field; what is not said is read."""

    __tablename__ = "process_field_right"
    __table_args__ = (UniqueConstraint("step_id", "field_id"), as_check("allows", RIGHT), {"sqlite_autoincrement": True})
    policy = Policy(module=MODULE, frozen=("version_id", "step_id", "field_id"))

    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("process_step.id"))
    field_id: Mapped[int] = mapped_column(ForeignKey("process_field.id"), index=True)
    allows: Mapped[str] = column(RIGHT)


class StepRoute(Row, db.Model):
    """Where a step leads when its conditions hold, in order; without a target to the end."""

    __tablename__ = "process_route"
    __table_args__ = (Index("ix_process_route_step_id", "step_id", "position"), {"sqlite_autoincrement": True})
    policy = Policy(module=MODULE, frozen=("version_id", "step_id"))

    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("process_step.id"))
    position: Mapped[int] = mapped_column(default=0)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("process_step.id"), default=None, index=True)


class RouteCondition(Row, db.Model):
    """A field of the form (“amount”), or one that a module offers of its record (“contract.amount”), compared with a value."""

    __tablename__ = "process_condition"
    __table_args__ = ({"sqlite_autoincrement": True},)
    policy = Policy(module=MODULE, frozen=("version_id", "route_id"))

    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("process_route.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    field: Mapped[str] = column(TextRule(60, needed=CHOOSE))
    operator: Mapped[str] = column(ChoiceRule(words.OPERATORS, 8, default="eq", needed=CHOOSE))
    value: Mapped[str] = column(TextRule(200))


class CopyTo(Row, db.Model):
    """Who gets a copy for information once a step is done; without a step: at the end."""

    __tablename__ = "process_copy"
    __table_args__ = (as_check("who", COPIES), {"sqlite_autoincrement": True})
    policy = Policy(module=MODULE, frozen=("version_id", "step_id"))

    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    step_id: Mapped[int | None] = mapped_column(ForeignKey("process_step.id"), default=None, index=True)
    who: Mapped[str] = column(COPIES)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id"), default=None, index=True)
    person_id: Mapped[int | None] = column(ReferenceRule(lookup="case-people"), ForeignKey("ab_user.id"))


PARTS: tuple[type[Row], ...] = (ProcessField, ProcessStep, FieldRight, StepRoute, RouteCondition, CopyTo)

__all__ = [
    "PARTS", "CopyTo", "FieldRight", "Process", "ProcessField", "ProcessStep", "ProcessVersion", "RouteCondition", "StepRoute", "step_role",
]  # fmt: skip
