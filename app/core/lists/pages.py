"""List pages: from a view's declarations to the plain data its template prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from ...extensions import db
from ..access.viewer import current_viewer
from ..base.entities import Entity, Item
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.page_data import Column, FacetView, Listing, ListRow, Pager, RangeView
from ..base.registry import Registry
from ..base.showing import show_cells, show_safely
from ..base.urls import link_only, link_with
from . import saved_views
from .exports import ListExports
from .query import COUNT_CAP, MAX_QUERY, DateRange, Facet, ListQuery, Page, summarize
from .relations import find_relation, read_names
from .saved_views import Layout


@dataclass(frozen=True)
class ListAction:
    """Something to do with the rows chosen in a list that a (downstream) module brings: its words, its page, what it needs."""

    label: Words
    endpoint: str
    needs: Sequence[tuple[str, str]]


LIST_ACTIONS: Registry[str, ListAction] = Registry("list actions")  # by module; the action's page gets `rowid` and `module`


class ListPages(ListExports[Item]):
    """Mixed into a view: builds its `Listing`."""

    number_columns: frozenset[str] = frozenset({"amount", "hours", "length", "last_value", "position"})
    empty_title: Words = _l("Nothing here yet")
    empty_text: Words = ""

    def read_layout(self) -> Layout:
        """Return how the viewer wants this list: columns, row height, named view."""
        return saved_views.read_layout(self, request.args)

    def make_listing(self, *where: ColumnElement[bool], embedded: bool = False, layout: Layout | None = None) -> Listing:
        """Return the list as asked for by the address, or (embedded) the newest rows under a condition."""
        args: Mapping[str, str] = {} if embedded else request.args.to_dict()
        layout = layout or Layout(self.list_columns)
        query, facets, ranges = self.read_query(args, *where, embedded=embedded)
        query.cache_key = (type(self), tuple(layout.columns))
        page = query.run(db.session, *self.load_options(layout.columns))
        listing = Listing(
            columns=self._columns(query, layout.columns, embedded=embedded), rows=self._rows(page.rows, layout.columns),
            pager=self._pager(query, page), embedded=embedded, total=page.total, empty_title=self.empty_title,
            empty_text=self.empty_text, density=layout.density,
        )  # fmt: skip
        if embedded:
            listing.pager = Pager(None, None, None, None, summarize(page))
            return listing
        self._add_filters(listing, args, facets, ranges)
        self._add_actions(listing)
        self._add_views(listing, args, layout)
        listing.page_sizes = [(n, link_with(size=n), n == query.size) for n in (25, 50, 100)]
        return listing

    def _add_views(self, listing: Listing, args: Mapping[str, str], layout: Layout) -> None:
        listing.export_urls = self.export_links(args)
        listing.views = saved_views.make_menu(self, layout, args)
        if "view" in args:
            listing.hidden.append(("view", args["view"][:10]))
            listing.clear_url = link_only(view=args["view"][:10])
        elif layout.has_default:  # the bare address would open the default view again
            listing.hidden.append(("view", "0"))
            listing.clear_url = link_only(view="0")
            listing.chips = [(label, url if "?" in url else listing.clear_url) for label, url in listing.chips]

    def _columns(self, query: ListQuery[Item], names: Sequence[str], *, embedded: bool) -> list[Column]:
        name, down = query.sort.removeprefix("-"), query.sort.startswith("-")
        columns, words = [], self.words()
        for column in names:
            url, mark = None, ""
            if column in query.sort_columns and not embedded:
                mark = ("desc" if down else "asc") if column == name else ""
                url = link_with(sort=("" if down else "-") + column if column == name else column)
            css = "num" if column in self.number_columns else ""
            columns.append(Column(column, words[column], url, mark, css))
        return columns

    def _rows(self, rows: Sequence[Item], columns: Sequence[str]) -> list[ListRow]:
        if not rows:
            return []
        base = self.url(self.opens, 0).removesuffix("0")
        opens = self.may("can_show") or self.opens != "show"
        cells = [self._cell_maker(column, rows) for column in columns]
        return [ListRow(r.id, f"{base}{r.id}" if opens else None, show_cells(r, columns, cells), show_safely(r, "name", str)) for r in rows]

    def _cell_maker(self, column: str, rows: Sequence[Item]) -> Callable[[Item], object]:
        relation = find_relation(self.model, column)
        if relation is None or column in self.cells:
            return lambda row: self.cell(row, column)
        key, target = relation
        names = read_names(target, (getattr(row, key) for row in rows))
        return lambda row: names.get(getattr(row, key), "")

    def _pager(self, query: ListQuery[Item], page: Page[Item]) -> Pager:
        rows = page.rows
        return Pager(
            first=link_with() if page.has_prev else None,
            prev=link_with(before=query.token(rows[0])) if page.has_prev and rows else None,
            next=link_with(after=query.token(rows[-1])) if page.has_next and rows else None,
            last=link_with(last=1) if page.has_next else None,
            summary=summarize(page),
        )

    def _add_filters(self, listing: Listing, args: Mapping[str, str], facets: Sequence[Facet], ranges: Sequence[DateRange]) -> None:
        listing.q, listing.has_search = args.get("q", "")[:MAX_QUERY], self.search_column is not None
        listing.clear_url = request.path
        listing.hidden = [(name, args[name]) for name in ("sort", "size") if args.get(name)]
        if listing.q:
            listing.chips.append((f"“{listing.q}”", link_with(q=None)))
        for facet in facets:
            value, options = args.get(facet.name, ""), list(facet.options())
            view = FacetView(facet.name, facet.label, options, value)
            (listing.facets if facet.is_main else listing.more_facets).append(view)
            if value:
                shown = next((label for key, label in options if key == value), value)
                listing.chips.append(make_chip(facet.label, shown, facet.name))
        for span in ranges:
            add_range(listing, span, args)
        say_filtered(listing)

    def _add_actions(self, listing: Listing) -> None:
        viewer, module = current_viewer(), self.class_permission_name
        listing.bulk = [
            (action.name, action.text, action.confirmation)
            for action in self.actions.values()
            if action.multiple and viewer.may(self.get_action_permission_name(action.name), module)
        ]
        listing.bulk_pages = [
            (action.label, url_for(action.endpoint), module)
            for action in LIST_ACTIONS.all_of(module)
            if all(viewer.may(right, of) for right, of in action.needs)
        ]
        if listing.bulk or listing.bulk_pages:
            listing.bulk_url = self.url("action_post")
        if self.may("can_edit"):
            listing.edit_base = self.url("edit", 0).removesuffix("0")
        if self.may("can_delete"):
            listing.delete_base = self.url("delete", 0).removesuffix("0")


def make_chip(label: Words, value: Words, name: str) -> tuple[str, str]:
    """Return the chip of a filter that is on: its words, and the address without it."""
    return _("%(name)s: %(value)s", name=label, value=value), link_with(**{name: None})


def add_range(listing: Listing, span: DateRange, args: Mapping[str, str]) -> None:
    """Add a date range to the filter form, and a chip for each end that is asked for."""
    values = [args.get(f"{span.name}_{end}", "") for end in ("from", "to")]
    listing.ranges.append(RangeView(span.name, span.label, *values))
    for end, sign, value in zip(("from", "to"), ("≥", "≤"), values, strict=True):
        if value:
            listing.chips.append((f"{span.label} {sign} {value}", link_with(**{f"{span.name}_{end}": None})))


def say_filtered(listing: Listing) -> None:
    """Let an empty list say that nothing matches when a filter is on."""
    listing.is_filtered = bool(listing.chips)
    if listing.is_filtered:
        listing.empty_title = _("Nothing matches")
        listing.empty_text = _("Try a shorter word or clear the filters.")


def options_of(rows: Sequence[Entity]) -> list[tuple[str, str]]:
    """Return (id, label) of entries for a facet."""
    return [(str(row.id), str(row)) for row in rows]


def id_facet(column: InstrumentedAttribute) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a foreign key reads its value; an odd value matches nothing."""
    return lambda text: column == number if (number := parse_id(text)) is not None else None


def mine_facet(column: InstrumentedAttribute) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a person reads its one value, `me`: rows that name the viewer."""
    return lambda text: column == current_viewer().id if text == "me" else None


def flag_facet(condition: ColumnElement[bool]) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a yes or no reads its value."""
    return {"yes": condition, "no": ~condition}.get


def code_facet(column: InstrumentedAttribute, codes: Sequence[str]) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a code reads its value; an unknown code matches nothing."""
    return lambda text: column == text if text in codes else None


__all__ = ["COUNT_CAP", "ListPages", "code_facet", "flag_facet", "id_facet", "mine_facet", "options_of"]
