"""Exports: what a list shows under its filters, in its order and scope, as a CSV or XLSX file."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from itertools import dropwhile
from typing import IO, TYPE_CHECKING

from flask import abort, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import class_mapper

from ...extensions import db
from ..access.mixins import Owned
from ..access.scope import make_condition
from ..access.viewer import current_viewer, from_source
from ..base import clock
from ..base.entities import Item
from ..base.formatting import show
from ..base.i18n import Words
from ..base.showing import prepare_cells, show_cells
from ..writes import commit
from ..writes.history import note_event_of
from .base import ListBase
from .facets import Args
from .query import ListQuery
from .saved_views import clean_query

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 50_000
# What a spreadsheet would take for a formula; the full-width signs too, which some input methods turn into it.
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫")
# Signs that show nothing though Unicode counts them as letters or symbols; all others are told by their category.
BLANK_SIGNS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
BLANK_KINDS = frozenset({"Cc", "Cf", "Cn", "Mn", "Me", "Zs", "Zl", "Zp"})
IN_MEMORY = 2 * 1024 * 1024  # bytes of a file that need no place on disk
MAX_CELL = 32_767  # characters that Excel keeps
FIRST_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900

Rows = Iterator[Sequence[object]]


def as_text(value: object) -> str:
    """Return a value as the list's reader sees it, without markup."""
    shown = show(value)
    return str(shown.striptags()) if isinstance(shown, Markup) else str(shown)


def check_writable(value: date | Decimal | None) -> date | Decimal | None:
    """Return a day, instant or amount that every kind of file can hold. Raises ValueError for an amount that is no number."""
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError
    return value


def defuse(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever invisible signs stand before the formula's sign."""
    if text.startswith(FORMULA_SIGNS) or (is_blank(text[:1]) and _drop_blanks(text).startswith(FORMULA_SIGNS)):
        return "'" + text
    return text


def is_blank(sign: str) -> bool:
    """Tell whether one sign shows nothing of its own: white space, controls, joiners, marks that need a letter before them."""
    return bool(sign) and (unicodedata.category(sign) in BLANK_KINDS or sign in BLANK_SIGNS)


def _drop_blanks(text: str) -> str:
    return "".join(dropwhile(is_blank, text))


def write_csv(file: IO[bytes], _title: str, heads: Sequence[str], rows: Rows) -> int:
    """Write rows as CSV with a byte order mark, by which Excel knows UTF-8; return how many."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer, count = csv.writer(text), 0
    writer.writerow([defuse(head) for head in heads])
    for count, row in enumerate(rows, 1):  # noqa: B007 – the last number is the answer
        writer.writerow([defuse(value) if isinstance(value, str) else as_text(value) for value in row])
    text.detach()
    return count


def write_xlsx(file: IO[bytes], title: str, heads: Sequence[str], rows: Rows) -> int:
    """Write rows as one sheet, a row in memory at a time; days and amounts as such; return how many."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = import_module("xlsxwriter").Workbook(file, options)  # only now: two megabytes that most processes never need
    sheet, head = book.add_worksheet(title[:31]), book.add_format({"bold": True, "bottom": 1})
    formats = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), date: book.add_format({"num_format": "yyyy-mm-dd"}),
        Decimal: book.add_format({"num_format": "#,##0.00"}),
    }  # fmt: skip
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, max(len(heads) - 1, 0), 18)
    for place, name in enumerate(heads):
        sheet.write_string(0, place, name, head)
    count = 0
    for count, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            _write_cell(sheet, count, place, value, formats)
    sheet.autofilter(0, 0, count, max(len(heads) - 1, 0))
    book.close()
    return count


def _write_cell(sheet: Worksheet, line: int, place: int, value: object, formats: Mapping[type[date | Decimal], Format]) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(line, place, float(value), formats[Decimal])
    elif isinstance(value, date) and (value.date() if isinstance(value, datetime) else value) >= FIRST_DAY:
        kind = datetime if isinstance(value, datetime) else date
        sheet.write_datetime(line, place, clock.to_local(value) if isinstance(value, datetime) else value, formats[kind])
    elif value not in (None, ""):
        sheet.write_string(line, place, as_text(value)[:MAX_CELL])


def _rewind(file: IO[bytes]) -> IO[bytes]:
    """Return a written file to be read from its beginning; a small one from memory, its place on disk given back."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > IN_MEMORY:
        return file
    with file:
        return io.BytesIO(file.read())


WRITERS: dict[str, tuple[Callable[[IO[bytes], str, Sequence[str], Rows], int], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class ListExports(ListBase[Item]):
    """Mixed into a list view: its export, for those who have `can_export` on the module."""

    @expose("/export/<kind>", methods=["GET"])
    @has_access
    def export(self, kind: str) -> ResponseReturnValue:
        """Send every row of the list as filtered, with all its columns, as a file; and write down that it was sent."""
        if kind not in WRITERS:
            abort(404)
        if not self.may("can_list"):
            abort(403)
        # The list's own conditions, and those of the roles that may export: another role's wider reach is not lent.
        model = self.model
        reach = make_condition(model, current_viewer(), ("can_export",)) if issubclass(model, Owned) else None
        query = self.read_query(request.args, *([reach] if reach is not None else []))[0]
        asked = clean_query(self, list(request.args.items(multi=True)))
        if query.count(db.session, cap=MAX_ROWS) > MAX_ROWS:
            flash(_("More than %(n)s rows cannot be exported at once. Narrow the list with a filter.", n=f"{MAX_ROWS:,}"), "danger")
            return redirect(f"{self.url('list')}?view=0&{asked}")
        write, media_type = WRITERS[kind]
        columns = self.all_columns()
        title = str(self.list_title)
        file = tempfile.TemporaryFile()  # noqa: SIM115 – the response closes it
        count = write(file, title, [str(self.label_columns.get(name, name)) for name in columns], self._export_rows(query, columns))
        self._note_export(f"{count} {kind} {asked}".strip())
        name = f"{title}-{clock.today().isoformat()}.{kind}"
        return send_file(_rewind(file), mimetype=media_type, as_attachment=True, download_name=name, max_age=None)

    def _export_rows(self, query: ListQuery[Item], columns: Sequence[str]) -> Rows:
        options = self.load_options(columns, one_by_one=True)
        makers = [self._export_maker(name) for name in columns]
        for row in query.stream(db.session, *options, limit=MAX_ROWS):
            yield show_cells(row, columns, makers)

    def _export_maker(self, column: str) -> Callable[[Item], object]:
        """Return how a column is exported: days, instants and amounts as such, all else as the record shows it."""
        columns = class_mapper(self.model).column_attrs
        if column in columns:
            kind = columns[column].columns[0].type.python_type
            if issubclass(kind, date | Decimal):
                return lambda row: check_writable(getattr(row, column))
        made = prepare_cells(self.cells[column]) if column in self.cells else lambda row: show(getattr(row, column))
        return lambda row: as_text(made(row))

    def _note_export(self, text: str) -> None:
        """Write one line of history, in a transaction of its own: this one began as a reader's."""
        db.session.rollback()
        with from_source("action"):
            note_event_of(db.session(), self.model, 0, "export", new=text)
            commit.commit()

    def export_links(self, args: Args) -> list[tuple[Words, str]]:
        """Return (name, address) of the exports of the list as it is filtered now, for whoever may."""
        if not self.may("can_export"):
            return []
        asked = clean_query(self, list(args.items(multi=True)))
        tail = f"?{asked}" if asked else ""
        return [(label, self.url("export", kind=kind) + tail) for kind, label in (("csv", "CSV"), ("xlsx", "Excel"))]
