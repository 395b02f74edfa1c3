"""A record page as plain data: head, facts, buttons, sections, tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from .formatting import draw_options
from .registry import Registry
from .showing import show_safely


@dataclass
class Button:
    """Something to do with the record: a link, a POST, or a dialog with a form."""

    label: Any
    url: str
    method: str = "get"
    primary: bool = False
    danger: bool = False
    confirm: Any = None
    icon: str | None = None
    fields: Any = None


Buttons = list[Button]
Sections = list[tuple[Any, Sequence[str]]]
Pairs = list[tuple[Any, Any]]
Notes = list[tuple[str, Any, str | None, Any]]


@dataclass
class Tab:
    """One tab of a record page: a list of children, or a template with data."""

    id: str
    label: Any
    count: int | None = None
    listing: Any = None
    template: str | None = None
    data: Any = None
    new_url: str | None = None
    new_label: Any = None


@dataclass
class Record:
    """What the record page prints."""

    name: str
    number: str | None = None
    crumbs: list[tuple[Any, str | None]] = field(default_factory=list)
    badge: Any = ""
    facts: list[tuple[Any, Any]] = field(default_factory=list)
    actions: list[Button] = field(default_factory=list)
    notes: list[tuple[str, Any, str | None, Any]] = field(default_factory=list)
    sections: list[tuple[Any, list[tuple[Any, Any, bool]]]] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    reason: str = ""
    reach_url: str | None = None


TabMaker = Callable[[Any], Tab | None]
TABS: Registry[str, TabMaker] = Registry("tabs on record pages")  # by module; a maker returns None to stay away


def make_tabs(module: str, item: Any) -> list[Tab]:
    """Return the tabs of one record that have something for this viewer; one that cannot be made stays away alone."""
    made = (show_safely(item, "a tab", make, None) for make in TABS.all_of(module))
    return [tab for tab in made if tab is not None]


@dataclass
class Column:
    """A column head of a list."""

    name: str
    label: Any
    sort_url: str | None
    sorted: str
    css: str


@dataclass
class ListRow:
    """One row of a list."""

    pk: int
    url: str | None
    cells: Sequence[Any]
    label: str


@dataclass
class FacetView:
    """A facet as the filter form prints it."""

    name: str
    label: Any
    options: Sequence[tuple[str, Any]]
    value: str = ""

    @property
    def lacks_blank(self) -> bool:
        """Tell whether the options have none for “any”."""
        return not self.options or bool(self.options[0][0])

    @property
    def drawn(self) -> Markup:
        """Return the options as the select holds them."""
        return draw_options(tuple((key, str(label)) for key, label in self.options), self.value)


@dataclass
class RangeView:
    """A date range as the filter form prints it."""

    name: str
    label: Any
    from_value: str
    to_value: str


@dataclass
class Pager:
    """Where one may go from this page."""

    first: str | None
    prev: str | None
    next: str | None
    last: str | None
    summary: str


@dataclass
class Listing:
    """What the list template prints."""

    columns: list[Column]
    rows: list[ListRow]
    pager: Pager
    q: str = ""
    has_search: bool = False
    facets: list[FacetView] = field(default_factory=list)
    more_facets: list[FacetView] = field(default_factory=list)
    ranges: list[RangeView] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    chips: list[tuple[str, str]] = field(default_factory=list)
    clear_url: str = ""
    page_sizes: list[tuple[int, str, bool]] = field(default_factory=list)
    bulk: list[tuple[str, Any, Any]] = field(default_factory=list)
    bulk_url: str = ""
    bulk_pages: list[tuple[Any, str, str]] = field(default_factory=list)
    edit_base: str | None = None
    delete_base: str | None = None
    embedded: bool = False
    total: int = 0
    is_filtered: bool = False
    empty_title: Any = ""
    empty_text: Any = ""
    export_urls: list[tuple[Any, str]] = field(default_factory=list)
    density: str = "normal"
    views: Any = None  # savedviews.ViewMenu

    @property
    def row_actions(self) -> bool:
        """Tell whether rows have a menu."""
        return self.edit_base is not None or self.delete_base is not None
