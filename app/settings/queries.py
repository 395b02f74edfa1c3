"""The ledger of issued numbers: one page of it, and the proof per series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from ..core.access.scope import owned_models
from ..core.access.screens import screen_of
from ..core.base.formatting import badge, show
from ..core.base.page_data import Column, Listing, ListRow, Pager
from ..core.base.showing import DASH, show_safely
from ..core.base.urls import link_with
from ..core.lists.query import MAX_QUERY
from ..core.writes.numbering import IssuedNumber, NumberSeries, known_series
from ..extensions import db
from ..staff.models import Staff

PAGE = 50


@dataclass
class SeriesProof:
    """What one series of one year has issued: whole when the places 1 … last are each in the ledger once."""

    code: str
    year: int
    last_value: int
    issued: int
    first: str
    last: str

    @property
    def is_whole(self) -> bool:
        """Tell whether no number is missing and none stands twice."""
        return self.issued == self.last_value


def name_series(code: str) -> str:
    """Return what a person calls the records that this series numbers."""
    return known_series().get(code, code)


def prove_series() -> list[SeriesProof]:
    """Return the proof for every series in use. The ledger's own key forbids doubles, so counting is enough."""
    issued, series = IssuedNumber, NumberSeries
    rows = db.session.execute(
        select(series.code, series.year, series.last_value, func.count(issued.number), func.min(issued.number),
               func.max(issued.number))
        .outerjoin(issued, (issued.code == series.code) & (issued.year == series.year) & (issued.sequence <= series.last_value))
        .group_by(series.code, series.year, series.last_value)
        .order_by(series.code, series.year)
    )  # fmt: skip
    return [SeriesProof(code, year, last, count, first or "–", high or "–") for code, year, last, count, first, high in rows]


def read_ledger(args: Mapping[str, str]) -> tuple[Listing, list[SeriesProof]]:
    """Return a page of the ledger, the highest number first, and the proof of every series."""
    issued = IssuedNumber
    statement = select(issued, Staff).outerjoin(Staff, Staff.id == issued.issued_by_id)
    text, after = args.get("q", "").strip()[:MAX_QUERY], args.get("after", "")[:20]
    if text:
        statement = statement.where(issued.number.contains(text.upper(), autoescape=True))
    if after:
        statement = statement.where(issued.number < after)
    rows = db.session.execute(statement.order_by(issued.number.desc()).limit(PAGE + 1)).all()
    holders = _find_holders([entry.number for entry, _person in rows[:PAGE]])
    listing = Listing(
        columns=[Column(name, label, None, "", False) for name, label in (
            ("number", _("Number")), ("series", _("Series")), ("record", _("Record")), ("issued_at", _("Issued at")),
            ("by", _("Issued by")),
            ("fate", _("Fate")), ("reason", _("Reason")),
        )],
        rows=[_make_row(entry, person, holders) for entry, person in rows[:PAGE]],
        pager=Pager(
            first=link_with() if after else None, prev=None,
            next=link_with(after=rows[PAGE - 1][0].number) if len(rows) > PAGE else None, last=None,
            summary=_("%(n)s on this page", n=min(len(rows), PAGE)),
        ),
        q=text, has_search=True, clear_url=url_for("LedgerView.list"), is_filtered=bool(text),
        chips=[(f"“{text}”", url_for("LedgerView.list"))] if text else [], empty_title=_("No number has been issued yet"),
    )  # fmt: skip
    return listing, prove_series()


def _make_row(entry: IssuedNumber, person: Staff | None, holders: Mapping[str, tuple[str, str]]) -> ListRow:
    statuses = {"used": (_("Used"), "green"), "void": (_("Void"), "grey"), "purged": (_("Purged"), "red")}
    label, tone = statuses.get(entry.fate, (entry.fate, "grey"))
    name, url = holders.get(entry.number, ("–", None))
    issued_at = show_safely(entry, "issued_at", lambda one: show(one.issued_at))
    by = show_safely(person, "name", str) if person is not None else DASH
    cells = [entry.number, name_series(entry.code), name, issued_at, by, badge(label, tone), entry.reason]
    return ListRow(0, url, cells, entry.number)


def _find_holders(numbers: list[str]) -> dict[str, tuple[str, str]]:
    """Return number -> (name, address) of the records that this viewer may open."""
    found: dict[str, tuple[str, str]] = {}
    models: tuple[Any, ...] = owned_models()
    for model in models:
        screen = screen_of(model)
        if model.policy.number is None or screen is None or not numbers:
            continue
        for row in db.session.scalars(select(model).where(model.number.in_(numbers))):
            found[row.number] = (show_safely(row, "heading", screen.heading_of), screen.url("show", row))
    return found
