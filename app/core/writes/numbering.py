"""Number series: unique, consecutive, of fixed length, never reused, whatever the number of processes.

A counter row per series and year is counted up in the transaction that uses the number, so a roll-back takes the
number back with it. Every number issued stands in the ledger; the database checks its length there, and the tables
that carry numbers refer to the ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Insert,
    Integer,
    String,
    UniqueConstraint,
    Update,
    bindparam,
    case,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...extensions import db
from ..access.mixins import Row
from ..access.policy import Policy
from ..access.scope import owned_models
from ..access.viewer import current_viewer
from ..base import clock
from ..base.errors import RuleViolation
from ..base.parsing import LAST_YEAR
from ..base.screens import label_of
from ..db.engine import PREPARE_OPTION
from ..db.identities import Identity, make_key, make_scope, note_key
from .columns import column
from .fields import CHOOSE, ChoiceRule, NumberRule, TextRule

MAX_LENGTH = 20
PATTERN = re.compile(r"(?P<prefix>[A-Z0-9-]{0,12})(?P<year>\{year\})?\{seq:0(?P<width>[1-9])\}")
BAD_PATTERN = _l("Write a pattern such as HT{year}{seq:06}: capital letters, digits and -, then {year} if wanted, then {seq:06}.")
SERIES_TAKEN = _l("This series has a row for this year already.")
YEAR_BAD = _l("Enter this year or the next, or 0 for a series without years.")
SERIES_FULL = _l("The number series is used up for this year. IT must begin a longer one.")


SERIES_IDENTITY = Identity("series", ("code",), scope=("year",), taken=SERIES_TAKEN)


def known_series() -> dict[str, str]:
    """Return the series that modules take numbers from: code -> what a person calls the records that it numbers."""
    policies = [model.policy for model in owned_models()]
    return {one.number: str(label_of(one.module)) for one in sorted(policies, key=lambda one: one.number or "") if one.number is not None}


class NumberSeries(Row, db.Model):
    """How the numbers of one kind look in one year (year 0: a series without years), and how many are issued."""

    __tablename__ = "number_series"
    policy = Policy(module="NumberSeries", frozen=("code", "year", "last_value"), identity=SERIES_IDENTITY)
    __table_args__ = (
        UniqueConstraint("code", "year"),
        UniqueConstraint("code", "year", "length"),
        CheckConstraint("last_value >= 0", name="last_value"),
        {"sqlite_autoincrement": True},
    )

    code: Mapped[str] = column(ChoiceRule(known_series, 20, needed=CHOOSE))
    year: Mapped[int] = column(NumberRule(0, LAST_YEAR, needed=YEAR_BAD, bad=YEAR_BAD, default=0))
    pattern: Mapped[str] = column(TextRule(40, needed=BAD_PATTERN, pattern=PATTERN, bad=BAD_PATTERN))
    length: Mapped[int] = mapped_column()
    last_value: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return f"{self.pattern} · {self.year}" if self.year else self.pattern


class IssuedNumber(db.Model):
    """The ledger: one row per number ever issued. Never deleted."""

    __tablename__ = "issued_number"
    __table_args__ = (
        ForeignKeyConstraint(
            ["code", "year", "length"],
            ["number_series.code", "number_series.year", "number_series.length"],
            onupdate="RESTRICT",
            ondelete="RESTRICT",
            name="fk_issued_number_series",
        ),
        UniqueConstraint("code", "year", "sequence"),
        CheckConstraint("length(number) = length", name="fixed_length"),
    )

    number: Mapped[str] = mapped_column(String(MAX_LENGTH), primary_key=True)
    code: Mapped[str] = mapped_column(String(20))
    year: Mapped[int] = mapped_column()
    length: Mapped[int] = mapped_column()
    sequence: Mapped[int] = mapped_column()
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    fate: Mapped[str] = mapped_column(
        String(10), default="used"
    )  # the number's status: used, void, purged; the column keeps its first name
    reason: Mapped[str] = column(TextRule(500))


def number_column() -> Mapped[str]:
    """Return the column for a model's number: unique, and standing in the ledger."""
    return mapped_column(String(MAX_LENGTH), ForeignKey("issued_number.number"), unique=True, sort_order=-9)


def check_pattern(pattern: str) -> re.Match[str]:
    """Return the parts of a number pattern; refuse one that is not prefix, {year}, {seq:0N}."""
    parts = PATTERN.fullmatch(pattern or "")
    if parts is None:
        raise RuleViolation(BAD_PATTERN, "pattern")
    return parts


def measure(pattern: str) -> int:
    """Return the length of every number of this pattern."""
    parts = check_pattern(pattern)
    return len(parts["prefix"]) + (4 if parts["year"] else 0) + int(parts["width"])


