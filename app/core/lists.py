"""List pages: from a view's declarations to the plain data its template prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, false

from ..extensions import db
from .access import current_viewer
from .listing import COUNT_CAP, MAX_QUERY, DateRange, Facet, ListQuery, Page, link_with, match_words, summarize
from .records import Column, FacetView, Listing, ListRow, Pager, RangeView


class ListPages:
    """Mixed into a view: builds its `Listing`."""

    datamodel: Any
    actions: Mapping[str, Any]
    list_columns: Sequence[str]
    label_columns: Mapping[str, Any]
    base_order: tuple[str, str] = ("id", "desc")
    search_column: str | None = None
    sort_columns: Mapping[str, str] = {}
    number_columns: frozenset[str] = frozenset({"amount", "hours", "length", "last_value", "position"})
    eager: Callable[[], Sequence[Any]] = staticmethod(lambda: ())
    empty_title: Any = _l("Nothing here yet")
    empty_text: Any = ""
    opens = "show"

    def facets(self) -> Sequence[Facet]:
        """Return the list's facets; the view declares them."""
        return ()

    def ranges(self) -> Sequence[DateRange]:
        """Return the list's date ranges; the view declares them."""
        return ()

    def make_listing(self, *where: ColumnElement[bool], embedded: bool = False) -> Listing:
        """Return the list as asked for by the address, or (embedded) the newest rows under a condition."""
        model, args = self.datamodel.obj, {} if embedded else request.args
        facets, ranges = ((), ()) if embedded else (self.facets(), self.ranges())
        conditions = [*where, *self._conditions(args, facets, ranges)]
        sortable = {name: getattr(model, column) for name, column in self.sort_columns.items()}
        query = ListQuery(model, conditions, sort_columns=sortable, base_order=self.base_order).read(args)
        page = query.run(db.session, *self.eager())
        listing = Listing(
            columns=self._columns(query, embedded=embedded), rows=self._rows(page.rows), pager=self._pager(query, page),
            embedded=embedded, total=page.total, empty_title=self.empty_title, empty_text=self.empty_text,
        )  # fmt: skip
        if embedded:
            listing.pager = Pager(None, None, None, None, summarize(page))
            return listing
        self._add_filters(listing, args, facets, ranges)
        self._add_actions(listing)
        listing.page_sizes = [(n, link_with(size=n), n == query.size) for n in (25, 50, 100)]
        return listing

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

    def _columns(self, query: ListQuery, *, embedded: bool) -> list[Column]:
        name, down = query.sort.removeprefix("-"), query.sort.startswith("-")
        columns = []
        for column in self.list_columns:
            url, mark = None, ""
            if column in query.sort_columns and not embedded:
                mark = ("desc" if down else "asc") if column == name else ""
                url = link_with(sort=("" if down else "-") + column if column == name else column)
            css = "num" if column in self.number_columns else ""
            columns.append(Column(column, self.label_columns.get(column, column), url, mark, css))
        return columns

    def _rows(self, rows: Sequence[Any]) -> list[ListRow]:
        if not rows:
            return []
        base = self.url(self.opens, 0).removesuffix("0")  # type: ignore[attr-defined]
        opens = self.may("can_show") or self.opens != "show"  # type: ignore[attr-defined]
        cells = [self._cell_maker(column) for column in self.list_columns]
        return [ListRow(r.id, f"{base}{r.id}" if opens else None, [make(r) for make in cells], str(r)) for r in rows]

    def _cell_maker(self, column: str) -> Callable[[Any], Any]:
        return lambda row: self.cell(row, column)  # type: ignore[attr-defined]

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
            view = FacetView(facet.name, facet.label, [(key, label, key == value) for key, label in options])
            (listing.facets if facet.is_main else listing.more_facets).append(view)
            if value:
                shown = next((label for key, label in options if key == value), value)
                listing.chips.append((_("%(name)s: %(value)s", name=facet.label, value=shown), link_with(**{facet.name: None})))
        for span in ranges:
            values = [args.get(f"{span.name}_{end}", "") for end in ("from", "to")]
            listing.ranges.append(RangeView(span.name, span.label, *values))
            for end, sign, value in zip(("from", "to"), ("≥", "≤"), values, strict=True):
                if value:
                    listing.chips.append((f"{span.label} {sign} {value}", link_with(**{f"{span.name}_{end}": None})))
        listing.is_filtered = bool(listing.chips)
        if listing.is_filtered:
            listing.empty_title = _("Nothing matches")
            listing.empty_text = _("Try a shorter word or clear the filters.")

    def _add_actions(self, listing: Listing) -> None:
        viewer, module = current_viewer(), self.class_permission_name  # type: ignore[attr-defined]
        listing.bulk = [
            (action.name, action.text, action.confirmation)
            for action in self.actions.values()
            if action.multiple and viewer.may(self.get_action_permission_name(action.name), module)  # type: ignore[attr-defined]
        ]
        listing.bulk_url = self.url("action_post")  # type: ignore[attr-defined]
        if self.may("can_edit"):  # type: ignore[attr-defined]
            listing.edit_base = self.url("edit", 0).removesuffix("0")  # type: ignore[attr-defined]
        if self.may("can_delete"):  # type: ignore[attr-defined]
            listing.delete_base = self.url("delete", 0).removesuffix("0")  # type: ignore[attr-defined]


def options_of(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Return (id, label) of entries for a facet."""
    return [(str(row.id), str(row)) for row in rows]


def id_facet(column: Any) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a foreign key reads its value; an odd value matches nothing."""
    return lambda text: column == int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def code_facet(column: Any, codes: Sequence[str]) -> Callable[[str], ColumnElement[bool] | None]:
    """Return how a facet over a code reads its value; an unknown code matches nothing."""
    return lambda text: column == text if text in codes else None


__all__ = ["COUNT_CAP", "ListPages", "code_facet", "id_facet", "options_of"]
