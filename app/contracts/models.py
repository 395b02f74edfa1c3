"""Contracts and their attachments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.mixins import Owned, index_scope
from ..core.access.policy import Link, OwnedPolicy
from ..core.base import clock
from ..core.base.lifecycle import NO_SUCH_STATE
from ..core.parts.models import Attachment, part_policy
from ..core.writes.columns import as_check, column
from ..core.writes.fields import ChoiceRule, DayRule, ReferenceRule, TextRule, amount
from ..core.writes.numbering import number_column
from ..customers.models import Customer
from ..customers.rules import OUT_OF_REACH
from ..extensions import db
from . import rules
from .rules import find_state

RENEWED = ReferenceRule(lookup="renewable-contracts", depends="customer", bad=rules.RENEWS_OTHER_CUSTOMER)
STATUS = ChoiceRule(rules.STORED_STATES, 12, default=rules.LIFECYCLE.first, needed=NO_SUCH_STATE, bad=NO_SUCH_STATE)
CURRENCY = ChoiceRule({code: code for code in rules.CURRENCIES}, 3, default="CNY", needed=rules.CURRENCY_BAD, bad=rules.CURRENCY_BAD)
AMOUNT = amount(15, 2, least=0, default=Decimal(0), needed=rules.AMOUNT_BAD, bad=rules.AMOUNT_BAD)


class Contract(Owned, db.Model):
    """A contract with a signed customer. “Expired” is derived from the end date, never stored."""

    __tablename__ = "contract"
    policy = OwnedPolicy(
        module="Contracts",
        number="contract",
        share_key="id",
        named_by=("number", "title"),
        root=Link("customer_id", "Customer"),
        parent_needed=OUT_OF_REACH,
        untracked=("search_text",),
    )
    __table_args__ = (
        as_check("status", STATUS),
        as_check("currency", CURRENCY),
        as_check("amount", AMOUNT),
        CheckConstraint("end_on IS NULL OR start_on IS NULL OR end_on >= start_on", name="term"),
        CheckConstraint("renews_id IS NULL OR renews_id <> id", name="renews"),
        *index_scope("contract"),
        Index("ix_contract_customer_id_status_end_on", "customer_id", "status", "end_on"),
        Index("ix_contract_status_end_on", "status", "end_on", "id"),
        Index("ix_contract_search_text_trgm", "search_text", postgresql_using="gin",
              postgresql_ops={"search_text": "gin_trgm_ops"}).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    number: Mapped[str] = number_column()
    customer_id: Mapped[int] = column(ReferenceRule(lookup="contract-customers", needed=OUT_OF_REACH), ForeignKey("customer.id"))
    title: Mapped[str] = column(TextRule(200, needed=rules.TITLE_NEEDED))
    amount: Mapped[Decimal] = column(AMOUNT)
    currency: Mapped[str] = column(CURRENCY)
    signed_on: Mapped[date | None] = column(DayRule())
    start_on: Mapped[date | None] = column(DayRule())
    end_on: Mapped[date | None] = column(DayRule())
    status: Mapped[str] = column(STATUS)
    status_reason: Mapped[str] = column(TextRule(500))
    renews_id: Mapped[int | None] = column(RENEWED, ForeignKey("contract.id"), index=True)
    remark: Mapped[str] = column(TextRule(10_000, lines=True))
    search_text: Mapped[str] = mapped_column(Text, default="")

    customer: Mapped[Customer] = relationship()
    renews: Mapped[Contract | None] = relationship(remote_side="Contract.id", foreign_keys=[renews_id])

    @property
    def customer_name(self) -> str | None:
        """Return the customer's name; None when the viewer may not see it."""
        return self.customer.name if self.customer is not None else None

    @property
    def state(self) -> str:
        """Return the state a person sees: past its end date a contract in force is expired."""
        return find_state(self.status, self.end_on, clock.today())

    def complete(self) -> None:
        self.search_text = f"{self.number} {self.title}".lower()

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ContractAttachment(Attachment):
    """A file of a contract."""

    record_type = "Contract"
    policy = part_policy(Contract, _l("Attachments"), frozen=("sha256",), untracked=("content",), former_names=("Attachment",))


__all__ = ["Contract", "ContractAttachment"]
