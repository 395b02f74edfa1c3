"""A list page as plain data: search, facets, order, keyset pages, capped total. Views declare, templates print."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.interfaces import ORMOption

from ..access.scope import CACHED_OPTION
from ..base.caches import Cache
from ..base.entities import Item, Values
from ..base.input_guard import is_text, parse_id

COUNT_CAP = 10_000
MAX_PAGE = 1_000
PAGE_SIZES = (25, 50, 100)
MAX_QUERY = 80
SKIP, CURSOR_VALUE, CURSOR_ID = "list_skip", "list_value", "list_id"  # parameters of statements: where a page begins
Cursor = tuple[str | int | None, int]  # of a row in an order: its value, as an address carries it, and its id
Start = Mapping[str, object]  # parameters of a statement: where a page begins
_pages: Cache[Select] = Cache("statements of lists without filters", 200)


@dataclass
class Page(Generic[Item]):
    """The rows asked for and where one may go from here."""

    rows: list[Item]
    total: int
    first_index: int | None
    has_prev: bool
    has_next: bool


@dataclass
class ListQuery(Generic[Item]):
    """One list request: statement, order and cursor, read from the address. Odd values fall back, never widen."""

    model: type[Item]
    conditions: list[ColumnElement[bool]] = field(default_factory=list)
    sort: str = ""
    sort_columns: Mapping[str, InstrumentedAttribute] = field(default_factory=dict)
    base_order: tuple[str, str] = ("id", "desc")
    size: int = PAGE_SIZES[0]
    after: Cursor | None = None
    before: Cursor | None = None
    is_last: bool = False
    page: int = 1
    execution_options: Values = field(default_factory=dict)
    cache_key: Hashable = None  # what else the loader options depend on; when given, the statements of a list without filters are cached

    def order(self) -> tuple[InstrumentedAttribute, bool]:
        """Return the column and whether it runs downwards."""
        name, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        if name in self.sort_columns:
            return self.sort_columns[name], down
        return getattr(self.model, self.base_order[0]), self.base_order[1] == "desc"

    def read(self, args: Mapping[str, str]) -> ListQuery[Item]:
        """Take sort, page size and cursor from the address."""
        self.sort = args.get("sort", "")[:60]
        size = args.get("size", "")
        self.size = found if (found := parse_id(size, digits=3)) in PAGE_SIZES else self.size
        self.after, self.before = read_cursor(args.get("after", "")), read_cursor(args.get("before", ""))
        self.is_last = args.get("last") == "1"
        page = args.get("page", "")
        self.page = min(max(parse_id(page, digits=5) or 1, 1), MAX_PAGE)
        return self

    def run(self, session: Session, *options: ORMOption) -> Page[Item]:
        """Fetch the page and the capped total: one statement, and one per eager relation."""
        cursor = None if self.is_last else self.before if self.before is not None else self.after
        backwards = self.before is not None or self.is_last
        is_cached = self.cache_key is not None and not self.conditions
        start = self._bind_cursor(cursor)
        statement = (self._cache_page if is_cached else self.select_page)(options, start, backwards=backwards)
        found = session.execute(statement, start, execution_options={**self.execution_options, CACHED_OPTION: is_cached}).all()
        rows = [row for row, _total in found]
        is_beyond = cursor is not None or self.page > 1  # an empty page behind the last says nothing of the total
        total = found[0][1] if found else self.count(session) if is_beyond else 0
        more = len(rows) > self.size
        rows = rows[: self.size]
        if self.is_last and total <= COUNT_CAP and total:
            rows = rows[: total % self.size or self.size]
        if backwards:
            rows.reverse()
        return self._make_page(rows, total, more=more, backwards=backwards, keyed=cursor is not None)

    def _bind_cursor(self, cursor: Cursor | None) -> Start:
        """Return the parameters that say where the page begins: after a cursor, after a number of rows; none for the first page."""
        if cursor is not None:
            return {CURSOR_VALUE: read_value(self.order()[0], cursor[0]), CURSOR_ID: cursor[1]}
        return {} if self.page == 1 or self.is_last else {SKIP: (self.page - 1) * self.size}

    def select_page(self, options: Sequence[ORMOption], start: Start, *, backwards: bool) -> Select:
        """Select the rows of the page, one more, and the capped total; the statement takes the cursor's values by name."""
        column, down = self.order()
        statement = select(self.model, self.select_total(COUNT_CAP).scalar_subquery()).where(*self.conditions).options(*options)
        if CURSOR_ID in start:
            statement = statement.where(self._beyond(column, start[CURSOR_VALUE], down=down != backwards))
        elif SKIP in start:
            statement = statement.where(self._on_page(column, down=down))
        return self._ordered(statement, column, down=down != backwards).limit(self.size + 1)

    def _cache_page(self, options: Sequence[ORMOption], start: Start, *, backwards: bool) -> Select:
        """Return the statement of a list without filters, as it is asked for most: put together once, whatever the cursor's values."""
        column, down = self.order()
        kind = (*start, start.get(CURSOR_VALUE) is None)
        key = (self.model, column.key, down, backwards, self.size, kind, self.cache_key)
        found = _pages.find(key)
        return found if found is not None else _pages.keep(key, self.select_page(options, start, backwards=backwards))

    def _make_page(self, rows: list[Item], total: int, *, more: bool, backwards: bool, keyed: bool) -> Page[Item]:
        if self.is_last:
            first = total - len(rows) + 1 if total <= COUNT_CAP else None
            return Page(rows, total, first, has_prev=more or (total > len(rows)), has_next=False)
        if keyed:
            return Page(rows, total, None, has_prev=more if backwards else True, has_next=True if backwards else more)
        first = (self.page - 1) * self.size + 1
        return Page(rows, total, first if rows else None, has_prev=self.page > 1, has_next=more)

    def stream(self, session: Session, *options: ORMOption, limit: int, batch: int = 1_000) -> Iterator[Item]:
        """Yield every row in the list's order, whatever the page, a batch in memory at a time."""
        column, down = self.order()
        statement = self._ordered(select(self.model).where(*self.conditions).options(*options), column, down=down).limit(limit)
        yield from session.scalars(statement, execution_options={**self.execution_options, "yield_per": batch})

    def count(self, session: Session, cap: int = COUNT_CAP) -> int:
        """Return the number of rows, exact up to the cap, cap + 1 beyond."""
        return session.scalar(self.select_total(cap), execution_options=dict(self.execution_options)) or 0

    def select_total(self, cap: int) -> Select[tuple[int]]:
        """Select the number of rows, cap + 1 beyond the cap."""
        inner = select(self.model.id).where(*self.conditions).limit(cap + 1).subquery()
        return select(func.count()).select_from(inner)

    def _ordered(self, statement: Select, column: InstrumentedAttribute, *, down: bool) -> Select:
        key = self.model.id
        parts = [] if column is key or not _is_nullable(column) else [column.is_(None).desc() if down else column.is_(None)]
        if column is not key:
            parts.append(column.desc() if down else column.asc())
        return statement.order_by(*parts, key.desc() if down else key.asc())

    def _on_page(self, column: InstrumentedAttribute, *, down: bool) -> ColumnElement[bool]:
        """Return the condition for the rows of a page by its number: those before it are counted off in an index, not read."""
        keys = self._ordered(select(self.model.id).where(*self.conditions), column, down=down)
        page = keys.offset(bindparam(SKIP, type_=Integer)).limit(self.size + 1).subquery()
        return self.model.id.in_(select(page.c.id))

    def _beyond(self, column: InstrumentedAttribute, value: object, *, down: bool) -> ColumnElement[bool]:
        """Return the condition of the rows after the cursor (keyset pagination); rows without a value come last."""
        key, row_id = self.model.id, bindparam(CURSOR_ID, type_=Integer)
        behind_key = key < row_id if down else key > row_id
        if column is key:
            return behind_key
        if value is None:
            same = and_(column.is_(None), behind_key)
            return or_(same, column.is_not(None)) if down else same
        at = bindparam(CURSOR_VALUE, type_=column.type)
        behind = column < at if down else column > at
        if _is_nullable(column) and not down:
            behind = or_(behind, column.is_(None))
        return or_(behind, and_(column == at, behind_key))

    def token(self, row: Item) -> str:
        """Return a row's cursor in the present order, as it stands in an address: [value, id] as JSON in URL-safe Base64."""
        column, _down = self.order()
        value = getattr(row, column.key)
        raw = value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        return base64.urlsafe_b64encode(json.dumps([raw, row.id]).encode()).decode().rstrip("=")


