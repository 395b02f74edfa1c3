"""Contracts and their attachments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from ..core.access.mixins import Owned, index_scope, long_text
from ..core.access.policy import PART_ACTIONS, Link, OwnedPolicy
from ..core.base import clock
from ..core.writes.numbering import number_column
from ..customers.models import Customer
from ..extensions import db
from .rules import CURRENCIES, LIFECYCLE, find_state

_STATUS_LIST = ", ".join(f"'{name}'" for name in LIFECYCLE.states if name != "expired")
_CURRENCY_LIST = ", ".join(f"'{name}'" for name in CURRENCIES)


class Contract(Owned, db.Model):
    """A contract with a signed customer. “Expired” is derived from the end date, never stored."""

    __tablename__ = "contract"
    policy = OwnedPolicy(
        module="Contracts",
        number="contract",
        share_key="id",
        named_by=("number", "title"),
        root=Link("customer_id", "Customer"),
        untracked=("search_text",),
    )
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUS_LIST})", name="status"),
        CheckConstraint(f"currency IN ({_CURRENCY_LIST})", name="currency"),
        CheckConstraint("amount >= 0", name="amount"),
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
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    title: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal] = mapped_column(Numeric(15, 2), default=Decimal(0))
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    signed_on: Mapped[date | None] = mapped_column(default=None)
    start_on: Mapped[date | None] = mapped_column(default=None)
    end_on: Mapped[date | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(String(12), default=LIFECYCLE.first)
    status_reason: Mapped[str] = mapped_column(String(500), default="")
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), default=None, index=True)
    remark: Mapped[str] = long_text(10_000, default="")
    search_text: Mapped[str] = mapped_column(Text, default="")

    customer: Mapped[Customer] = relationship()
    renews: Mapped[Contract | None] = relationship(remote_side="Contract.id", foreign_keys=[renews_id])
    attachments: Mapped[list[Attachment]] = relationship(back_populates="contract", order_by="Attachment.id", cascade="save-update, merge")

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


class Attachment(Owned, db.Model):
    """A file of a contract, kept in the database: saved, backed up and rolled back together with it."""

    __tablename__ = "attachment"
    policy = OwnedPolicy(
        module="Contracts",
        part_label=_l("Attachments"),
        share_key="contract_id",
        root=Link("customer_id", "Customer"),
        parent=Link("contract_id", "Contract"),
        goes_with_root=True,
        write_actions=PART_ACTIONS,
        frozen=("contract_id", "customer_id", "sha256"),
        untracked=("content",),
    )
    __table_args__ = (*index_scope("attachment"), {"sqlite_autoincrement": True})

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    contract: Mapped[Contract] = relationship(back_populates="attachments")

    def __str__(self) -> str:
        return self.name


__all__: list[Any] = ["Attachment", "Contract"]
