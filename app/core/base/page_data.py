"""Pages as plain data: lists, buttons, sections and tabs of records (the pieces of a record's workspace: `workspace`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask_wtf import FlaskForm
from markupsafe import Markup

from .formatting import draw_options
from .i18n import Words


@dataclass
class Button:
    """Something to do with the record: a link, a POST, or a dialog with a form."""

    label: Words
    url: str
    method: str = "get"
    primary: bool = False
    danger: bool = False
    confirm: Words | None = None
    icon: str | None = None
    fields: FlaskForm | None = None


Buttons = list[Button]
Sections = Sequence[tuple[Words | None, Sequence[str]]]
Pairs = Sequence[tuple[Words, object]]
Notes = Sequence[tuple[str, Words, str | None, Words | None]]
Cells = Sequence[tuple[Words, object, bool]]  # label, value, whether it takes the whole width


@dataclass
class Tab:
    """One tab of a record page: a list of children, or a template with data. `fill` makes both, once the tab is opened."""

    id: str
    label: Words
    count: int | None = None
    listing: Listing | None = None
    template: str | None = None
    data: object = None
    new_url: str | None = None
    new_label: Words | None = None
    fill: Callable[[Tab], None] | None = None
    is_in_stream: bool = False  # all of it is told there


@dataclass
class Column:
    """A column head of a list."""

    name: str
    label: Words
    sort_url: str | None
    sorted: str
    css: str


@dataclass
class ListRow:
    """One row of a list."""

    pk: int
    url: str | None
    cells: Sequence[object]
    label: str


@dataclass
class FacetView:
    """A facet as the filter form prints it."""

    name: str
    label: Words
    options: Sequence[tuple[str, Words]]
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
    label: Words
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
    bulk: list[tuple[str, Words, Words]] = field(default_factory=list)
    bulk_url: str = ""
    bulk_pages: list[tuple[Words, str, str]] = field(default_factory=list)
    edit_base: str | None = None
    delete_base: str | None = None
    embedded: bool = False
    total: int = 0
    is_filtered: bool = False
    empty_title: Words = ""
    empty_text: Words = ""
    export_urls: list[tuple[Words, str]] = field(default_factory=list)
    density: str = "normal"
    views: object = None  # the menus over it: lists.saved_views.ViewMenu

    @property
    def row_actions(self) -> bool:
        """Tell whether rows have a menu."""
        return self.edit_base is not None or self.delete_base is not None
