"""Tickets, their comments and their priorities."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..contracts.models import Contract
from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned, Row, index_scope, long_text
from ..core.access.policy import Link, OwnedPolicy, Policy
from ..core.access.viewer import PICK
from ..core.base import clock
from ..core.db.identities import Identity
from ..core.parts.models import Comment, part_policy
from ..core.writes.numbering import number_column
from ..core.writes.option_sets import NAMES, Choice, Named
from ..customers.models import Customer
from ..customers.rules import OUT_OF_REACH
from ..extensions import db
from ..staff.models import Staff
from .rules import LIFECYCLE

_STATUS_LIST = ", ".join(f"'{name}'" for name in LIFECYCLE.states)


class Priority(Named, Row, db.Model):
    """A ticket's priority and the hours it leaves until the ticket is due."""

    __tablename__ = "priority"
    policy = Policy(module="Lists", identity=Identity("priority", NAMES))
    __table_args__ = (CheckConstraint("hours > 0", name="hours"), {"sqlite_autoincrement": True})

    hours: Mapped[int] = mapped_column()
    tone: Mapped[str] = mapped_column(String(6), default="grey")


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
        assigned={"assignee_id": ("status", tuple(name for name in LIFECYCLE.states if name != "closed"))},
        untracked=("search_text",),
    )
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUS_LIST})", name="status"),
        *index_scope("ticket"),
        Index("ix_ticket_customer_id_id", "customer_id", "id"),
        Index("ix_ticket_assignee_id_status", "assignee_id", "status", "id"),
        Index("ix_ticket_status_due_at", "status", "due_at", "id"),
        Index("ix_ticket_search_text_trgm", "search_text", postgresql_using="gin",
              postgresql_ops={"search_text": "gin_trgm_ops"}).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    number: Mapped[str] = number_column()
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), default=None, index=True)
    subject: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = long_text(20_000, default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("choice.id"), default=None)
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"))
    status: Mapped[str] = mapped_column(String(12), default=LIFECYCLE.first)
    status_reason: Mapped[str] = mapped_column(String(500), default="")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
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
