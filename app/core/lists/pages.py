"""List pages: from a view's declarations to the plain data its template prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, false, inspect
from sqlalchemy.orm import selectinload, undefer

from ...extensions import db
from ..access.viewer import current_viewer
from ..base.input_guard import parse_id
from ..base.page_data import Column, FacetView, Listing, ListRow, Pager, RangeView
from ..base.registry import Registry
from ..base.showing import show_cells, show_safely
from ..base.urls import link_only, link_with
from . import saved_views
from .exports import ListExports
from .query import COUNT_CAP, MAX_QUERY, DateRange, Facet, ListQuery, Page, match_words, summarize
from .relations import find_relation, load_named, read_names
from .saved_views import Layout


@dataclass(frozen=True)
class ListAction:
    """Something to do with the rows chosen in a list that a (downstream) module brings: its words, its page, what it needs."""

    label: Any
    endpoint: str
    needs: Sequence[tuple[str, str]]


LIST_ACTIONS: Registry[str, ListAction] = Registry("list actions")  # by module; the action's page gets `rowid` and `module`


class ListPages(ListExports):
    """Mixed into a view: builds its `Listing`."""

    datamodel: Any
    actions: Mapping[str, Any]
    list_columns: Sequence[str]
    optional_columns: Sequence[str] = ()  # shown to whoever asks for them, and exported
    label_columns: Mapping[str, Any]
    base_order: tuple[str, str] = ("id", "desc")
    search_column: str | None = None
    sort_columns: Mapping[str, str] = {}
    number_columns: frozenset[str] = frozenset({"amount", "hours", "length", "last_value", "position"})
    eager: Callable[[], Sequence[Any]] = staticmethod(lambda: ())
    empty_title: Any = _l("Nothing here yet")
    empty_text: Any = ""
    opens = "show"
    _words: dict[str, dict[str, str]]  # language -> column -> word

    def facets(self) -> Sequence[Facet]:
        """Return the list's facets; the view declares them."""
        return ()

    def ranges(self) -> Sequence[DateRange]:
        """Return the list's date ranges; the view declares them."""
        return ()

    def words(self) -> Mapping[str, str]:
        """Return what the reader calls each column that the list can show; worked out once for each language."""
        language = str(get_locale())
        kept = self._words.get(language)
        if kept is None:
            kept = self._words[language] = {name: str(self.label_columns.get(name, name)) for name in self.all_columns()}
        return kept

    def all_columns(self) -> list[str]:
        """Return every column that the list can show, in order."""
        return [*self.list_columns, *(name for name in self.optional_columns if name not in self.list_columns)]

    def read_layout(self) -> Layout:
        """Return how the viewer wants this list: columns, row height, named view."""
        return saved_views.read_layout(self, request.args)

    def read_query(
        self, args: Mapping[str, str], *where: ColumnElement[bool], embedded: bool = False
    ) -> tuple[ListQuery, Sequence[Facet], Sequence[DateRange]]:
        """Return what the address asks for, with the facets and ranges it was read by; for the page and its exports alike."""
        model = self.datamodel.obj
        facets, ranges = ((), ()) if embedded else (self.facets(), self.ranges())
        conditions = [*where, *self._conditions(args, facets, ranges)]
        sortable = {name: getattr(model, column) for name, column in self.sort_columns.items()}
        return ListQuery(model, conditions, sort_columns=sortable, base_order=self.base_order).read(args), facets, ranges

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

    def load_options(self, columns: Sequence[str], *, one_by_one: bool = False) -> list[Any]:
        """Return how rows are loaded so that these columns cost no statement of their own.

        `one_by_one`: relations that go by a name are loaded with the rows; a page looks all its names up at once instead.
        """
        model = self.datamodel.obj
        options, mapper = list(self.eager()), inspect(model)
        for name in columns:
            named = None if name in self.cells else find_relation(model, name)  # type: ignore[attr-defined]
            if named is not None:
                options.append(load_named(model, name) if one_by_one else undefer(getattr(model, named[0])))
            elif name in self.list_columns:
                continue
            elif name in mapper.relationships:
                relation = mapper.relationships[name]
                options.extend(undefer(mapper.get_property_by_column(column).class_attribute) for column in relation.local_columns)
                if name not in self.cells:  # type: ignore[attr-defined]
                    options.append(selectinload(relation.class_attribute))
            elif name in mapper.column_attrs:
                options.append(undefer(mapper.column_attrs[name].class_attribute))
        return options

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

    def _conditions(self, args: Mapping[str, str], facets: Sequence[Facet], ranges: Sequence[DateRange]) -> list[Any]:
        found: list[Any] = []
        text = args.get("q", "").strip()[:MAX_QUERY]
        if text and self.search_column:
            found.extend(match_words(getattr(self.datamodel.obj, self.search_column), text))
        for facet in facets:
            if value := args.get(facet.name, ""):
                condition = facet.apply(value)
                found.append(false() if condition is None else condition)
        for span in ranges:
            found.extend(span.conditions(args))
        return found

    def _columns(self, query: ListQuery, names: Sequence[str], *, embedded: bool) -> list[Column]:
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

    def _rows(self, rows: Sequence[Any], columns: Sequence[str]) -> list[ListRow]:
        if not rows:
            return []
        base = self.url(self.opens, 0).removesuffix("0")  # type: ignore[attr-defined]
        opens = self.may("can_show") or self.opens != "show"  # type: ignore[attr-defined]
        cells = [self._cell_maker(column, rows) for column in columns]
        return [ListRow(r.id, f"{base}{r.id}" if opens else None, show_cells(r, columns, cells), show_safely(r, "name", str)) for r in rows]

    def _cell_maker(self, column: str, rows: Sequence[Any]) -> Callable[[Any], Any]:
        relation = find_relation(self.datamodel.obj, column)
        if relation is None or column in self.cells:  # type: ignore[attr-defined]
            return lambda row: self.cell(row, column)  # type: ignore[attr-defined]
        key, target = relation
        names = read_names(target, (getattr(row, key) for row in rows))
        return lambda row: names.get(getattr(row, key), "")

    def _pager(self, query: ListQuery, page: Page) -> Pager:
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
        viewer, module = current_viewer(), self.class_permission_name  # type: ignore[attr-defined]
        listing.bulk = [
            (action.name, action.text, action.confirmation)
            for action in self.actions.values()
            if action.multiple and viewer.may(self.get_action_permission_name(action.name), module)  # type: ignore[attr-defined]
        ]
        listing.bulk_pages = [
            (action.label, url_for(action.endpoint), module)
            for action in LIST_ACTIONS.all_of(module)
            if all(viewer.may(right, of) for right, of in action.needs)
        ]
        if listing.bulk or listing.bulk_pages:
            listing.bulk_url = self.url("action_post")  # type: ignore[attr-defined]
        if self.may("can_edit"):  # type: ignore[attr-defined]
            listing.edit_base = self.url("edit", 0).removesuffix("0")  # type: ignore[attr-defined]
        if self.may("can_delete"):  # type: ignore[attr-defined]
            listing.delete_base = self.url("delete", 0).removesuffix("0")  # type: ignore[attr-defined]


def make_chip(label: Any, value: Any, name: str) -> tuple[str, str]:
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


def options_of(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Return (id, label) of entries for a facet."""
    return [(str(row.id), str(row)) for row in rows]


def id_facet(column: Any) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a foreign key reads its value; an odd value matches nothing."""
    return lambda text: column == number if (number := parse_id(text)) is not None else None


def mine_facet(column: Any) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a person reads its one value, `me`: rows that name the viewer."""
    return lambda text: column == current_viewer().id if text == "me" else None


def flag_facet(condition: ColumnElement[bool]) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a yes or no reads its value."""
    return {"yes": condition, "no": ~condition}.get


def code_facet(column: Any, codes: Sequence[str]) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a code reads its value; an unknown code matches nothing."""
    return lambda text: column == text if text in codes else None


__all__ = ["COUNT_CAP", "ListPages", "code_facet", "flag_facet", "id_facet", "mine_facet", "options_of"]
