"""Departments, people (FAB's user extended), their absences, the working calendar, sign-in tries and small per-installation values."""

from __future__ import annotations

from datetime import date, datetime, time

from flask_appbuilder.security.sqla.models import Group, User
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.directory import name_of_person
from ..core.access.mixins import Gated, Owned, Row, index_scope
from ..core.access.policy import OwnedPolicy, Policy
from ..core.base import clock
from ..core.db.identities import NAME_NEEDED as BOTH_NAMES_NEEDED
from ..core.db.identities import Identity
from ..core.writes.columns import as_check, column
from ..core.writes.fields import CHOOSE, ChoiceRule, DayRule, FlagRule, ReferenceRule, TextRule
from ..core.writes.option_sets import NAMES, Named, reads_english
from ..core.writes.text_kinds import mail, phone
from ..core.writes.times import TimeRule
from ..extensions import db
from . import rules
from .rules import ACCOUNT_TAKEN, FOR_NO_OTHER_NAME, MAIL_NEEDED, NAME_NEEDED, USERNAME_NEEDED, check_username

WEEKDAY = ChoiceRule(rules.WEEKDAYS, 3, needed=CHOOSE)
WORKS_AS = ChoiceRule(rules.WORKS_AS, 3, needed=CHOOSE)


class Department(Named, Row, db.Model):
    """A department; departments form a tree."""

    __tablename__ = "department"
    policy = Policy(module="Departments", identity=Identity("department", NAMES, scope=("parent_id",)))
    __table_args__ = {"sqlite_autoincrement": True}

    parent_id: Mapped[int | None] = column(ReferenceRule(is_looked_up=True), ForeignKey("department.id"), index=True)
    manager_id: Mapped[int | None] = column(
        ReferenceRule(lookup="staff", bad=rules.MANAGER_CLOSED),
        ForeignKey("ab_user.id", use_alter=True),  # people and departments name each other
    )
    parent: Mapped[Department | None] = relationship(remote_side="Department.id")
    manager: Mapped[Staff | None] = relationship(foreign_keys=[manager_id])


class Staff(Gated, User):
    """A person: FAB's user with a department, a language, and what ends sessions."""

    __tablename__ = "ab_user"
    __table_args__ = {"extend_existing": True}
    policy = Policy(
        module="Staff",
        identity=Identity("account", ("username", "email"), plain=("username", "email"), taken=ACCOUNT_TAKEN),
        untracked=(
            "last_login", "login_count", "fail_login_count", "changed_on", "created_on", "created_by_fk", "changed_by_fk",
            "session_epoch", "locale",
        ),
    )  # fmt: skip

    department_id: Mapped[int | None] = column(ReferenceRule(is_looked_up=True), ForeignKey("department.id"), index=True)
    phone: Mapped[str] = column(phone(30), server_default="")
    locale: Mapped[str | None] = mapped_column(String(5), default=None)
    session_epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default="0")
    one_time_code: Mapped[str | None] = mapped_column(String(256), default=None)
    one_time_code_until: Mapped[datetime | None] = mapped_column(default=None)
    department: Mapped[Department | None] = relationship(foreign_keys=[department_id])

    @staticmethod
    def make_name(first_name: str, last_name: str) -> str:
        """Return the name as one reads it: family name first when it is Chinese."""
        return make_full_name(first_name, last_name)

    @property
    def name(self) -> str:
        """Return the person's name as one reads it."""
        return make_full_name(self.first_name, self.last_name)

    def get_full_name(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


# FAB's own columns, and those of its roles and groups: the manifest defines them.
STAFF_FIELDS = {
    "first_name": TextRule(64, when=FOR_NO_OTHER_NAME), "last_name": TextRule(64, when=FOR_NO_OTHER_NAME),
    "username": TextRule(128, needed=USERNAME_NEEDED, clean=check_username), "email": mail(320, needed=MAIL_NEEDED),
    "active": FlagRule(default=True),
}  # fmt: skip
ROLE_FIELDS = {"name": TextRule(64, needed=NAME_NEEDED)}
GROUP_FIELDS = {"name": TextRule(100, needed=NAME_NEEDED), "label": TextRule(150, default=None), "description": TextRule(512, default=None)}

Group.users.prop.enable_typechecks = False  # as FAB does for Role.user: the members are Staff


def make_full_name(first_name: str, last_name: str) -> str:
    """Return 王芳 for Chinese names, “Anna Berg” for others."""
    if last_name and not last_name.isascii():
        return last_name + first_name
    return f"{first_name} {last_name}".strip()


class Absence(Owned, db.Model):
    """From when until when a person is away, both days included, and who stands in. The absent person owns it; what is over stays."""

    __tablename__ = "absence"
    policy = OwnedPolicy(module="Absences", handed_over=False, frozen=("owner_id",))
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("deputy_id <> owner_id", name="deputy"),
        *index_scope("absence"),
        Index("ix_absence_until_on", "until_on", "from_on"),
        {"sqlite_autoincrement": True},
    )

    from_on: Mapped[date] = column(DayRule(needed=rules.FROM_NEEDED))
    until_on: Mapped[date] = column(DayRule(needed=rules.UNTIL_NEEDED))
    deputy_id: Mapped[int] = column(
        ReferenceRule(lookup="deputies", needed=rules.DEPUTY_NEEDED, bad=rules.DEPUTY_CLOSED), ForeignKey("ab_user.id")
    )
    note: Mapped[str] = column(TextRule(500))

    deputy: Mapped[Staff] = relationship(foreign_keys=[deputy_id], viewonly=True)

    @property
    def span(self) -> rules.Span:
        """Return what the rules ask of it."""
        return rules.Span(person_id=self.owner_id or 0, deputy_id=self.deputy_id, from_on=self.from_on, until_on=self.until_on)

    def __str__(self) -> str:
        return f"{name_of_person(self.owner_id)} {self.from_on} – {self.until_on}".strip()


