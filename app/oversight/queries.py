"""The history across records, as far as the reader sees them: filters, scope, words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, false, or_, select

from ..core.access.directory import read_names
from ..core.access.mixins import Gated, Owned
from ..core.access.scope import BIN_OPTION, make_condition
from ..core.access.screens import ScreenBase, all_screens, screen_of
from ..core.access.viewer import SEE, Reach, Viewer, current_viewer
from ..core.base.entities import Entity
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.lifecycle import Lifecycle
from ..core.base.page_data import Column, Listing, ListRow, Pager
from ..core.base.screens import label_of
from ..core.base.showing import show_safely
from ..core.base.urls import link_with
from ..core.history.wording import HIDDEN, SOURCES, HistoryLine, make_line, read_values
from ..core.lists.facets import Args, DateRange, Facet, id_facet
from ..core.lists.filters import add_facet, add_range, make_chip, say_filtered
from ..core.lists.query import MAX_QUERY, match_words
from ..core.writes.history import HistoryEntry, names_in_history, watched_models
from ..extensions import db

PAGE = 50
WITH_DELETED = {BIN_OPTION: True}
RANGE = DateRange("at", _l("When"), HistoryEntry.at, is_instant=True, is_main=True)


def known_models() -> dict[str, tuple[type[Entity], str]]:
    """Return class name -> (class, module) of everything that has a history."""
    found: dict[str, tuple[type[Entity], str]] = {}
    for mapper in db.Model.registry.mappers:
        if issubclass(mapper.class_, Gated) and not mapper.polymorphic_abstract:
            found |= dict.fromkeys(names_in_history(mapper.class_), (mapper.class_, mapper.class_.policy.module))
    found |= {model.__name__: (model, module) for model, module in watched_models().items()}
    return found


def make_scope(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the lines that the viewer may read: of rows they see, the bin included, and of settings they may list."""
    entry, parts = HistoryEntry, []
    for name, (model, module) in known_models().items():
        if not issubclass(model, Owned):
            if viewer.may("can_list", module):
                parts.append(entry.model == name)
            continue
        if viewer.reach(module, SEE) is Reach.NONE:
            continue
        condition = make_condition(model, viewer, SEE)
        if condition is None:
            parts.append(entry.model == name)
        else:
            parts.append((entry.model == name) & select(model.id).where(model.id == entry.row_id, condition).exists())
    return or_(*parts) if parts else false()


def read_history(args: Args) -> Listing:
    """Return one page of the history, newest first, by person, module, record, time and batch."""
    viewer, conditions = current_viewer(), []
    after = args.get("after", "")
    if (line := parse_id(after, digits=14)) is not None:
        conditions.append(HistoryEntry.id < line)
    statement = select(HistoryEntry).where(make_scope(viewer), *conditions, *_read_filters(args, viewer))
    entries = list(db.session.scalars(statement.order_by(HistoryEntry.id.desc()).limit(PAGE + 1), execution_options=WITH_DELETED))
    rows = _describe(entries[:PAGE])
    listing = Listing(
        columns=[Column(name, label, None, "", False) for name, label in (
            ("record", _("Record")), ("module", _("Screen")), ("change", _("Change")), ("who", _("Who")), ("at", _("When")),
            ("way", _("Way")), ("batch", _("Batch")),
        )],
        rows=rows,
        pager=Pager(
            first=link_with() if after else None, prev=None,
            next=link_with(after=entries[PAGE - 1].id) if len(entries) > PAGE else None, last=None,
            summary=_("%(n)s on this page", n=len(rows)),
        ),
        empty_title=_("Nothing has been changed yet."), clear_url=url_for("HistoryView.list"),
    )  # fmt: skip
    _add_filters(listing, args, viewer)
    return listing


def list_facets(viewer: Viewer) -> list[Facet]:
    """Return the facets of the history: the screen, who it was, and by which way."""
    entry = HistoryEntry
    modules = {module: str(label_of(module)) for model, module in known_models().values() if _is_readable(viewer, model, module)}
    people = sorted(read_names().items(), key=lambda known: known[1])
    return [
        Facet("module", _l("Screen"), lambda: sorted(modules.items(), key=lambda known: known[1]),
              lambda text: entry.model.in_([name for name, (_model, of) in known_models().items() if of == text])),
        Facet("person", _l("Who"), lambda: [(str(key), name) for key, name in people], id_facet(entry.actor_id)),
        Facet("way", _l("Way"), lambda: [(key, str(word)) for key, word in SOURCES.items()], lambda text: entry.way == text),
    ]  # fmt: skip


