"""Screens of the lists, the number series and the ledger of issued numbers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.base.formatting import badge
from ..core.lists.facets import Facet, code_facet
from ..core.views.base import CRUD, DeskInterface, DeskView
from ..core.writes.numbering import NumberSeries
from ..core.writes.option_sets import Choice, known_lists
from .queries import name_series, read_ledger

NAMED_LABELS = {
    "name_zh": _l("Chinese name"), "name_en": _l("English name"), "position": _l("Position"), "is_active": _l("In use"),
}  # fmt: skip


class ChoicesView(DeskView[Choice]):
    """Entries of the short lists."""

    datamodel = DeskInterface(Choice)
    route_base = "/lists"
    class_permission_name = "Lists"
    base_permissions = CRUD[:-1]
    exclude_route_methods = {"download", "delete"}
    list_title, add_title, edit_title, new_label = _l("Lists"), _l("New entry"), _l("Edit entry"), _l("New entry")
    label_columns = {"list_code": _l("List"), **NAMED_LABELS}
    list_columns = ["name_zh", "name_en", "list_code", "position", "is_active"]
    show_columns = ["list_code", "name_zh", "name_en", "position", "is_active"]
    add_columns = ["list_code", "name_zh", "name_en", "position", "is_active"]
    edit_columns = ["name_zh", "name_en", "position", "is_active"]
    search_columns = order_columns = ["name_zh"]
    base_order = ("list_code", "asc")
    cells = {"list_code": lambda row: str(known_lists().get(row.list_code, row.list_code))}

    def facets(self) -> Sequence[Facet]:
        """Offer the list."""
        return [Facet("list", _l("List"), lambda: list(known_lists().items()), code_facet(Choice.list_code, list(known_lists())))]


class SeriesView(DeskView[NumberSeries]):
    """How numbers look."""

    datamodel = DeskInterface(NumberSeries)
    route_base = "/series"
    class_permission_name = "NumberSeries"
    base_permissions = CRUD[:-1]
    exclude_route_methods = {"download", "delete"}
    list_title, add_title, edit_title = _l("Number series"), _l("New year of a series"), _l("Edit number series")
    new_label = _l("New year")
    lead = _l("A year's pattern can be edited until its first number is issued; the length stays for ever.")
    label_columns = {
        "code": _l("Series"), "year": _l("Year"), "pattern": _l("Pattern"), "length": _l("Length"), "last_value": _l("Issued"),
    }  # fmt: skip
    list_columns = ["pattern", "code", "year", "length", "last_value"]
    show_columns = ["code", "year", "pattern", "length", "last_value"]
    add_columns = ["code", "year", "pattern"]
    edit_columns = ["pattern"]
    cells = {"code": lambda row: name_series(row.code), "year": lambda row: row.year or "–"}
    search_columns = order_columns = ["code"]
    description_columns = {"pattern": _l("Capital letters, digits and -, then {year} if wanted, then {seq:06}.")}


class LedgerView(BaseView):
    """The ledger: every number issued, to what, its status; and the proof that there is no gap."""

    route_base = "/numbers"
    default_view = "list"
    class_permission_name = "Numbers"
    base_permissions = ["can_list"]

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> ResponseReturnValue:
        """Show one page of the ledger under the proof per series."""
        listing, proof = read_ledger(request.args)
        rows = [
            (f"{name_series(line.code)} {line.year or ''}".strip(), line.issued, line.first, line.last,
             badge(_("No gap"), "green") if line.is_whole else badge(_("Gap"), "red"))
            for line in proof
        ]  # fmt: skip
        return self.render_template("settings/ledger.html", title=_("Numbers"), listing=listing, proof=rows)
