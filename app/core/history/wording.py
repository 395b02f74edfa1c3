"""The history as people read it: fields by their labels, ids as names, money and days as on the screens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, FromClause, select
from sqlalchemy.orm import class_mapper

from ...extensions import db
from ..access.directory import name_of_actor, name_of_person, name_of_user, staff_model
from ..access.mixins import Owned, SoftDeleted
from ..access.scope import BIN_OPTION, REACH_OPTION, owned_models
from ..access.screens import screen_of
from ..base.caches import once_each
from ..base.entities import Entity, table_of
from ..base.formatting import join_words, money, show
from ..base.i18n import Words, say
from ..base.input_guard import parse_id
from ..base.lifecycle import Lifecycle
from ..base.showing import DASH, ODD, note_odd, show_safely
from ..base.urls import link_with
from ..sharing.rules import ACCESS_WORDS
from ..writes.history import SECRET_FIELDS, HistoryEntry, is_watched_set, names_in_history
from ..writes.option_sets import Named, name_of

LIMIT = 100
KINDS = {"add": _l("Created"), "delete": _l("Moved to the bin"), "restore": _l("Restored from the bin"), "share": _l("Shared with"),
         "unshare": _l("No longer shared with"), "export": _l("Exported"), "purge": _l("Deleted for good"),
         "probe": _l("Someone entered its credit code again")}  # fmt: skip
SOURCES = {
    "form": _l("form"), "action": _l("button or list action"), "api": _l("API"), "import": _l("import"), "shell": _l("shell"),
    "handover": _l("handover"), "install": _l("installation"), "system": _l("system"), "demo": _l("demo"),
}  # fmt: skip
HIDDEN = "•••"
MIRRORED = ("owner_id", "department_id")  # what parts take from their record is told there
Names = Mapping[tuple[str, str], str]  # column and id, as the history keeps it -> what the row is called
_CHANGE = Markup("<del>%s</del> → <ins>%s</ins>")


class Worded(Protocol):
    """Where the words for a model's history stand: its screen, or what stands in for one."""

    label_columns: Mapping[str, Words]
    code_words: Mapping[str, Callable[[str], Words | None]]
    lifecycle: Lifecycle | None


@dataclass(frozen=True)
class HistoryLine:
    """One line: who, when, from which source, and what changed in words."""

    who: str
    at: str
    source: str
    field: str
    old: str
    new: str
    kind: str
    is_secret: bool = False  # its values are stored nowhere
    record: str = ""  # which one, when it is not the record of the page itself

    @property
    def change(self) -> Markup:
        """Return what changed, in words, for a record's own page and the history across records alike."""
        if self.is_secret:
            return escape(_("%(name)s changed", name=self.field))
        if not self.field:
            return escape(f"{self.kind} {' · '.join(part for part in (self.old, self.new) if part)}".strip())
        return say("%(name)s: %(value)s", name=self.field, value=_CHANGE % (self.old or "–", self.new or "–"))


@dataclass(frozen=True)
class RecordHistory:
    """Lines of a record's history, newest first, and the address of the older ones; None when there are none."""

    lines: list[HistoryLine]
    older: str | None


def read_lines(view: Worded, item: Entity, older: str = "") -> RecordHistory:
    """Return the newest lines (or those before the line `older`) of a record and of its parts, for a person who sees the record."""
    before = [HistoryEntry.id < line] if (line := parse_id(older, digits=14)) is not None else []
    entries = _read_newest(type(item), HistoryEntry.row_id == item.id, *before)
    names = read_values(type(item), entries)
    found = [(line.id, make_line(view, type(item), line, names, item)) for line in entries]
    for model, column in _find_parts(type(item)):
        key = table_of(model).c
        theirs = HistoryEntry.row_id.in_(select(key.id).where(key[column] == item.id))
        mine = _read_newest(model, theirs, HistoryEntry.field.not_in(MIRRORED), *before)
        if mine:
            rows = db.session.scalars(select(model).where(getattr(model, column) == item.id), execution_options={BIN_OPTION: True})
            called = {row.id: show_safely(row, "name", lambda one: getattr(one, "name", "") or str(one)) for row in rows}
            values = read_values(model, mine)
            found += [(one.id, replace(make_line(view, model, one, values), record=called.get(one.row_id, HIDDEN))) for one in mine]
    found.sort(key=lambda pair: pair[0], reverse=True)
    older_url = link_with(older=found[LIMIT - 1][0], show="history") if len(found) > LIMIT else None
    return RecordHistory([line for _id, line in found[:LIMIT]], older_url)


def _read_newest(model: type[Entity], *where: ColumnElement[bool]) -> list[HistoryEntry]:
    entry = HistoryEntry
    return list(
        db.session.scalars(select(entry).where(entry.model.in_(names_in_history(model)), *where).order_by(entry.id.desc()).limit(LIMIT + 1))
    )


def _find_parts(model: type[Entity]) -> list[tuple[type[Owned], str]]:
    """Return the models without a screen whose rows belong to this one, and by which column: they are shown as part of it."""
    found = []
    for part in owned_models():
        link = part.policy.nearest
        if link is not None and link.model == model.__name__ and screen_of(part) is None:
            found.append((part, link.column))
    return found


