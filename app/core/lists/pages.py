"""List pages: from a view's declarations to the plain data its template prints."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from flask import abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access_api, permission_name
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from ...extensions import db
from ..access.viewer import current_viewer
from ..base.caches import Cache
from ..base.entities import Item
from ..base.i18n import Words
from ..base.page_data import Listing, Pager
from ..base.registry import Registry
from ..base.urls import PAGING, link_only, link_with
from . import saved_views
from .columns import ListColumns
from .exports import ListExports
from .facets import Args, DateRange, Facet
from .filters import add_facet, add_range, keep_from_default, say_filtered
from .query import COUNT_CAP, MAX_QUERY, ListQuery, Page, say_count, summarize
from .saved_views import Layout
from .sums import ListSums

UNFILTERED = PAGING | {"sort", "size"}  # arguments of an address that set no filter
_filters: Cache[Markup] = Cache("filter forms of lists without filters, by language and lists", 300)


@dataclass(frozen=True)
class ListAction:
    """Something to do with the rows chosen in a list that a (downstream) module brings: its words, its page, what it needs."""

    label: Words
    endpoint: str
    needs: Sequence[tuple[str, str]]


LIST_ACTIONS: Registry[str, ListAction] = Registry("list actions")  # by module; the action's page gets `rowid` and `module`


class ListPages(ListColumns[Item], ListSums[Item], ListExports[Item]):
    """Mixed into a view: builds its `Listing`."""

    empty_title: Words = _l("Nothing here yet")
    empty_text: Words = ""

    @expose("/facet/<name>", methods=["GET"])
    @has_access_api
    @permission_name("list")
    def facet(self, name: str) -> ResponseReturnValue:
        """Answer `?q=` as JSON with the values of a facet that match; looked up, those that a row within the viewer's reach has."""
        facet = next((known for known in self.all_facets() if known.name == name), None)
        if facet is None:
            abort(404)
        found = facet.find(request.args.get("q", "")[:MAX_QUERY])
        results = [{"id": value, "text": str(label)} for value, label in found]
        return jsonify({"results": results, "is_listed": facet.finder is None})

    def read_layout(self) -> Layout:
        """Return how the viewer wants this list: columns, row height, named view."""
        return saved_views.read_layout(self, request.args)

    def make_listing(self, *where: ColumnElement[bool], embedded: bool = False, layout: Layout | None = None) -> Listing:
        """Return the list as asked for by the address, or (embedded) the newest rows under a condition."""
        args: Args = MultiDict() if embedded else request.args
        layout = layout or Layout(self.list_columns)
        drawn = None if embedded else self._find_filters(args)
        query, facets, ranges = self.read_query(args, *where, unfiltered=embedded or drawn is not None)
        query.cache_key = (type(self), tuple(layout.columns))
        page = query.run(db.session, *self.load_options(self.with_second(layout.columns)))
        listing = Listing(
            columns=self._columns(query, layout.columns, embedded=embedded), rows=self._rows(page.rows, layout.columns),
            pager=self._pager(query, page), embedded=embedded, total=page.total, empty_title=self.empty_title,
            empty_text=self.empty_text, density=layout.density, count_text=say_count(page.total),
            wide_columns=self._wide_columns(layout.columns),
        )  # fmt: skip
        if embedded:
            listing.pager = Pager(None, None, None, None, summarize(page))
            return listing
        listing.facets_drawn = drawn
        self._add_filters(listing, args, facets, ranges)
        self._add_actions(listing)
        self._add_views(listing, args, layout)
        self.add_sums(listing, query, page, is_asked="sums" in args)
        listing.page_sizes = [(n, link_with(size=n), n == query.size) for n in (25, 50, 100)]
        return listing

    def _filters_key(self, args: Args) -> Hashable | None:
        """Return what the filter form of a list without filters depends on, beside the version of short lists; None for another."""
        is_plain = self.has_plain_filters and all(name in UNFILTERED for name in args)
        return (type(self), str(get_locale()), request.script_root) if is_plain else None

    def _find_filters(self, args: Args) -> Markup | None:
        key, version = self._filters_key(args), current_viewer().version
        return _filters.find(key, version) if key is not None and version is not None else None

    def _keep_filters(self, listing: Listing, args: Args) -> None:
        key, version = self._filters_key(args), current_viewer().version
        if key is not None and version is not None:
            listing.facets_kept = lambda drawn: _filters.keep(key, drawn, version)

    def _add_views(self, listing: Listing, args: Args, layout: Layout) -> None:
        listing.export_urls = self.export_links(args)
        listing.views = saved_views.make_menu(self, layout, args)
        if "view" in args:
            listing.hidden.append(("view", args["view"][:10]))
            listing.clear_url = link_only(view=args["view"][:10])
        elif layout.has_default:  # the bare address would open the default view again
            listing.hidden.append(("view", "0"))
            listing.clear_url = link_only(view="0")
            keep_from_default(listing, listing.clear_url)

    def _pager(self, query: ListQuery[Item], page: Page[Item]) -> Pager:
        rows = page.rows
        return Pager(
            first=link_with() if page.has_prev else None,
            prev=link_with(before=query.token(rows[0])) if page.has_prev and rows else None,
            next=link_with(after=query.token(rows[-1])) if page.has_next and rows else None,
            last=link_with(last=1) if page.has_next else None,
            summary=summarize(page),
        )

    def _add_filters(self, listing: Listing, args: Args, facets: Sequence[Facet], ranges: Sequence[DateRange]) -> None:
        listing.q, listing.has_search = args.get("q", "")[:MAX_QUERY], self.search_column is not None
        listing.clear_url, listing.facet_base = request.path, f"{request.script_root}{self.route_base}/facet/"
        listing.hidden = [(name, args[name]) for name in ("sort", "size") if args.get(name)]
        if listing.facets_drawn is None:
            self._keep_filters(listing, args)
        for facet in facets:
            add_facet(listing, facet, args)
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


__all__ = ["COUNT_CAP", "ListPages"]
