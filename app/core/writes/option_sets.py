"""Short lists that IT edits (industries, regions, sources, kinds of activity, ticket categories), in two languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g, has_request_context
from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped

from ...extensions import db
from ..access.mixins import Row
from ..access.policy import Policy
from ..access.viewer import current_viewer
from ..base.caches import Cache
from ..base.entities import Entity
from ..base.errors import RuleViolation
from ..base.formatting import badge
from ..base.i18n import Words
from ..base.registry import Registry
from ..base.showing import RowsCell
from ..db.identities import NAME_NEEDED, Identity
from .columns import column
from .fields import CHOOSE, NEEDED, ChoiceRule, FlagRule, NumberRule, TextRule


def reads_english() -> bool:
    """Tell whether the reader's language is English."""
    locale = get_locale()
    return locale is not None and bool(locale.language == "en")


NAMES = ("name_zh", "name_en")
MAX_POSITION = 9_999


class Named(Entity):
    """A row called by a Chinese and an English name; `label` is the reader's."""

    name_zh: Mapped[str] = column(TextRule(60, needed=NAME_NEEDED))
    name_en: Mapped[str] = column(TextRule(60, needed=NAME_NEEDED))
    position: Mapped[int] = column(NumberRule(0, MAX_POSITION, needed=NEEDED, default=0))
    is_active: Mapped[bool] = column(FlagRule(default=True))

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if reads_english() else self.name_zh

    def __str__(self) -> str:
        return self.label


OPTION_SETS: Registry[str, Words] = Registry("option sets", single=True)  # code -> what IT calls the list


def known_lists() -> dict[str, Words]:
    """Return the lists that modules declare: code -> name."""
    return OPTION_SETS.first_of_each()


class Choice(Named, Row, db.Model):
    """One entry of one list. An entry in use is retired (`is_active`), never deleted."""

    __tablename__ = "choice"
    __table_args__ = (
        UniqueConstraint("list_code", "code"),
        Index("ix_choice_list_code_position", "list_code", "position"),
        {"sqlite_autoincrement": True},
    )
    policy = Policy(module="Lists", frozen=("list_code", "code"), identity=Identity("choice", NAMES, scope=("list_code",)))

    list_code: Mapped[str] = column(ChoiceRule(known_lists, 30, needed=CHOOSE))
    code: Mapped[str] = column(TextRule(30))


@dataclass(frozen=True)
class Entry:
    """One entry of a named table as plain data, cached between requests until a list changes."""

    id: int
    name_zh: str
    name_en: str
    is_active: bool
    list_code: str
    tone: str
    stage: str
    code: str

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if reads_english() else self.name_zh


_entries: Cache[dict[int, Entry]] = Cache("entries of named tables", 50)


def read_entries(model: type[Named]) -> dict[int, Entry]:
    """Return every entry of a named table by id, in order; read once per version of the lists and process."""
    version = current_viewer().version
    cached = _entries.find(model.__name__, version) if version is not None else None
    if cached is not None:
        return cached
    rows = db.session.scalars(select(model).order_by(model.position, model.id))
    found = {
        row.id: Entry(
            row.id,
            row.name_zh,
            row.name_en,
            row.is_active,
            getattr(row, "list_code", ""),
            getattr(row, "tone", "grey"),
            getattr(row, "stage", ""),
            getattr(row, "code", ""),
        )
        for row in rows
    }
    return _entries.keep(model.__name__, found, version) if version is not None else found


@dataclass(frozen=True)
class Shown:
    """What an entry looks like to the reader."""

    entry: Entry
    label: str
    badge: Markup


def _shown(model: type[Named]) -> dict[int, Shown]:
    """Return every entry, in order, as the reader sees it; worked out once per request, whatever the number of rows."""
    cached: dict[str, dict[int, Shown]] = g.setdefault("_shown", {}) if has_request_context() else {}
    found = cached.get(model.__name__)
    if found is None:
        in_english = reads_english()
        pairs = [(entry, entry.name_en if in_english else entry.name_zh) for entry in read_entries(model).values()]
        found = cached[model.__name__] = {entry.id: Shown(entry, label, badge(label, entry.tone)) for entry, label in pairs}
    return found


def name_of(model: type[Named], row_id: int | None) -> str:
    """Return what an entry is called; '' for none."""
    found = _shown(model).get(row_id or 0)
    return found.label if found is not None else ""


def badge_for(model: type[Named], row_id: int | None) -> Markup | str:
    """Return an entry as a badge in its tone; '' for none."""
    found = _shown(model).get(row_id or 0)
    return found.badge if found is not None else ""


@dataclass(frozen=True)
class EntryCell(RowsCell):
    """The cell of a column that names an entry of a named table: what it is called, or its badge."""

    model: type[Named]
    column: str
    is_badge: bool = False

    def for_rows(self) -> Callable[[Any], object]:
        """Return the maker for the rows of one page, the entries looked up once."""
        column = self.column
        shown = {row_id: found.badge if self.is_badge else found.label for row_id, found in _shown(self.model).items()}
        return lambda row: shown.get(getattr(row, column), "")


def choice_options(list_code: str) -> list[tuple[int, str]]:
    """Return the entries in use of one list as (id, name in the reader's language)."""
    return [(key, shown.label) for key, shown in _shown(Choice).items() if shown.entry.list_code == list_code and shown.entry.is_active]


def check_entry(list_code: str, row_id: int | None, field: str) -> None:
    """Refuse what is no entry in use of the list; nothing chosen is allowed."""
    entry = read_entries(Choice).get(row_id) if row_id is not None else None
    if row_id is not None and (entry is None or entry.list_code != list_code or not entry.is_active):
        raise RuleViolation(CHOOSE, field)


def first_of(options: list[tuple[int, str]]) -> int | None:
    """Return the id of the first entry, for a form's default."""
    return options[0][0] if options else None


def middle_of(options: list[tuple[int, str]]) -> int | None:
    """Return the id of the entry in the middle, for a form's default: neither the most urgent nor the least."""
    return options[len(options) // 2][0] if options else None


def named_options(model: type[Named]) -> list[tuple[int, str]]:
    """Return the entries in use of a named table."""
    return [(key, shown.label) for key, shown in _shown(model).items() if shown.entry.is_active]
