"""Departments, people (FAB's user extended), sign-in tries and small per-installation values."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import Group, User
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.access.mixins import Gated, Row
from ..core.access.policy import Policy
from ..core.base import clock
from ..core.db.identities import Identity
from ..core.writes.columns import column
from ..core.writes.fields import FlagRule, ReferenceRule, TextRule
from ..core.writes.option_sets import NAMES, Named
from ..core.writes.text_kinds import mail, phone
from ..extensions import db
from .rules import ACCOUNT_TAKEN, FOR_NO_OTHER_NAME, MAIL_NEEDED, NAME_NEEDED, USERNAME_NEEDED, check_username


class Department(Named, Row, db.Model):
    """A department; departments form a tree."""

    __tablename__ = "department"
    policy = Policy(module="Departments", identity=Identity("department", NAMES, scope=("parent_id",)))
    __table_args__ = {"sqlite_autoincrement": True}

    parent_id: Mapped[int | None] = column(ReferenceRule(is_looked_up=True), ForeignKey("department.id"), index=True)
    parent: Mapped[Department | None] = relationship(remote_side="Department.id")


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


__all__ = ["Department", "InstallationValue", "SignInTry", "Staff", "make_full_name"]
