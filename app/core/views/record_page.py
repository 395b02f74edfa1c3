"""Record pages: from a view's declarations to the plain data that their template prints, each piece made apart from the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import request
from flask_babel import gettext as _

from ..access.mixins import Gated, Owned
from ..access.viewer import current_viewer
from ..base.lifecycle import Lifecycle
from ..base.page_data import Notes, Pairs, Record, Sections, Tab, make_tabs
from ..base.showing import show_safely
from ..history.wording import read_lines
from ..lists.relations import draw_relation, find_relation
from ..sharing.explanations import explain_reach
from ..writes.history import is_watched
from .reach_page import may_ask


class RecordPages:
    """Mixed into a view: builds its `Record`."""

    datamodel: Any
    cells: Mapping[str, Callable[[Any], Any]]
    label_columns: Mapping[str, Any]
    wide_columns: frozenset[str]
    lifecycle: Lifecycle | None

    def detail(self, item: Any, column: str) -> Any:
        """Return one value of the record page: as in the list, but a relation leads to its own page."""
        if column not in self.cells and find_relation(self.datamodel.obj, column) is not None:
            return draw_relation(current_viewer(), column, item)
        return self.cell(item, column)  # type: ignore[attr-defined]

    def make_record(self, item: Any) -> Record:
        """Return the record page of one row."""
        list_url = self.url("list") if self.may("can_list") else None  # type: ignore[attr-defined]
        return Record(
            name=show_safely(item, "heading", self.heading_of),
            number=getattr(item, "number", None),
            crumbs=[(self.list_title, list_url)],  # type: ignore[attr-defined]
            badge=show_safely(item, "badge", self.badge_of),
            facts=show_safely(item, "facts", self.facts_of, []),
            actions=show_safely(item, "buttons", self.buttons_of, []),  # type: ignore[attr-defined]
            notes=show_safely(item, "notes", self.notes_of, []),
            sections=[(title, self._make_section(item, names)) for title, names in self.sections_for(item)],
            tabs=[*make_tabs(self.class_permission_name, item), *show_safely(item, "tabs", self.extra_tabs, [])],  # type: ignore[attr-defined]
            reason=explain_reach(current_viewer(), item) if isinstance(item, Owned) else "",
            reach_url=self.url("reach", item) if isinstance(item, Owned) and may_ask(current_viewer(), item) else None,  # type: ignore[attr-defined]
        )

    def _make_section(self, item: Any, names: Sequence[str]) -> list[tuple[Any, Any, bool]]:
        """Return (label, value, whether it takes the whole width) of each column."""
        return [
            (self.label_columns.get(name, name), show_safely(item, name, partial(self.detail, column=name)), name in self.wide_columns)
            for name in names
        ]

    def extra_tabs(self, item: Any) -> Sequence[Tab]:
        """Return the record's own tabs behind those of other modules; the history is the last."""
        if not (isinstance(item, Gated) or (is_watched(type(item)) and self.may("can_list"))):  # type: ignore[attr-defined]
            return []
        shares = self.share_tab(item) if isinstance(item, Owned) else []  # type: ignore[attr-defined]
        lines = read_lines(self, item, request.args.get("older", ""))
        return [*shares, Tab("history", _("History"), None, template="ui/history.html", data=lines)]

    def sections_for(self, item: Any) -> Sections:
        """Return (title, columns) of the record page's sections."""
        named = self.show_fieldsets or [(None, {"fields": self.show_columns})]  # type: ignore[attr-defined]
        return [(title, part["fields"]) for title, part in named]

    def heading_of(self, item: Any) -> str:
        """Return the record page's heading; the number stands above it."""
        return str(self.name_of(item))  # type: ignore[attr-defined]

    def badge_of(self, item: Any) -> Any:
        """Return the record's status badge."""
        return "" if self.lifecycle is None else self.lifecycle.show(item.status)

    def facts_of(self, item: Any) -> Pairs:
        """Return the few facts that stand under the record's name."""
        return []

    def notes_of(self, item: Any) -> Notes:
        """Return warnings that stand on top: (tone, text, url, label of the url)."""
        return []
