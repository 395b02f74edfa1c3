"""Record pages: from a view's declarations to the plain data that their template prints, each piece made apart from the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from ..access.mixins import Gated, Owned
from ..access.viewer import current_viewer
from ..base.entities import Item
from ..base.page_data import Buttons, Cells, Notes, Pairs, Record, Sections, Tab, make_tabs
from ..base.showing import show_safely
from ..forms.pages import Fieldsets
from ..history.wording import read_lines
from ..lists.relations import draw_relation, find_relation
from ..sharing.explanations import explain_reach
from ..writes.history import is_watched
from .reach_page import may_ask
from .share_tab import SharePages


class RecordPages(SharePages[Item]):
    """Mixed into a view: builds its `Record`."""

    show_template: str
    show_columns: Sequence[str]
    show_fieldsets: Fieldsets
    wide_columns: frozenset[str] = frozenset({"remark", "text", "result", "description", "address", "contacts"})

    def detail(self, item: Item, column: str) -> object:
        """Return one value of the record page: as in the list, but a relation leads to its own page."""
        if column not in self.cells and find_relation(self.model, column) is not None:
            return draw_relation(current_viewer(), column, item)
        return self.cell(item, column)

    def make_record(self, item: Item) -> Record:
        """Return the record page of one row."""
        list_url = self.url("list") if self.may("can_list") else None
        return Record(
            name=show_safely(item, "heading", self.heading_of),
            number=getattr(item, "number", None),
            crumbs=[(self.list_title, list_url)],
            badge=show_safely(item, "badge", self.badge_of),
            facts=show_safely(item, "facts", self.facts_of, []),
            actions=show_safely(item, "buttons", self.buttons_of, []),
            notes=show_safely(item, "notes", self.notes_of, []),
            sections=[(title, self._make_section(item, names)) for title, names in self.sections_for(item)],
            tabs=[*make_tabs(self.class_permission_name, item), *show_safely(item, "tabs", self.extra_tabs, [])],
            reason=explain_reach(current_viewer(), item) if isinstance(item, Owned) else "",
            reach_url=self.url("reach", item) if isinstance(item, Owned) and may_ask(current_viewer(), item) else None,
        )

    def show_tab(self, pk: str, tab_id: str, form: FlaskForm) -> ResponseReturnValue:
        """Show the record with one of its tabs open, its form as it was filled in, with what is wrong at its fields."""
        item = self.find_or_404(pk)
        record = self.make_record(item)
        record.open_tab = tab_id
        for tab in record.tabs:
            if tab.id == tab_id and isinstance(tab.data, dict):
                tab.data["form"] = form
        return self.render_template(self.show_template, title=self.name_of(item), record=record, item=item), 422

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
        lines = read_lines(self, item, request.args.get("older", ""))
        return [*shares, Tab("history", _("History"), None, template="ui/history.html", data=lines)]

    def sections_for(self, item: Item) -> Sections:
        """Return (title, columns) of the record page's sections."""
        named = self.show_fieldsets or [(None, {"fields": self.show_columns})]
        return [(title, part["fields"]) for title, part in named]

    def buttons_of(self, item: Item) -> Buttons:
        """Return what the viewer may do with this record; the last is the main one."""
        return []

    def facts_of(self, item: Item) -> Pairs:
        """Return the few facts that stand under the record's name."""
        return []

    def notes_of(self, item: Item) -> Notes:
        """Return warnings that stand on top: (tone, text, url, label of the url)."""
        return []
