"""Customers, contacts and statuses."""

from __future__ import annotations

from datetime import date, datetime, time

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned, Row, index_scope
from ..core.access.policy import PART_ACTIONS, Link, OwnedPolicy, Policy
from ..core.base.formatting import TONE_WORDS
from ..core.db.identities import Identity
from ..core.parts.models import Attachment, Comment, part_policy
from ..core.writes.columns import as_check, column
from ..core.writes.fields import CHOOSE, ChoiceRule, DayRule, FlagRule, ReferenceRule, TextRule
from ..core.writes.numbering import number_column
from ..core.writes.option_sets import NAMES, Choice, Named, name_of
from ..core.writes.text_kinds import mail, phone
from ..core.writes.times import TimeRule
from ..extensions import db
from . import rules
from .rules import describe_contact, make_search_text

STAGE = ChoiceRule(rules.STAGE_WORDS, 12, needed=rules.STATUS_NEEDED, bad=rules.STATUS_NEEDED)
CREDIT_CODE = TextRule(18, clean=rules.clean_credit_code, pattern=rules.CREDIT_CODE, bad=rules.BAD_CREDIT_CODE, default=None)
STEP_STATE = ChoiceRule(rules.STEP_WORDS, 4)
TONE = ChoiceRule(dict(TONE_WORDS), 6, default="grey", needed=CHOOSE)


class Status(Named, Row, db.Model):
    """A customer status that IT names; its stage is fixed in code and decides what may happen."""

    __tablename__ = "status"
    policy = Policy(module="Statuses", identity=Identity("status", NAMES))
    __table_args__ = (
        as_check("stage", STAGE),
        UniqueConstraint("id", "stage"),
        {"sqlite_autoincrement": True},
    )

    stage: Mapped[str] = column(STAGE)
    tone: Mapped[str] = column(TONE)