def _read_filters(args: Args, viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return the conditions that the address asks for; what cannot be read matches nothing."""
    entry = HistoryEntry
    found = [facet.condition(values) for facet in list_facets(viewer) if (values := facet.read(args))]
    if batch := args.get("batch", "").strip()[:40]:
        found.append(entry.batch == batch.upper())
    if text := args.get("q", "").strip()[:MAX_QUERY]:
        found.append(_find_records(text) | (entry.batch == text.upper()[:40]))
    if record := args.get("record", ""):
        name, _colon, row_id = record.partition(":")
        number = parse_id(row_id)
        found.append((entry.model == name) & (entry.row_id == number) if number is not None else false())
    return [*found, *RANGE.conditions(args)]


def _find_records(text: str) -> ColumnElement[bool]:
    """Return the condition of the lines of records whose number or name holds the words."""
    parts = []
    for name, (model, _module) in known_models().items():
        column = next((getattr(model, key) for key in ("search_text", "username", "name", "name_zh") if hasattr(model, key)), None)
        if column is not None:
            parts.append((HistoryEntry.model == name) & HistoryEntry.row_id.in_(select(model.id).where(*match_words(column, text))))
    return or_(*parts)


class _Wordless:
    """Stands in for the screen of a model that has none."""

    label_columns: Mapping[str, Words] = {}
    code_words: Mapping[str, Callable[[str], Words | None]] = {}
    lifecycle: Lifecycle | None = None


def _screen_for(model: type[Entity], module: str) -> ScreenBase | _Wordless:
    """Return whose words a model's lines are told in: its own screen's, or that of its module."""
    own = screen_of(model)
    return own or next((screen for screen in all_screens() if screen.class_permission_name == module), _Wordless())


def _describe(entries: Sequence[HistoryEntry]) -> list[ListRow]:
    """Return the lines in words; each kind of record is read by one statement."""
    models, by_model = known_models(), defaultdict(list)
    for entry in entries:
        by_model[entry.model].append(entry)
    made: dict[int, ListRow] = {}
    for name, found in by_model.items():
        model, module = models[name]
        values, screen = read_values(model, found), _screen_for(model, module)
        ids = {entry.row_id for entry in found}
        records = {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids)), execution_options=WITH_DELETED)}
        for entry in found:
            record = records.get(entry.row_id)
            made[entry.id] = _make_row(entry, make_line(screen, model, entry, values, record), record, module, screen)
    return [made[entry.id] for entry in entries]


def _make_row(entry: HistoryEntry, line: HistoryLine, record: Entity | None, module: str, screen: ScreenBase | _Wordless) -> ListRow:
    if record is None:
        name, url = {"delete": entry.new, "purge": entry.old}.get(entry.kind) or HIDDEN, None
    elif isinstance(screen, ScreenBase) and screen.model is type(record) and getattr(record, "deleted_at", None) is None:
        name, url = show_safely(record, "name", screen.name_of), screen.url(screen.opens, record.id)
    else:
        name, url = show_safely(record, "name", str), None
    return ListRow(entry.id, url, [name, str(label_of(module)), line.change, line.who, line.at, line.source, entry.batch or ""], name)


def _add_filters(listing: Listing, args: Args, viewer: Viewer) -> None:
    listing.q, listing.has_search = args.get("q", "")[:MAX_QUERY], True
    for facet in list_facets(viewer):
        add_facet(listing, facet, args)
    for name, label in (("batch", _("Batch")), ("record", _("Record"))):
        if args.get(name):
            listing.chips.append(make_chip(label, args[name][:MAX_QUERY], name))
    add_range(listing, RANGE, args)
    listing.hidden = [(name, args[name]) for name in ("batch", "record") if args.get(name)]
    say_filtered(listing)


def _is_readable(viewer: Viewer, model: type[Entity], module: str) -> bool:
    return viewer.reach(module, SEE) is not Reach.NONE if issubclass(model, Owned) else viewer.may("can_list", module)
