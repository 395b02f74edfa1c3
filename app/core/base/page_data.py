"""Pages as plain data: lists, buttons, sections and tabs of records (the pieces of a record's workspace: `workspace`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flask_wtf import FlaskForm
from markupsafe import Markup, escape

from .formatting import draw_boxes
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
    is_main: bool = False  # stands below the details, unasked: what the page is for


def defer_tab(tab_id: str, label: Words, make: Callable[[], Tab], *, is_in_stream: bool = False) -> Tab:
    """Return a tab whose content is made once it is opened."""

    def fill(tab: Tab) -> None:
        made = make()
        tab.count, tab.template, tab.data = made.count, made.template, made.data

    return Tab(tab_id, label, fill=fill, is_in_stream=is_in_stream)


@dataclass
class Column:
    """A column head of a list."""

    name: str
    label: Words
    sort_url: str | None
    sorted: str
    is_number: bool
    also: Sequence[tuple[Words, str, str]] = ()  # what stands in its second line and sorts: label, address, how it is sorted

    @property
    def order(self) -> str:
        """Return how the list is sorted by this column or by its second line, as ARIA says it; '' when it is not."""
        found = next((how for how in (self.sorted, *(how for _label, _url, how in self.also)) if how), "")
        return {"asc": "ascending", "desc": "descending"}.get(found, "")


@dataclass
class ListRow:
    """One row of a list."""

    pk: int
    url: str | None
    cells: Sequence[object]
    label: str
    second: str = ""  # the second line of the first cell


@dataclass
class FacetView:
    """A facet as the filter form prints it."""

    name: str
    label: Words
    options: Sequence[tuple[str, Words]]
    chosen: Sequence[tuple[str, Words]] = ()
    clear_url: str = ""
    is_far: bool = False  # its values are not listed here but asked for
    found_by: str = ""  # the words by which these options were looked up
    is_open: bool = False

    @property
    def is_bare(self) -> bool:
        """Tell whether its panel is made when it is opened: nothing of it is chosen or was asked for."""
        return self.is_far and not self.chosen and not self.is_open

    @property
    def shown(self) -> Sequence[Words]:
        """Return the labels that the closed facet shows: of three values and more the first two."""
        return [label for _value, label in self.chosen[:2]]

    @property
    def boxes(self) -> tuple[Markup, Markup]:
        """Return the chosen values as tick boxes, and the others."""
        chosen = tuple((value, str(label)) for value, label in self.chosen)
        ticked = {value for value, _label in self.chosen}
        rest = tuple((value, str(label)) for value, label in self.options if value not in ticked)
        return draw_boxes(self.name, chosen, ticked=True), draw_boxes(self.name, rest, ticked=False)


@dataclass
class RangeView:
    """A date range as the filter form prints it."""

    name: str
    label: Words
    from_value: str
    to_value: str
    clear_url: str = ""

    @property
    def shown(self) -> str:
        """Return what the closed filter shows: both ends, or the one that is set."""
        if self.from_value and self.to_value:
            return f"{self.from_value} – {self.to_value}"
        return f"≥ {self.from_value}" if self.from_value else f"≤ {self.to_value}" if self.to_value else ""


@dataclass
class Pager:
    """Where one may go from this page."""

    first: str | None
    prev: str | None
    next: str | None
    last: str | None
    summary: str


def _draw_cell(mark: str, cell: object) -> str:
    return f"{mark}{cell if type(cell) is Markup else escape(cell)}"  # by “+” Markup would escape the mark


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
    facet_base: str = ""  # where the values of a facet are asked for, its name put behind
    ranges: list[RangeView] = field(default_factory=list)
    more_ranges: list[RangeView] = field(default_factory=list)
    facets_drawn: Markup | None = None  # the facets and spans as they were drawn before; None: they are drawn by the template
    facets_kept: Callable[[Markup], object] | None = None  # where what the template drew is kept for the next page
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
    wide_columns: Sequence[int] | None = None  # the places of the columns that a phone leaves out; None: rows are no cards there
    sum_column: int | None = None  # the place of the column whose amounts are added up as rows are ticked
    count_text: str = ""  # how many rows there are, for the tab of the view that is open
    sums: list[str] = field(default_factory=list)
    sums_url: str = ""  # where the sums of more than a page are read; "" for a list that is not summed
    sums_page: str = ""  # the page that shows them
    is_summed_at_once: bool = False  # a list that is short enough that its sums may be asked for unasked
    views: object = None  # the menus over it: lists.saved_views.ViewMenu

    def keep_facets(self, drawn: Markup) -> Markup:
        """Return the facets as drawn, kept for the next page where they are the same for it."""
        if self.facets_kept is not None:
            self.facets_kept(drawn)
        return drawn

    def draw_rest(self, row: ListRow) -> Markup:
        """Return the cells of a row but the first, which is its head: the hot path, where a loop in the template takes twice as long."""
        return Markup("".join(map(_draw_cell, self._marks, row.cells[1:])))  # noqa: S704 - each cell is escaped

    @cached_property
    def _marks(self) -> list[str]:
        return ['<td class="num">' if column.is_number else "<td>" for column in self.columns[1:]]

    @property
    def row_actions(self) -> bool:
        """Tell whether rows have a menu."""
        return self.edit_base is not None or self.delete_base is not None
