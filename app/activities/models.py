"""Activities."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned, index_scope
from ..core.access.policy import Link, OwnedPolicy
from ..core.access.viewer import SEE
from ..core.base import clock
from ..core.writes.columns import column
from ..core.writes.fields import DayRule, InstantRule, ReferenceRule, TextRule
from ..core.writes.option_sets import Choice, name_of
from ..core.writes.times import TimeRule
from ..customers.models import Contact, Customer
from ..customers.rules import OUT_OF_REACH, Step
from ..extensions import db
from ..staff.models import Staff
from . import rules


class Activity(Owned, db.Model):
    """One contact with a customer. Author and time of entry never move: past call volume stays as it was."""

    __tablename__ = "activity"
    policy = OwnedPolicy(
        module="Activities",
        share_key="id",
        root=Link("customer_id", "Customer"),
        parent_needed=OUT_OF_REACH,
        parent_actions=SEE,
        writes_parent=True,
        goes_with_root=True,
        field_actions=dict.fromkeys(("withdrawn_at", "withdrawn_by_id", "withdrawn_reason"), "can_withdraw"),
        frozen=("customer_id", "author_id", "author_department_id", "entered_at"),
        option_sets={"kind_id": "activity_kind"},
        untracked=("entered_at", "author_department_id"),
        released=("contact_id",),
    )
    __table_args__ = (
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name="withdrawn_reason"),
        CheckConstraint("next_step_on IS NOT NULL OR (next_step = '' AND next_step_at IS NULL)", name="next_step"),
        *index_scope("activity"),
        Index("ix_activity_customer_id_happened_at", "customer_id", "happened_at", "id"),
        Index("ix_activity_author_id_happened_at", "author_id", "happened_at"),
        Index("ix_activity_happened_at_author_id", "happened_at", "author_id"),
        Index("ix_activity_text_trgm", "text", postgresql_using="gin",
              postgresql_ops={"text": "gin_trgm_ops"}).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    customer_id: Mapped[int] = column(ReferenceRule(lookup="customers", needed=OUT_OF_REACH), ForeignKey("customer.id"))
    kind_id: Mapped[int] = column(ReferenceRule("activity_kind", needed=rules.KIND_NEEDED), ForeignKey("choice.id"))
    contact_id: Mapped[int | None] = column(
        ReferenceRule(lookup="contacts", depends="customer", bad=rules.CONTACT_NOT_THEIRS),
        ForeignKey("contact.id"), index=True,
    )  # fmt: skip
    happened_at: Mapped[datetime] = column(InstantRule(needed=rules.TIME_NEEDED))
    entered_at: Mapped[datetime] = mapped_column(default=clock.now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    author_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    text: Mapped[str] = column(TextRule(10_000, lines=True, needed=rules.TEXT_NEEDED))
    result: Mapped[str] = column(TextRule(10_000, lines=True))
    next_step: Mapped[str] = column(TextRule(200))
    next_step_on: Mapped[date | None] = column(DayRule())
    next_step_at: Mapped[time | None] = column(TimeRule())
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    withdrawn_reason: Mapped[str] = column(TextRule(500))

    customer: Mapped[Customer] = relationship()
    contact: Mapped[Contact | None] = relationship()
    kind: Mapped[Choice] = relationship(foreign_keys=[kind_id])
    author: Mapped[Staff | None] = relationship(foreign_keys=[author_id])

    @property
    def customer_name(self) -> str | None:
        """Return the customer's name; None when the viewer may not see it."""
        return self.customer.name if self.customer is not None else None

    @property
    def contact_name(self) -> str | None:
        """Return whom one spoke to; None when that is not said, or the viewer may not see it."""
        return self.contact.name if self.contact is not None else None

    @property
    def step(self) -> Step:
        """Return the next step that was agreed on."""
        return Step(text=self.next_step or "", on=self.next_step_on, at=self.next_step_at)

    @property
    def kind_name(self) -> str:
        """Return the kind's name in the reader's language."""
        return name_of(Choice, self.kind_id)

    @property
    def author_name(self) -> str | None:
        """Return who logged it."""
        return name_of_person(self.author_id) or None

    def __str__(self) -> str:
        return self.text if len(self.text) <= 60 else self.text[:59] + "…"


__all__ = ["Activity"]
