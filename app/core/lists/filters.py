"""The filters above a list as the plain data that its template prints: what is offered, what is chosen, how each is cleared."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from ..base.i18n import Words
from ..base.page_data import FacetView, Listing, RangeView
from ..base.urls import FIND, link_with
from .facets import Args, DateRange, Facet
from .query import MAX_QUERY

LISTED = 8  # values that a page lists; more are asked for when the facet is opened


def add_facet(listing: Listing, facet: Facet, args: Args) -> None:
    """Add a facet to the filter form.

    What a script would ask for comes, without scripts, with the page that asks for it: the values that a finder looks up,
    and those of a facet among “more filters”, which few open.
    """
    values, is_open = facet.read(args), args.get(FIND) == facet.name
    is_near = facet.is_main or bool(values) or is_open
    options = facet.options() if values or is_open or (is_near and facet.is_listed) else []
    view = FacetView(facet.name, facet.label, options, facet.name_values(values, options) if values else [])
    view.is_open = is_open
    if values:
        view.clear_url = link_with(**{facet.name: None})
    if is_near:
        is_long = len(options) > LISTED or not facet.is_listed
        view.is_far = facet.finder is not None or (is_long and bool(listing.facet_base))
        listing.facets.append(view)
    else:
        view.is_far, view.options = True, []
        listing.more_facets.append(view)
    if view.is_open:
        view.found_by = args.get(f"{facet.name}_{FIND}", "")[:MAX_QUERY]
        view.options = facet.find(view.found_by)
    elif view.is_bare:
        view.options = []


def add_range(listing: Listing, span: DateRange, args: Mapping[str, str]) -> None:
    """Add a span of days to the filter form."""
    view = RangeView(span.name, span.label, *(args.get(f"{span.name}_{end}", "") for end in ("from", "to")))
    if view.shown:
        view.clear_url = link_with(**{f"{span.name}_from": None, f"{span.name}_to": None})
    (listing.ranges if span.is_main or view.shown else listing.more_ranges).append(view)


def make_chip(label: Words, value: Words, name: str) -> tuple[str, str]:
    """Return the chip of a filter that has no control: its words, and the address without it."""
    return _("%(name)s: %(value)s", name=label, value=value), link_with(**{name: None})


def say_filtered(listing: Listing) -> None:
    """Let an empty list say that nothing matches when a filter is on."""
    is_set = any(facet.clear_url for facet in listing.facets) or any(span.clear_url for span in listing.ranges)
    listing.is_filtered = bool(listing.q or listing.chips or is_set)
    if listing.is_filtered:
        listing.empty_title = _("Nothing matches")
        listing.empty_text = _("Try a shorter word or clear the filters.")


def keep_from_default(listing: Listing, plain_url: str) -> None:
    """Let what would clear the last filter lead to the plain list: the bare address would open the person's default view again."""
    listing.chips = [(label, url if "?" in url else plain_url) for label, url in listing.chips]
    views: list[FacetView | RangeView] = [*listing.facets, *listing.ranges]
    for view in views:
        if view.clear_url and "?" not in view.clear_url:
            view.clear_url = plain_url
