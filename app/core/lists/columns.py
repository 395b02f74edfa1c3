"""The columns of a list and the cells of its rows: one line or two, days by their distance. Its makers are the hot path of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from markupsafe import Markup, escape
from sqlalchemy.orm import class_mapper

from ..access.screens import CellMaker
from ..base.caches import once_each
from ..base.days import draw_told, one_moment, tell_day, tell_time
from ..base.entities import Entity, Item
from ..base.formatting import show
from ..base.page_data import Column, ListRow
from ..base.showing import DASH, prepare_cells, show_cells, show_safely
from ..base.urls import link_with
from .base import ListBase
from .query import ListQuery
from .relations import find_relation, read_names

DOT = Markup(" · ")  # between the values of a second line


@once_each
def find_kind(model: type[Entity], name: str) -> type:
    """Return the Python type of a column's values; `object` for what is no column."""
    columns = class_mapper(model).column_attrs
    return columns[name].columns[0].type.python_type if name in columns else object


def draw_day(day: date | None) -> str:
    """Return a day as lists show it; '' for none."""
    return draw_told(tell_day(day)) if day is not None else ""


def draw_time(instant: datetime | None) -> str:
    """Return a UTC instant as lists show it; '' for none."""
    return draw_told(tell_time(instant)) if instant is not None else ""


class ListColumns(ListBase[Item]):
    """Mixed into a view: the heads and cells of its list."""

    number_columns: frozenset[str] = frozenset({"amount", "hours", "length", "last_value", "position"})
    list_cells: Mapping[str, CellMaker] = {}  # how the list shows a column where it differs from the record page and the export
    phone_columns: Sequence[str] = ()  # the columns that a phone shows; none: all

    def _columns(self, query: ListQuery[Item], names: Sequence[str], *, embedded: bool) -> list[Column]:
        words, columns = self.words(), []
        for name in names:
            mark, url = ("", None) if embedded else self._sorting(query, name)
            also = [] if embedded else [
                (words[other], link, how) for other in self.second_of(name, names)
                for how, link in [self._sorting(query, other)] if link is not None and not self._sort_alike(name, other)
            ]  # fmt: skip
            columns.append(Column(name, words[name], url, mark, name in self.number_columns, also))
        return columns

    def _sort_alike(self, name: str, other: str) -> bool:
        return self.sort_columns.get(name) == self.sort_columns.get(other)

    def _sorting(self, query: ListQuery[Item], name: str) -> tuple[str, str | None]:
        """Return how the list is sorted by a column, and the address that sorts by it, or turns the order round."""
        if name not in query.sort_columns:
            return "", None
        if name != query.sort.removeprefix("-"):
            return "", link_with(sort=name)
        down = query.sort.startswith("-")
        return ("desc", link_with(sort=name)) if down else ("asc", link_with(sort="-" + name))

    def _wide_columns(self, names: Sequence[str]) -> list[int] | None:
        """Return the places, from 0, of the columns that a phone leaves out; None when it shows all, one after the other."""
        return [place for place, name in enumerate(names) if place and name not in self.phone_columns] if self.phone_columns else None

    def _rows(self, rows: Sequence[Item], columns: Sequence[str]) -> list[ListRow]:
        if not rows:
            return []
        base = self.url(self.opens, 0).removesuffix("0")
        opens = self.may("can_show") or self.opens != "show"
        makers = {name: self._cell_maker(name, rows) for name in self.with_second(columns)}
        below = [[makers[other] for other in self.second_of(name, columns)] for name in columns]
        cells = [make_two_lines(makers[name], others) for name, others in zip(columns[1:], below[1:], strict=True)]
        cells.insert(0, makers[columns[0]])
        under = make_line(below[0])
        with one_moment():
            return [
                ListRow(r.id, f"{base}{r.id}" if opens else None, show_cells(r, columns, cells), show_safely(r, "name", str),
                        show_safely(r, columns[0], under) if under is not None else "")
                for r in rows
            ]  # fmt: skip

    def _cell_maker(self, column: str, rows: Sequence[Item]) -> Callable[[Item], object]:
        declared = self.list_cells.get(column) or self.cells.get(column)
        if declared is not None:
            return prepare_cells(declared)
        relation = find_relation(self.model, column)
        if relation is not None:
            key, target = relation
            names = read_names(target, (getattr(row, key) for row in rows))
            return lambda row: names.get(getattr(row, key), "")
        kind = find_kind(self.model, column)
        if issubclass(kind, date):
            draw = draw_time if issubclass(kind, datetime) else draw_day
            return lambda row: draw(getattr(row, column))
        if issubclass(kind, str):
            return lambda row: getattr(row, column) or ""
        return lambda row: show(getattr(row, column))


def make_two_lines(first: CellMaker, others: Sequence[CellMaker]) -> CellMaker:
    """Return the maker of a cell with what stands in its second line; of a cell of one line as it is."""
    under = make_line(others)
    if under is None:
        return first

    # Put together by hand: `Markup.__mod__` would take three times as long, a hundred times a page.
    def draw(row: Item) -> Markup:
        above, small = escape(first(row)), under(row)
        return Markup(f"{above or DASH}<small>{small}</small>") if small else above  # noqa: S704 - both halves are escaped

    return draw


def make_line(makers: Sequence[CellMaker]) -> Callable[[Item], Markup] | None:
    """Return the maker of a second line of several values, those left out that are empty; None for no line."""
    if not makers:
        return None
    if len(makers) == 1:
        only = makers[0]
        return lambda row: escape(only(row))
    return lambda row: DOT.join([escape(made) for make in makers if (made := make(row))])
