"""The base of every list: the columns, facets and order that a view declares, and what its page and its exports ask the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from flask_babel import get_locale
from sqlalchemy import ColumnElement
from sqlalchemy.orm import class_mapper, selectinload, undefer
from sqlalchemy.orm.interfaces import ORMOption

from ..access.screens import ScreenBase
from ..base.caches import Cache
from ..base.entities import Item
from .facets import FACETS, Args, DateRange, Facet
from .query import MAX_QUERY, ListQuery, match_words
from .relations import find_relation, load_named

_loading: Cache[tuple[ORMOption, ...]] = Cache("how the rows of lists are loaded", 500, is_of_code=True)


class ListBase(ScreenBase[Item]):
    """What a list declares, and the query that an address asks of it."""

    list_columns: Sequence[str]
    optional_columns: Sequence[str] = ()  # shown to whoever asks for them, and exported
    former_columns: Mapping[str, str] = {}  # what saved views and links of earlier releases call a column -> its name now
    second_lines: Mapping[str, Sequence[str]] = {}  # column -> the columns whose values stand below its own, small
    totals: tuple[str, str] | None = None  # the column of the amounts that are summed, and that of their currencies
    base_order: tuple[str, str] = ("id", "desc")
    search_column: str | None = None
    sort_columns: Mapping[str, str] = {}
    has_plain_filters = False  # the filters, as long as none is set, follow from the code and the short lists alone, whoever looks
    eager: Callable[[], Sequence[ORMOption]] = staticmethod(lambda: ())
    _words: dict[str, dict[str, str]]  # language -> column -> word

    def facets(self) -> Sequence[Facet]:
        """Return the list's facets; the view declares them."""
        return ()

    def all_facets(self) -> Sequence[Facet]:
        """Return the list's facets, and those by which downstream modules narrow it."""
        return [*self.facets(), *FACETS.all_of(self.class_permission_name)]

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

    def second_of(self, column: str, shown: Sequence[str]) -> list[str]:
        """Return what stands in a column's second line, but for what has a column of its own among those shown."""
        return [name for name in self.second_lines.get(column, ()) if name not in shown]

    def with_second(self, shown: Sequence[str]) -> list[str]:
        """Return the columns that are shown, and those of their second lines."""
        return [*shown, *(name for column in shown for name in self.second_of(column, shown))]

    def read_query(
        self, args: Args, *where: ColumnElement[bool], unfiltered: bool = False
    ) -> tuple[ListQuery[Item], Sequence[Facet], Sequence[DateRange]]:
        """Return what the address asks for, with the facets and ranges it was read by; for the page and its exports alike."""
        model = self.model
        facets, ranges = ((), ()) if unfiltered else (self.all_facets(), self.ranges())
        conditions = [*where, *self._conditions(args, facets, ranges)]
        sortable = {name: getattr(model, column) for name, column in self.sort_columns.items()}
        return ListQuery(model, conditions, sort_columns=sortable, base_order=self.base_order).read(self._rename_sort(args)), facets, ranges

    def _rename_sort(self, args: Mapping[str, str]) -> Mapping[str, str]:
        name = args.get("sort", "").removeprefix("-")
        return {**args, "sort": args["sort"].replace(name, self.former_columns[name])} if name in self.former_columns else args

    def load_options(self, columns: Sequence[str], *, one_by_one: bool = False) -> tuple[ORMOption, ...]:
        """Return how rows are loaded so that these columns cost no statement of their own.

        `one_by_one`: relations that go by a name are loaded with the rows; a page looks all its names up at once instead.
        """
        key = (type(self), tuple(columns), one_by_one)
        return _loading.find(key) or _loading.keep(key, tuple(self._make_options(columns, one_by_one=one_by_one)))

    def _make_options(self, columns: Sequence[str], *, one_by_one: bool) -> list[ORMOption]:
        model = self.model
        options, mapper = list(self.eager()), class_mapper(model)
        for name in columns:
            named = None if name in self.cells else find_relation(model, name)
            if named is not None:
                options.append(load_named(model, name) if one_by_one else undefer(getattr(model, named[0])))
            elif name in self.list_columns:
                continue
            elif name in mapper.relationships:
                relation = mapper.relationships[name]
                options.extend(undefer(mapper.get_property_by_column(column).class_attribute) for column in relation.local_columns)
                if name not in self.cells:
                    options.append(selectinload(relation.class_attribute))
            elif name in mapper.column_attrs:
                options.append(undefer(mapper.column_attrs[name].class_attribute))
        return options

    def _conditions(self, args: Args, facets: Sequence[Facet], ranges: Sequence[DateRange]) -> Iterator[ColumnElement[bool]]:
        text = args.get("q", "").strip()[:MAX_QUERY]
        if text and self.search_column:
            yield from match_words(getattr(self.model, self.search_column), text)
        for facet in facets:
            if values := facet.read(args):
                yield facet.condition(values)
        for span in ranges:
            yield from span.conditions(args)
