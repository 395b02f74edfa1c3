"""Record pages: from a view's declarations to the plain data that their template prints, each piece made apart from the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from ..access.directory import name_of_person
from ..access.mixins import Gated, Owned
from ..access.viewer import current_viewer
from ..base.entities import Item
from ..base.formatting import make_initials
from ..base.i18n import Words
from ..base.page_data import Buttons, Cells, Notes, Pairs, Sections, Tab
from ..base.showing import show_safely
from ..base.urls import link_with, show_as
from ..base.workspace import Choice, Composer, NextStep, Record, StageBar, Workspace, make_buttons, make_rail
from ..forms.pages import Fieldsets
from ..history.wording import read_lines
from ..lists.relations import draw_relation, find_relation
from ..sharing.explanations import explain_reach
from ..writes.history import HistoryEntry, is_watched
from .rail import make_details, make_root_card
from .reach_page import may_ask
from .share_tab import SharePages
from .stages import read_changes
from .stream_page import StreamPages


class RecordPages(StreamPages[Item], SharePages[Item]):
    """Mixed into a view: builds its `Record`."""

    show_template: str
    show_columns: Sequence[str]
    show_fieldsets: Fieldsets
    wide_columns: frozenset[str] = frozenset({"remark", "text", "result", "description", "address"})
    stage_name = "move"  # what the buttons of the stage bar send
    record_icon = ""  # in the tile of the head; "" for initials

    def detail(self, item: Item, column: str) -> object:
        """Return one value of the record page: as in the list, but a relation leads to its own page."""
        if column not in self.cells and find_relation(self.model, column) is not None:
            return draw_relation(current_viewer(), column, item)
        return self.cell(item, column)

    def make_record(self, item: Item, open_tab: str | None = None) -> Record:
        """Return the record page of one row, with the tab open that is named; else what the address asks for."""
        if request.method != "GET":
            show_as(self.url("show", item))
        list_url = self.url("list") if self.may("can_list") else None
        tabs = list(show_safely(item, "tabs", self.extra_tabs, []))
        tab = _open_tab(tabs, request.args.get("show", "") if open_tab is None else open_tab)
        record = Record(
            name=show_safely(item, "heading", self.heading_of),
            number=getattr(item, "number", None),
            crumbs=[(self.list_title, list_url)],
            owner=_say_owner(item),
            facts=show_safely(item, "facts", self.facts_of, []),
            lead=show_safely(item, "lead", self.lead_of, ""),
            icon=self.record_icon,
            actions=_keep_one_main([*make_buttons(self.class_permission_name, item), *show_safely(item, "buttons", self.buttons_of, [])]),
            notes=show_safely(item, "notes", self.notes_of, []),
            sections=[(title, self._make_section(item, names)) for title, names in self.sections_for(item)],
            tabs=tabs,
            tab=tab,
            main_tab=next((one for one in tabs if one.is_main), None) if tab is None else None,
            reason=explain_reach(current_viewer(), item) if isinstance(item, Owned) else "",
            reach_url=self.url("reach", item) if isinstance(item, Owned) and may_ask(current_viewer(), item) else None,
        )
        record.owner_letter = name_of_person(item.owner_id)[:1] if isinstance(item, Owned) else ""
        record.initials = make_initials(record.name)
        record.workspace = self._make_workspace(item, record)
        if record.workspace.stages is None:
            record.badge = show_safely(item, "badge", self.badge_of)
        record.tab_links = self._link_tabs(record)
        return record

    def _make_workspace(self, item: Item, record: Record) -> Workspace:
        """Return the pieces around the stream; one that cannot be made stays away alone."""
        if not isinstance(item, Owned) or not self.has_stream():
            return Workspace()
        fields = [*([self.status_field] if self.status_field else []), "owner_id"]
        nothing: Sequence[HistoryEntry] = ()
        changes = show_safely(item, "changes", lambda row: read_changes(row, *fields), nothing)
        rail = make_rail(self.class_permission_name, item)
        card = show_safely(item, "the card", make_root_card, None) if not any(part.id == "root" for part in rail) else None
        details = show_safely(item, "details", lambda _row: make_details(record), None)
        parts = [part for part in (*rail, card, details) if part is not None]
        return Workspace(
            stages=show_safely(item, "stages", lambda row: self.make_stages(row, changes), None),
            next_step=show_safely(item, "next step", self.next_of, None),
            composer=show_safely(item, "composer", self.make_composer, None),
            stream=None if record.tab is not None else show_safely(item, "stream", lambda row: self.make_stream(row, changes), None),
            rail=sorted(parts, key=lambda part: part.order),
        )

    def _link_tabs(self, record: Record) -> list[Choice]:
        """Return the links to what the main column can show instead."""
        shown = [tab for tab in record.tabs if not tab.is_main and not (self.has_stream() and tab.is_in_stream)]
        plain = partial(link_with, edit=None, older=None, before=None)
        links = [Choice(tab.label, plain(show=tab.id), tab is record.tab, tab.count or None) for tab in shown]
        if self.has_stream() or not links:
            return links
        return [Choice(_("Details"), plain(show=None), record.tab is None), *links]

    def show_record(self, item: Item, record: Record | None = None, *, status: int = 200) -> ResponseReturnValue:
        """Show the record page."""
        title = show_safely(item, "name", self.name_of)
        return self.render_template(self.show_template, title=title, record=record or self.make_record(item), item=item), status

    def show_tab(self, pk: str, tab_id: str, form: FlaskForm) -> ResponseReturnValue:
        """Show the record with one of its tabs open, its form as it was filled in, with what is wrong at its fields."""
        item = self.find_or_404(pk)
        record = self.make_record(item, tab_id)
        if record.tab is not None and isinstance(record.tab.data, dict):
            record.tab.data["form"] = form
        return self.show_record(item, record, status=422)

    def _make_section(self, item: Item, names: Sequence[str]) -> Cells:
        """Return (label, value, whether it takes the whole width) of each column."""
        return [
            (self.label_columns.get(name, name), show_safely(item, name, partial(self.detail, column=name)), name in self.wide_columns)
            for name in names
        ]

    def extra_tabs(self, item: Item) -> Sequence[Tab]:
        """Return the record's own tabs behind those of other modules; the history is the last."""
        if not (isinstance(item, Gated) or (is_watched(type(item)) and self.may("can_list"))):
            return []
        shares = self.share_tab(item) if isinstance(item, Owned) else []

        def fill(tab: Tab) -> None:
            tab.data = read_lines(self, item, request.args.get("older", ""))

        return [*shares, Tab("history", _("History"), template="ui/history.html", fill=fill)]

    def sections_for(self, item: Item) -> Sections:
        """Return (title, columns) of the record page's sections."""
        named = self.show_fieldsets or [(None, {"fields": self.show_columns})]
        return [(title, part["fields"]) for title, part in named]

    # -- what a view may have besides ---------------------------------------------------------------------------------

    def make_stages(self, item: Item, changes: Sequence[HistoryEntry]) -> StageBar | None:
        """Return the stage bar, None for a record without statuses."""
        return None

    def next_of(self, item: Item) -> NextStep | None:
        """Return what is to be done next with the record; None for records of which that is not kept."""
        return None

    def make_composer(self, item: Item) -> Composer | None:
        """Return the form on top of the stream; None where the viewer may write nothing."""
        return None

    def buttons_of(self, item: Item) -> Buttons:
        """Return what the viewer may do with this record; the last is the main one."""
        return []

    def facts_of(self, item: Item) -> Pairs:
        """Return the few facts that stand under the record's name."""
        return []

    def lead_of(self, item: Item) -> str:
        """Return the text that stands first in the main column: what the record is about, where a field says it."""
        return ""

    def notes_of(self, item: Item) -> Notes:
        """Return warnings that stand on top: (tone, text, url, label of the url)."""
        return []


def _open_tab(tabs: Sequence[Tab], name: str) -> Tab | None:
    """Return the tab of this name with its content; None when there is none."""
    found = next((tab for tab in tabs if tab.id == name), None)
    if found is not None and found.fill is not None:
        found.fill(found)
    return found


def _keep_one_main(buttons: Buttons) -> Buttons:
    """Return the buttons of a page, of which one is filled: the first that would be."""
    for button in [one for one in buttons if one.primary][1:]:
        button.primary = False
    return buttons


def _say_owner(item: object) -> Words:
    """Return who is responsible for a row; '' for one that nobody owns."""
    if not isinstance(item, Owned) or item.owner_id is None:
        return ""
    return _("in your charge") if item.owner_id == current_viewer().id else _("%(name)s is in charge", name=name_of_person(item.owner_id))
