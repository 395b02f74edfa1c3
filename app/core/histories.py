"""The history as people read it: fields by their labels, ids as names, money and days as on the screens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import inspect, select

from ..extensions import db
from .display import money, show
from .fields import Binned
from .history import SECRET_FIELDS, HistoryEntry
from .people import name_of_actor, name_of_person
from .scope import BIN_OPTION, REACH_OPTION
from .words import say

LIMIT = 100
KINDS = {"add": _l("Created"), "delete": _l("Moved to the bin"), "restore": _l("Restored from the bin"), "share": _l("Shared with"),
         "unshare": _l("No longer shared with"), "export": _l("Exported"), "purge": _l("Deleted for good")}  # fmt: skip
WAYS = {
    "form": _l("form"), "action": _l("button or list action"), "api": _l("API"), "import": _l("import"), "shell": _l("shell"),
    "handover": _l("handover"), "install": _l("installation"), "system": _l("system"), "demo": _l("demo"),
}  # fmt: skip
HIDDEN = "•••"
_CHANGE = Markup("<del>%s</del> → <ins>%s</ins>")


@dataclass(frozen=True)
class HistoryLine:
    """One line: who, when, by which way, and what changed in words."""

    who: str
    at: str
    way: str
    field: str
    old: str
    new: str
    kind: str
    is_secret: bool = False  # its values are kept nowhere

    @property
    def change(self) -> Markup:
        """Return what changed, in words, for a record's own page and the history across records alike."""
        if self.is_secret:
            return escape(_("%(name)s changed", name=self.field))
        if not self.field:
            return escape(f"{self.kind} {self.new or self.old}".strip())
        return say("%(name)s: %(value)s", name=self.field, value=_CHANGE % (self.old or "–", self.new or "–"))


def read_lines(view: Any, item: Any) -> list[HistoryLine]:
    """Return the newest lines of a record's history, for a person who sees the record."""
    entry = HistoryEntry
    statement = select(entry).where(entry.model == type(item).__name__, entry.row_id == item.id).order_by(entry.id.desc()).limit(LIMIT)
    entries = list(db.session.scalars(statement))
    names = read_values(type(item), entries)
    return [make_line(view, type(item), line, names, item) for line in entries]


def make_line(view: Any, model: type[Any], line: HistoryEntry, names: Mapping[tuple[str, str], str], record: Any = None) -> HistoryLine:
    """Return one line in words. `record`: the row as it is now, whose currency its amounts are told in."""
    field = line.field.removesuffix("_id")
    labels = getattr(type(view), "label_columns", None) or {}  # as declared: FAB fills the screen's own with English of its making
    label = str(labels.get(field) or labels.get(line.field) or "")
    return HistoryLine(
        who=name_of_actor(line.actor_id),
        at=str(show(line.at)),
        way=str(WAYS.get(line.way, line.way)),
        field=label or (line.field if line.field else ""),
        old=_word(view, model, line, line.old, names, record),
        new=_word(view, model, line, line.new, names, record),
        kind=str(_("Deleted") if line.kind == "delete" and not issubclass(model, Binned) else KINDS.get(line.kind, "")),
        is_secret=line.field in SECRET_FIELDS,
    )


_relations: dict[str, dict[str, Any]] = {}


def relations_of(model: type[Any]) -> dict[str, Any]:
    """Return foreign key column -> class of the row it names, people by their own class; worked out once."""
    if model.__name__ not in _relations:
        _relations[model.__name__] = _find_relations(model)
    return _relations[model.__name__]


def _find_relations(model: type[Any]) -> dict[str, Any]:
    by_table: dict[Any, Any] = {}
    for mapper in db.Model.registry.mappers:
        known = by_table.get(mapper.local_table)
        if known is None or issubclass(mapper.class_, known):
            by_table[mapper.local_table] = mapper.class_
    return {
        attribute.key: by_table[key.column.table]
        for attribute in inspect(model).column_attrs
        for key in attribute.columns[0].foreign_keys
        if key.column.name == "id" and key.column.table in by_table
    }


def read_values(model: type[Any], entries: list[HistoryEntry]) -> dict[tuple[str, str], str]:
    """Return (column, id text) -> name for the ids that the lines mention and the viewer may know."""
    relations = relations_of(model)
    wanted: dict[str, set[int]] = defaultdict(set)
    for line in entries:
        if line.field in relations:
            wanted[line.field].update(int(text) for text in (line.old, line.new) if text and text.isdecimal())
    names: dict[tuple[str, str], str] = {}
    for line in entries:
        if line.kind in ("share", "unshare"):
            key = (line.new or line.old or "0").split(" ")[0]
            names[("share", key)] = name_of_person(int(key))
    for column, ids in wanted.items():
        target = relations[column]
        statement = select(target).where(target.id.in_(ids))
        for row in db.session.scalars(statement, execution_options={REACH_OPTION: "pick", BIN_OPTION: True}):
            names[(column, str(row.id))] = str(row)
    return names


def _word(view: Any, model: type[Any], line: HistoryEntry, text: str | None, names: Mapping[tuple[str, str], str], record: Any) -> str:
    """Return one value in words; an id whose row the viewer may not see stays hidden."""
    if line.kind in ("share", "unshare"):
        return names.get(("share", (text or "").split(" ")[0]), HIDDEN) if text else ""
    if not text or not line.field:
        return text or ""
    if line.field == "status" and view.lifecycle is not None:
        state = view.lifecycle.states.get(text)
        return str(state.label) if state else text
    if line.field in view.code_words:
        return str(view.code_words[line.field](text) or text)
    if line.field in relations_of(model):
        return names.get((line.field, text), HIDDEN)
    column = getattr(model, line.field, None)
    return str(_read_value(column, text, getattr(record, "currency", None))) if column is not None else text


def _read_value(column: Any, text: str, currency: str | None) -> Any:
    """Return a kept text as its column's type is shown; as it stands when it no longer fits."""
    kind = column.type.python_type
    try:
        if kind is datetime:
            return show(datetime.fromisoformat(text))
        if kind is date:
            return show(date.fromisoformat(text))
        if kind is Decimal:
            return money(Decimal(text), currency) if currency else show(Decimal(text))
        return show(text == "1") if kind is bool else text
    except (ValueError, InvalidOperation):
        return text