class WorkingHours(Row, db.Model):
    """When one works on one day of the week, wall clock of TIMEZONE; without hours it is a day off. Until 00:00 is the end of the day."""

    __tablename__ = "working_hours"
    policy = Policy(module="WorkingHours", frozen=("weekday",))
    __table_args__ = (as_check("weekday", WEEKDAY), {"sqlite_autoincrement": True})

    weekday: Mapped[str] = column(WEEKDAY, unique=True)
    starts_at: Mapped[time | None] = column(TimeRule(when=rules.UNLESS_DAY_OFF))
    ends_at: Mapped[time | None] = column(TimeRule(when=rules.UNLESS_DAY_OFF))
    break_from: Mapped[time | None] = column(TimeRule())
    break_until: Mapped[time | None] = column(TimeRule())

    @property
    def hours(self) -> rules.DayHours:
        """Return what the rules ask of it."""
        return rules.DayHours(starts_at=self.starts_at, ends_at=self.ends_at, break_from=self.break_from, break_until=self.break_until)

    def __str__(self) -> str:
        return str(rules.WEEKDAYS[self.weekday])


class CalendarDay(Row, db.Model):
    """A day that differs from its weekday: a holiday, or a make-up day, on which one works by the hours of a weekday."""

    __tablename__ = "calendar_day"
    policy = Policy(module="Calendar")
    __table_args__ = (as_check("works_as", WORKS_AS), {"sqlite_autoincrement": True})

    day: Mapped[date] = column(DayRule(needed=rules.DAY_NEEDED), unique=True)
    works_as: Mapped[str] = column(WORKS_AS)
    name_zh: Mapped[str] = column(TextRule(60, needed=BOTH_NAMES_NEEDED))
    name_en: Mapped[str] = column(TextRule(60, needed=BOTH_NAMES_NEEDED))

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if reads_english() else self.name_zh

    def __str__(self) -> str:
        return f"{self.day} {self.label}"


class SignInTry(db.Model):
    """One checked password: what the limit on guessing counts. `bucket` is the account, or account and known device."""

    __tablename__ = "sign_in_try"
    __table_args__ = (Index("ix_sign_in_try_bucket_at", "bucket", "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class InstallationValue(db.Model):
    """A value of this installation, such as “this is a demo” or “these grants were offered once”."""

    __tablename__ = "installation_value"

    key: Mapped[str] = mapped_column(String(190), primary_key=True)
    value: Mapped[str] = mapped_column(String(500), default="")


__all__ = [
    "Absence", "CalendarDay", "Department", "InstallationValue", "SignInTry", "Staff", "WorkingHours", "make_full_name",
]  # fmt: skip
