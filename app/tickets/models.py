"""Tickets, their comments and their priorities."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..contracts.models import Contract
from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned, Row, index_scope
from ..core.access.policy import Link, OwnedPolicy, Policy
from ..core.access.viewer import PICK
from ..core.base import clock
from ..core.base.formatting import TONE_WORDS
from ..core.base.lifecycle import NO_SUCH_STATE
from ..core.db.identities import Identity
from ..core.parts.models import Comment, part_policy
from ..core.writes.columns import as_check, column
from ..core.writes.fields import CHOOSE, NEEDED, ChoiceRule, NumberRule, ReferenceRule, TextRule
from ..core.writes.numbering import number_column
from ..core.writes.option_sets import NAMES, Choice, Named
from ..customers.models import Customer
from ..customers.rules import OUT_OF_REACH
from ..extensions import db
from ..staff.models import Staff
from . import rules

HOURS = NumberRule(1, 8760, needed=NEEDED)
TONE = ChoiceRule(dict(TONE_WORDS), 6, default="grey", needed=CHOOSE)
STATUS = ChoiceRule({name: state.label for name, state in rules.LIFECYCLE.states.items()}, 12, default=rules.LIFECYCLE.first,
                    needed=NO_SUCH_STATE, bad=NO_SUCH_STATE)  # fmt: skip


class Priority(Named, Row, db.Model):
    """A ticket's priority and the hours it leaves until the ticket is due."""

    __tablename__ = "priority"
    policy = Policy(module="Lists", identity=Identity("priority", NAMES))
    __table_args__ = (as_check("hours", HOURS), {"sqlite_autoincrement": True})

    hours: Mapped[int] = column(HOURS)
    tone: Mapped[str] = column(TONE)


class Ticket(Owned, db.Model):
    """A fault or request of a signed customer. `due_at` follows from the priority when it is logged."""

    __tablename__ = "ticket"
    policy = OwnedPolicy(
        module="Tickets",
        number="ticket",
        share_key="id",
        root=Link("customer_id", "Customer"),
        parent_needed=OUT_OF_REACH,
        parent_actions=PICK,
        frozen=("reported_at",),
        option_sets={"category_id": "ticket_category"},
        assigned={"assignee_id": ("status", tuple(name for name in rules.LIFECYCLE.states if name != "closed"))},
        untracked=("search_text",),
    )
    __table_args__ = (
        as_check("status", STATUS),
        *index_scope("ticket"),
        Index("ix_ticket_customer_id_id", "customer_id", "id"),
        Index("ix_ticket_assignee_id_status", "assignee_id", "status", "id"),
        Index("ix_ticket_status_due_at", "status", "due_at", "id"),
        Index("ix_ticket_search_text_trgm", "search_text", postgresql_using="gin",
              postgresql_ops={"search_text": "gin_trgm_ops"}).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    number: Mapped[str] = number_column()
    customer_id: Mapped[int] = column(ReferenceRule(lookup="signed-customers", needed=OUT_OF_REACH), ForeignKey("customer.id"))
    contract_id: Mapped[int | None] = column(
        ReferenceRule(lookup="contracts-of", depends="customer", bad=rules.CONTRACT_BAD), ForeignKey("contract.id"), index=True
    )
    subject: Mapped[str] = column(TextRule(200, needed=rules.SUBJECT_NEEDED))
    description: Mapped[str] = column(TextRule(20_000, lines=True))
    category_id: Mapped[int | None] = column(ReferenceRule("ticket_category"), ForeignKey("choice.id"))
    priority_id: Mapped[int] = column(ReferenceRule(needed=rules.PRIORITY_NEEDED), ForeignKey("priority.id"))
    status: Mapped[str] = column(STATUS)
    status_reason: Mapped[str] = column(TextRule(500))
    assignee_id: Mapped[int | None] = column(ReferenceRule(lookup="maintenance-staff", bad=rules.ASSIGNEE_BAD), ForeignKey("ab_user.id"))
    reported_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)
    search_text: Mapped[str] = mapped_column(Text, default="")

    customer: Mapped[Customer] = relationship()
    contract: Mapped[Contract | None] = relationship()
    category: Mapped[Choice | None] = relationship(foreign_keys=[category_id])
    priority: Mapped[Priority] = relationship()
    assignee: Mapped[Staff | None] = relationship(foreign_keys=[assignee_id])

    @property
    def customer_name(self) -> str | None:
        """Return the customer's name; None when the viewer may not see it."""
        return self.customer.name if self.customer is not None else None

    @property
    def assignee_name(self) -> str | None:
        """Return who works on it."""
        return name_of_person(self.assignee_id) or None

    def complete(self) -> None:
        self.search_text = f"{self.number} {self.subject}".lower()

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"


class TicketComment(Comment):
    """A remark on a ticket."""

    record_type = "Ticket"
    policy = part_policy(Ticket, _l("Comments"), frozen=("text",))


__all__ = ["Priority", "Ticket", "TicketComment"]