def compose(pattern: str, year: int, sequence: int) -> str:
    """Return the number with this place in the series. Refuses one that no longer fits the length."""
    parts = check_pattern(pattern)
    if len(str(sequence)) > int(parts["width"]):
        raise RuleViolation(SERIES_FULL)
    return pattern.format(year=year, seq=sequence)


def issue(session: Session, code: str) -> str:
    """Take the next number of the series within the session's transaction and enter it in the ledger.

    Raises RuleViolation when the series is used up, LookupError when there is none of this code.
    """
    connection = session.connection()
    this_year = clock.today().year
    row = connection.execute(_update_series(), {"series": code, "this_year": this_year}).first()
    if row is None:
        _begin_year(connection, code, this_year)
        return issue(session, code)
    number = compose(row.pattern, row.year, row.last_value)
    connection.execute(
        _insert_number(),
        {
            "number": number, "code": code, "year": row.year, "length": row.length, "sequence": row.last_value,
            "issued_at": clock.now(), "issued_by_id": current_viewer().id, "fate": "used", "reason": "",
        },
    )  # fmt: skip
    return number


@cache
def _update_series() -> Update:
    """Build, once, the statement that counts the series in use up by one: year 0 if the latest has no years, else this year's."""
    table, latest = NumberSeries.__table__, NumberSeries.__table__.alias()
    has_years = latest.c.pattern.contains("{year}", autoescape=True)
    year = (
        select(case((has_years, bindparam("this_year", type_=Integer)), else_=0))
        .where(latest.c.code == bindparam("series"))
        .order_by(latest.c.year.desc())
        .limit(1)
    )
    return (
        update(table)
        .where(table.c.code == bindparam("series"), table.c.year == year.scalar_subquery())
        .values(last_value=table.c.last_value + 1)
        .returning(table.c.year, table.c.last_value, table.c.pattern, table.c.length)
        .execution_options(**{PREPARE_OPTION: True})
    )


@cache
def _insert_number() -> Insert:
    return insert(IssuedNumber.__table__)


def _begin_year(connection: Connection, code: str, this_year: int) -> None:
    """Open the series (for a new year) as the latest earlier one was; someone else may have done so meanwhile.

    Raises LookupError when there is none of this code.
    """
    table = NumberSeries.__table__
    latest = connection.execute(
        select(table.c.pattern, table.c.length).where(table.c.code == code).order_by(table.c.year.desc()).limit(1)
    ).first()
    if latest is None:
        raise LookupError(f"no number series {code!r}")
    values = {
        "code": code, "year": this_year if "{year}" in latest.pattern else 0, "pattern": latest.pattern, "length": latest.length,
        "last_value": 0, "row_version": 1,
    }  # fmt: skip
    upsert = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    begun = upsert.values(**values).on_conflict_do_nothing(index_elements=["code", "year"])
    row = connection.execute(begun.returning(table.c.id, table.c.year)).one_or_none()
    if row is not None:
        note_key(connection, SERIES_IDENTITY.kind, make_scope(SERIES_IDENTITY, row), make_key(code), row.id)


def set_number_status(session: Session, number: str, status: str, reason: str = "") -> None:
    """Enter a number's status (used, void or purged) in the ledger, with its reason."""
    table = IssuedNumber.__table__
    session.connection().execute(update(table).where(table.c.number == number).values(fate=status, reason=reason[:500]))


SERIES_IN_USE = _l("Numbers of this year are issued already, so its pattern stays. Add the next year instead.")


@dataclass(frozen=True, kw_only=True)
class SeriesChange:
    """A change of the series of one year."""

    pattern: str
    old_pattern: str | None
    is_used: bool  # a number of this year is issued
    used_length: int | None  # of the numbers of this code, whatever the year; None while none is issued
    is_delete: bool


def check_series(change: SeriesChange) -> None:
    """Refuse to alter a year in use, or the length once any number of the code was issued."""
    if change.is_used and (change.is_delete or change.pattern != change.old_pattern):
        raise RuleViolation(SERIES_IN_USE, "pattern")
    if change.used_length is not None and measure(change.pattern) != change.used_length:
        fixed = _l("The length of these numbers is fixed at %(n)s characters by the first one issued.", n=change.used_length)
        raise RuleViolation(fixed, "pattern")


def check_new_series(year: int, pattern: str, *, this_year: int) -> None:
    """Refuse a row for a year that is past or far off, or whose pattern says otherwise."""
    if year not in ((this_year, this_year + 1) if "{year}" in pattern else (0,)):
        raise RuleViolation(YEAR_BAD, "year")