def _is_nullable(column: InstrumentedAttribute) -> bool:
    return bool(column.property.columns[0].nullable)


def read_cursor(text: str) -> Cursor | None:
    """Return the cursor that an address names; None when it names none that a list makes."""
    if not text or len(text) > 600:
        return None
    try:
        cursor = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    if not (isinstance(cursor, list) and len(cursor) == 2) or isinstance(cursor[1], bool) or not isinstance(cursor[1], int):
        return None
    if isinstance(cursor[0], int) and not -(2**31) <= cursor[0] < 2**31:
        return None
    if not isinstance(cursor[0], str | int | None) or (isinstance(cursor[0], str) and not is_text(cursor[0])):
        return None
    return (cursor[0], cursor[1]) if 0 <= cursor[1] < 2**31 else None


def read_value(column: InstrumentedAttribute, raw: str | int | None) -> object:
    """Return a cursor's value as the column's type compares it; None when it does not fit."""
    kind = column.type.python_type
    try:
        if raw is None or isinstance(raw, kind):
            return raw
        if kind in (date, datetime):
            return kind.fromisoformat(raw)
        value = kind(raw)
        fits = abs(value) < 2**31 if kind is int else not isinstance(value, Decimal) or (value.is_finite() and value.adjusted() < 20)
        return value if fits else None
    except (TypeError, ValueError, ArithmeticError):
        return None


def split_words(text: str) -> list[str]:
    """Return the words that a search box asks for, in small letters, at most five."""
    return text[:MAX_QUERY].lower().replace("\x00", "").split()[:5]


def match_words(column: InstrumentedAttribute, text: str) -> list[ColumnElement[bool]]:
    """Return one condition per word: the column contains it, wildcards taken literally, case apart.

    A `search_text` column is in small letters already, so that its index serves.
    """
    if column.key == "search_text":
        return [column.contains(word, autoescape=True) for word in split_words(text)]
    return [column.icontains(word, autoescape=True) for word in split_words(text)]


def say_count(total: int) -> str:
    """Return a capped number of rows in short."""
    return f"{COUNT_CAP:,}+" if total > COUNT_CAP else f"{total:,}"


def summarize(page: Page[Item]) -> str:
    """Return “26–50 of 312”, “more than 10,000” or “none”, in the reader's language."""
    if not page.total:
        return _("Nothing found")
    total = _("more than %(n)s", n=f"{COUNT_CAP:,}") if page.total > COUNT_CAP else f"{page.total:,}"
    if page.first_index is None:
        return _("%(n)s in total", n=total)
    last = page.first_index + len(page.rows) - 1
    return _("%(first)s–%(last)s of %(total)s", first=f"{page.first_index:,}", last=f"{last:,}", total=total)
