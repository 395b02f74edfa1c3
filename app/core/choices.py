"""Short lists that IT edits (industries, regions, sources, kinds of activity, ticket categories), in two languages."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale
from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from .fields import Row


class Named:
    """A row called by a Chinese and an English name; `label` is the reader's."""

    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        locale = get_locale()
        return self.name_en if locale is not None and locale.language == "en" else self.name_zh

    def __str__(self) -> str:
        return self.label


class Choice(Named, Row, db.Model):
    """One entry of one list. An entry in use is retired (`is_active`), never deleted."""

    __tablename__ = "choice"
    __access__ = "Lists"
    __table_args__ = (
        UniqueConstraint("list_code", "code"),
        Index("ix_choice_list_code_position", "list_code", "position"),
        {"sqlite_autoincrement": True},
    )
    __frozen__ = ("list_code", "code")

    list_code: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(30))


_lists: dict[str, Any] = {}


def register_list(code: str, label: Any) -> None:
    """Make a list known to the screen on which IT edits the lists."""
    _lists[code] = label


def known_lists() -> dict[str, Any]:
    """Return the lists that modules registered: code -> name."""
    return dict(_lists)


def choice_options(list_code: str) -> list[tuple[int, str]]:
    """Return the entries in use of one list as (id, name in the reader's language)."""
    rows = db.session.scalars(
        select(Choice).where(Choice.list_code == list_code, Choice.is_active.is_(True)).order_by(Choice.position, Choice.id)
    )
    return [(row.id, row.label) for row in rows]


def first_of(options: list[tuple[int, str]]) -> int | None:
    """Return the id of the first entry, for a form's default."""
    return options[0][0] if options else None


def named_options(model: type[Any]) -> list[tuple[int, str]]:
    """Return the entries in use of a named table."""
    rows = db.session.scalars(select(model).where(model.is_active.is_(True)).order_by(model.position, model.id))
    return [(row.id, row.label) for row in rows]