def make_line(view: Worded, model: type[Entity], line: HistoryEntry, names: Names, record: Entity | None = None) -> HistoryLine:
    """Return one line in words. `record`: the row as it is now, whose currency its amounts are told in."""
    field = line.field.removesuffix("_id")
    labels = getattr(type(view), "label_columns", None) or {}  # as declared: FAB fills the screen's own with English of its making
    label = str(labels.get(field) or labels.get(line.field) or "")
    return HistoryLine(
        who=name_of_actor(line.actor_id),
        at=str(show_safely(line, "at", lambda one: show(one.at))),
        source=str(SOURCES.get(line.way, line.way)),
        field=label or (line.field if line.field else ""),
        old=_say_value(view, model, line, line.old, names, record),
        new=_say_value(view, model, line, line.new, names, record),
        kind=str(_("Deleted") if line.kind == "delete" and not issubclass(model, SoftDeleted) else KINDS.get(line.kind, "")),
        is_secret=line.field in SECRET_FIELDS,
    )


@once_each
def relations_of(model: type[Entity]) -> Mapping[str, type[Entity]]:
    """Return foreign key column -> class of the row it names, people by their own class."""
    by_table: dict[FromClause, type[Entity]] = {}
    for mapper in db.Model.registry.mappers:
        known = by_table.get(mapper.local_table)
        if known is None or issubclass(mapper.class_, known):
            by_table[mapper.local_table] = mapper.class_
    return {
        attribute.key: by_table[key.column.table]
        for attribute in class_mapper(model).column_attrs
        for key in attribute.columns[0].foreign_keys
        if key.column.name == "id" and key.column.table in by_table
    }


def read_values(model: type[Entity], entries: list[HistoryEntry]) -> Names:
    """Return (column, id text) -> name for the ids that the lines mention and the viewer may know."""
    relations = relations_of(model)
    wanted: dict[str, set[int]] = defaultdict(set)
    for line in entries:
        if line.field in relations:
            wanted[line.field].update(row_id for text in (line.old, line.new) if (row_id := parse_id(text)) is not None)
    names: dict[tuple[str, str], str] = {}
    for line in entries:
        if line.kind in ("share", "unshare"):
            key = (line.new or line.old or "0").split(" ")[0]
            names[("share", key)] = name_of_person(parse_id(key)) or HIDDEN
    for column, ids in wanted.items():
        names |= {(column, str(row_id)): name for row_id, name in _read_targets(relations[column], ids).items()}
    return names


def _read_targets(target: type[Entity], ids: set[int]) -> dict[int, str]:
    """Return what the rows that a column names are called; of people and lists, whose names are cached, without a statement."""
    if target is staff_model() or issubclass(target, Named):
        return {row_id: name_of_person(row_id) if target is staff_model() else name_of(target, row_id) or HIDDEN for row_id in ids}
    statement = select(target).where(target.id.in_(ids))
    return {
        row.id: show_safely(row, "name", str)
        for row in db.session.scalars(statement, execution_options={REACH_OPTION: "pick", BIN_OPTION: True})
    }


def _say_value(view: Worded, model: type[Entity], line: HistoryEntry, text: str | None, names: Names, record: Entity | None) -> str:
    """Return one value in words; a dash, and a line in the log, for one that has none."""
    try:
        return _word(view, model, line, text, names, record)
    except ODD as error:
        note_odd(line, f"{line.model} {line.row_id} {line.field}", error)
        return DASH


def _word(view: Worded, model: type[Entity], line: HistoryEntry, text: str | None, names: Names, record: Entity | None) -> str:
    """Return one value in words; an id whose row the viewer may not see stays hidden."""
    if line.kind in ("share", "unshare"):
        return _say_share(text.split(" "), names) if text else ""
    if not text or not line.field:  # what the row is called
        return str(view.code_words["name"](text)) if text and "name" in view.code_words else text or ""
    if line.field == "status" and view.lifecycle is not None:
        state = view.lifecycle.states.get(text)
        return str(state.label) if state else text
    if line.field in view.code_words:
        return str(view.code_words[line.field](text) or text)
    if line.field in relations_of(model):
        return names.get((line.field, text), HIDDEN)
    if is_watched_set(model, line.field):
        return _say_members(model, line.field, text)
    column = class_mapper(model).column_attrs.get(line.field)
    return str(_read_value(column.columns[0], text, getattr(record, "currency", None))) if column is not None else text


def _say_members(model: type[Entity], name: str, text: str) -> str:
    """Return the members of a set: people, stored by their user names, by the names they have now."""
    members = text.split("; ")
    is_people = issubclass(staff_model(), class_mapper(model).relationships[name].mapper.class_)
    return join_words(map(name_of_user, members) if is_people else members)


def _say_share(parts: list[str], names: Names) -> str:
    """Return with whom something is shared, how far, and until when, from “12 read 2026-12-31”."""
    person = names.get(("share", parts[0]), HIDDEN)
    if len(parts) == 1:
        return person
    access = str(ACCESS_WORDS.get(parts[1], parts[1]))
    until = _("until %(day)s", day=show(date.fromisoformat(parts[2]))) if len(parts) > 2 else ""
    return " · ".join(part for part in (person, access, until) if part)


def _read_value(column: ColumnElement, text: str, currency: str | None) -> str:
    """Return a stored text as its column's type is shown; as it stands when it no longer fits."""
    kind = column.type.python_type
    try:
        if kind is datetime:
            return show(datetime.fromisoformat(text))
        if kind is date:
            return show(date.fromisoformat(text))
        if kind is time:
            return show(time.fromisoformat(text))
        if kind is Decimal:
            return money(Decimal(text), currency) if currency else show(Decimal(text))
        return show(text == "1") if kind is bool else text
    except (ValueError, InvalidOperation):
        return text
