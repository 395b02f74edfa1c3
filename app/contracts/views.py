"""Screens, REST resource and lookups of contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import load_only, selectinload

from ..core.access.directory import PersonCell
from ..core.base import clock
from ..core.base.formatting import money, show
from ..core.base.i18n import Words
from ..core.base.page_data import Button, Buttons, Pairs
from ..core.base.showing import show_safely
from ..core.lists.facets import DateRange, Facet, code_facet
from ..core.views.base import SCOPED, DeskInterface, DeskView
from ..core.views.rest import ApiInterface, DeskApi
from ..customers.queries import customer_facet
from ..staff.queries import department_facet, people_facet
from . import queries, rules
from .models import Contract

LABELS = {
    "number": _l("Contract number"), "customer": _l("Customer"), "title": _l("Title"), "amount": _l("Amount"),
    "currency": _l("Currency"), "signed_on": _l("Signed on"), "start_on": _l("Starts on"), "end_on": _l("Ends on"),
    "status": _l("Status"), "state": _l("Status"), "status_reason": _l("Reason"),
    "renews": _l("Renews"), "remark": _l("Remark"), "owner": _l("Salesperson"), "department": _l("Department"),
    "contract": _l("Contract"), "name": _l("File"), "size": _l("Size"), "sha256": _l("Check sum"), "media_type": _l("File type"),
}  # fmt: skip


class ContractsView(DeskView[Contract]):
    """Contracts: voided with a reason, never deleted."""

    datamodel = DeskInterface(Contract)
    route_base = "/contracts"
    class_permission_name = "Contracts"
    base_permissions = [p for p in SCOPED if p != "can_delete"]
    exclude_route_methods = {"download", "delete"}
    lifecycle = rules.LIFECYCLE
    list_title, add_title, edit_title, new_label = _l("Contracts"), _l("New contract"), _l("Edit contract"), _l("New contract")
    label_columns = LABELS
    has_plain_filters = True
    list_columns = ["title", "customer", "status", "owner", "amount"]
    optional_columns = ["number", "signed_on", "end_on", "currency", "start_on", "status_reason"]
    second_lines = {"title": ("number",), "amount": ("end_on",)}
    phone_columns = ("customer", "status", "amount")
    totals = ("amount", "currency")
    show_columns = ["number"]
    search_columns = order_columns = ["number"]
    search_column = "search_text"
    sort_columns = {"number": "number", "end_on": "end_on"}
    list_cells = {"end_on": queries.describe_end}
    empty_text = _l("A contract needs a signed customer; its number opens the listing process.")
    show_fieldsets = [
        (None, {"fields": ["number", "customer", "owner", "amount", "signed_on", "start_on", "end_on", "renews", "status_reason"]}),
    ]
    record_icon = "file-text"
    add_fieldsets = [
        (_l("Customer"), {"fields": ["customer"]}),
        (_l("Terms"), {"fields": ["title", "amount", "currency", "signed_on", "start_on", "end_on"]}),
        (_l("More about the contract"), {"fields": ["renews", "remark"], "expanded": False}),
    ]
    edit_fieldsets = add_fieldsets
    form_options = {
        "customer": {"description": _l("Type a name, number or phone. Only signed customers can be chosen.")},
        "amount": {"default": None},  # nobody signs for nothing unasked
        "signed_on": {"default": clock.today},
        "start_on": {"default": clock.today},
    }
    cells = {
        "status": lambda row: rules.LIFECYCLE.show(row.state),
        "amount": lambda row: money(row.amount, row.currency),
        "owner": PersonCell("owner_id"),
    }
    show_options = (selectinload(Contract.customer), selectinload(Contract.renews))
    eager = staticmethod(
        lambda: (
            load_only(Contract.id, Contract.number, Contract.title, Contract.customer_id, Contract.status, Contract.owner_id,
                      Contract.amount, Contract.currency, Contract.end_on),
        )
    )  # fmt: skip

    def prefill(self, form: DynamicForm, args: Mapping[str, str]) -> None:
        """Fill a renewal with what the renewed contract says: title, amount, currency and the term that follows."""
        super().prefill(form, args)
        renewed = self.datamodel.get(args["renews"]) if form.renews.data is not None and "renews" in args else None
        if renewed is not None:
            form.title.data, form.amount.data, form.currency.data = renewed.title, renewed.amount, renewed.currency
            form.start_on.data, form.end_on.data = rules.find_next_term(renewed.start_on, renewed.end_on)

    def facets(self) -> Sequence[Facet]:
        """Offer the state, then whose it is and the currency."""
        states = [(key, state.label) for key, state in rules.LIFECYCLE.states.items()]
        currencies = [(code, code) for code in rules.CURRENCIES]
        return [
            Facet("status", _l("Status"), lambda: states, queries.in_state),
            people_facet("owner", _l("Salesperson"), Contract.owner_id),
            customer_facet(Contract.customer_id),
            department_facet(Contract.department_id),
            Facet("currency", _l("Currency"), lambda: currencies, code_facet(Contract.currency, rules.CURRENCIES), is_main=False),
        ]

    def ranges(self) -> Sequence[DateRange]:
        """Offer the end and the signature."""
        return [DateRange("ends", _l("Ends on"), Contract.end_on, is_main=True), DateRange("signed", _l("Signed on"), Contract.signed_on)]

    def buttons_of(self, item: Contract) -> Buttons:
        buttons = super().buttons_of(item)
        if self.may("can_add") and rules.is_renewable(item.status) and item.customer is not None:
            url = self.url("add", customer=item.customer_id, renews=item.id)
            buttons.insert(0, Button(_("Renew"), url, icon="refresh"))
        return buttons

    def heading_of(self, item: Contract) -> str:
        return str(item.title)

    def badge_of(self, item: Contract) -> Words:
        return self.cells["status"](item)

    def facts_of(self, item: Contract) -> Pairs:
        term = f"{show(item.start_on)} – {show(item.end_on)}" if item.start_on or item.end_on else ""
        return [("", show_safely(item, "amount", self.cells["amount"])), (_("Term"), term)]

    def began_at(self, item: Contract) -> datetime:
        """Return when it was entered, or signed, where it was entered later."""
        return queries.find_beginning(item)

    def lead_of(self, item: Contract) -> str:
        return item.remark

    def may_attach(self, item: Contract) -> bool:
        """Offer it while the contract has not ended."""
        return super().may_attach(item) and item.status not in rules.ENDED


class ContractsApi(DeskApi):
    """Contracts over REST."""

    datamodel = ApiInterface(Contract)
    resource_name = "contracts"
    screen = ContractsView
    class_permission_name = "Contracts"
    base_permissions = ContractsView.base_permissions
    exclude_route_methods = {"delete"}
    list_columns = [
        "id", "number", "customer_id", "customer_name", "title", "amount", "currency", "signed_on", "start_on", "end_on",
        "status", "state", "renews_id",
    ]  # fmt: skip
    show_columns = [*list_columns, "status_reason", "remark", "created_at", "row_version"]
    add_columns = ["customer_id", "title", "amount", "currency", "signed_on", "start_on", "end_on", "renews_id", "remark"]
    edit_columns = [*add_columns, "status", "status_reason"]
    search_columns = ["number", "customer_id", "title", "status", "amount", "signed_on", "start_on", "end_on"]
    order_columns = ["id", "number", "amount", "end_on", "signed_on"]
    eager = staticmethod(lambda: (selectinload(Contract.customer),))
