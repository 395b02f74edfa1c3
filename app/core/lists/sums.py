"""The sums of a list, by currency: of a short one on the page, of a longer one when they are asked for. No list waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access_api, permission_name
from sqlalchemy import func, select

from ...extensions import db
from ..base.entities import Item
from ..base.formatting import money
from ..base.page_data import Listing
from ..base.showing import ODD, note_odd
from ..base.urls import SUMS, link_with
from .base import ListBase
from .query import COUNT_CAP, ListQuery, Page
from .saved_views import clean_query


class ListSums(ListBase[Item]):
    """Mixed into a view: what the amounts of its list come to, within the viewer's reach and the filters."""

    @expose("/sums", methods=["GET"])
    @has_access_api
    @permission_name("list")
    def sums(self) -> ResponseReturnValue:
        """Answer as JSON what the list as filtered comes to, a line for each currency."""
        return jsonify({"sums": self._read_sums(self.read_query(request.args)[0])})

    def add_sums(self, listing: Listing, query: ListQuery[Item], page: Page[Item], *, is_asked: bool) -> None:
        """Add the sums to a list that has them: added up from its rows when it has no others, else read when they were asked for."""
        if self.totals is None or not page.rows:
            return
        listing.sum_column = next((place for place, column in enumerate(listing.columns) if column.name == self.totals[0]), None)
        if page.total == len(page.rows):
            listing.sums = self._add_up(page.rows)
        elif is_asked:
            listing.sums = self._read_sums(query)
        else:
            asked = clean_query(self, list(request.args.items(multi=True)))
            listing.sums_url, listing.sums_page = f"{self.url('sums')}?{asked}", link_with(**{SUMS: 1})
            listing.is_summed_at_once = page.total <= COUNT_CAP

    def _read_sums(self, query: ListQuery[Item]) -> list[str]:
        amount, currency = (getattr(self.model, name) for name in self.totals or ())
        statement = select(currency, func.sum(amount)).where(*query.conditions).group_by(currency).order_by(currency)
        return _say((code, Decimal(total)) for code, total in db.session.execute(statement))

    def _add_up(self, rows: Iterable[Item]) -> list[str]:
        amount, currency = self.totals or ("", "")
        found: dict[str, Decimal] = {}
        for row in rows:
            try:
                found[getattr(row, currency)] = found.get(getattr(row, currency), Decimal()) + getattr(row, amount)
            except ODD as error:
                note_odd(row, amount, error)
        return _say(sorted(found.items()))


def _say(sums: Iterable[tuple[str, Decimal]]) -> list[str]:
    return [money(total, currency) for currency, total in sums]