class Customer(Owned, db.Model):
    """A company. `stage` repeats the status's stage (the pair is a foreign key), so that lookups need no join."""

    __tablename__ = "customer"
    policy = OwnedPolicy(
        module="Customers",
        number="customer",
        share_key="id",
        named_by=("name",),
        option_sets={"industry_id": "industry", "region_id": "region", "source_id": "source"},
        divided_by=("region_id", "industry_id", "status_id"),
        untracked=("search_text", "stage", "sort_name"),
        kept=("last_contact_at", "last_contact_kind_id", "last_contact_with_id"),
    )
    __table_args__ = (
        ForeignKeyConstraint(["status_id", "stage"], ["status.id", "status.stage"], name="fk_customer_status_stage"),
        CheckConstraint("stage <> 'terminated' OR ended_on IS NOT NULL", name="ended_on"),
        as_check("next_step_state", STEP_STATE),
        CheckConstraint(
            "(next_step_on IS NULL) = (next_step_state IS NULL)"
            " AND (next_step_on IS NOT NULL OR (next_step = '' AND next_step_at IS NULL))",
            name="next_step",
        ),
        *index_scope("customer"),
        Index("ix_customer_stage_sort_name", "stage", "sort_name", "id"),
        Index("ix_customer_sort_name", "sort_name", "id"),
        Index("ix_customer_owner_id_sort_name", "owner_id", "sort_name", "id"),
        Index("ix_customer_status_id_id", "status_id", "id"),
        Index("ix_customer_next_step_on", "next_step_on", "id"),
        Index("ix_customer_last_contact_at", "last_contact_at", "id"),
        Index(
            "ix_customer_search_text_trgm", "search_text",
            postgresql_using="gin", postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    number: Mapped[str] = number_column()
    name: Mapped[str] = column(TextRule(200, needed=rules.NAME_NEEDED, clean=rules.clean_name))
    sort_name: Mapped[str] = mapped_column(String(200), default="")
    status_id: Mapped[int] = column(ReferenceRule(needed=rules.STATUS_NEEDED))
    stage: Mapped[str] = mapped_column(String(12))
    status_reason: Mapped[str] = column(TextRule(500, when=rules.FOR_A_TERMINATION))
    ended_on: Mapped[date | None] = column(DayRule(when=rules.FOR_A_TERMINATION))
    industry_id: Mapped[int | None] = column(ReferenceRule("industry"), ForeignKey("choice.id"))
    region_id: Mapped[int | None] = column(ReferenceRule("region"), ForeignKey("choice.id"))
    source_id: Mapped[int | None] = column(ReferenceRule("source"), ForeignKey("choice.id"))
    address: Mapped[str] = column(TextRule(300))
    website: Mapped[str] = column(TextRule(200, pattern=rules.WEBSITE, bad=rules.WEBSITE_BAD, keyboard="url"))
    credit_code: Mapped[str | None] = column(CREDIT_CODE, unique=True)
    next_step: Mapped[str] = column(TextRule(200))
    next_step_on: Mapped[date | None] = column(DayRule())
    next_step_at: Mapped[time | None] = column(TimeRule())
    next_step_state: Mapped[str | None] = column(STEP_STATE)
    next_step_postponed: Mapped[int] = mapped_column(default=0)
    remark: Mapped[str] = column(TextRule(20_000, lines=True))
    search_text: Mapped[str] = mapped_column(Text, default="")
    last_contact_at: Mapped[datetime | None] = mapped_column()
    last_contact_kind_id: Mapped[int | None] = mapped_column(ForeignKey("choice.id"))
    last_contact_with_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", use_alter=True))

    status: Mapped[Status] = relationship(foreign_keys=[status_id], primaryjoin="Customer.status_id == Status.id")
    industry: Mapped[Choice | None] = relationship(foreign_keys=[industry_id])
    region: Mapped[Choice | None] = relationship(foreign_keys=[region_id])
    source: Mapped[Choice | None] = relationship(foreign_keys=[source_id])
    contacts: Mapped[list[Contact]] = relationship(
        back_populates="customer",
        order_by="Contact.is_primary.desc(), Contact.id",
        cascade="save-update, merge",
        foreign_keys="Contact.customer_id",
    )
    last_contact_kind: Mapped[Choice | None] = relationship(foreign_keys=[last_contact_kind_id], viewonly=True)
    last_contact_with: Mapped[Contact | None] = relationship(foreign_keys=[last_contact_with_id], viewonly=True)

    @property
    def status_name(self) -> str:
        """Return the status's name in the reader's language."""
        return name_of(Status, self.status_id)

    @property
    def owner_name(self) -> str | None:
        """Return the salesperson's name."""
        return name_of_person(self.owner_id) or None

    @property
    def contact_list(self) -> list[dict[str, object]]:
        """Return the contacts as plain data."""
        names = ("name", "title", "phone", "mail", "is_primary")
        return [{name: getattr(contact, name) for name in names} for contact in self.contacts]

    @property
    def step(self) -> rules.Step:
        """Return the next step as the rules know it."""
        return rules.Step(
            text=self.next_step or "", on=self.next_step_on, at=self.next_step_at, state=self.next_step_state,
            postponed=self.next_step_postponed or 0,
        )  # fmt: skip

    def complete(self) -> None:
        self.sort_name = self.name.lower()
        phones = [contact.phone for contact in self.contacts if contact.deleted_at is None]
        self.search_text = make_search_text(self.name, self.number, self.credit_code, phones)

    def __str__(self) -> str:
        return self.name


class Contact(Owned, db.Model):
    """A person at a customer. At most one is the primary contact."""

    __tablename__ = "contact"
    policy = OwnedPolicy(
        module="Customers",
        part_label=_l("Contacts"),
        root=Link("customer_id", "Customer"),
        writes_parent=True,
        goes_with_root=True,
        write_actions=PART_ACTIONS,
        frozen=("customer_id",),
        named_by=("name",),
    )
    __table_args__ = (*index_scope("contact"), {"sqlite_autoincrement": True})

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = column(TextRule(80, needed=rules.CONTACT_NAME_NEEDED))
    title: Mapped[str] = column(TextRule(80))
    phone: Mapped[str] = column(phone(40))
    mail: Mapped[str] = column(mail(200))
    is_primary: Mapped[bool] = column(FlagRule(default=False))
    customer: Mapped[Customer] = relationship(back_populates="contacts", foreign_keys=[customer_id])

    def __str__(self) -> str:
        return self.name

    @property
    def line(self) -> str:
        """Return the contact in one line: name, job, phone, mail."""
        return describe_contact(self.name, self.title, self.phone, self.mail, is_primary=self.is_primary)


class CustomerComment(Comment):
    """A remark on a customer."""

    record_type = "Customer"
    policy = part_policy(Customer, _l("Comments"), frozen=("text",))


class CustomerAttachment(Attachment):
    """A file of a customer."""

    record_type = "Customer"
    policy = part_policy(Customer, _l("Attachments"), frozen=("sha256",), untracked=("content",))


__all__ = ["Contact", "Customer", "CustomerAttachment", "CustomerComment", "Status"]
