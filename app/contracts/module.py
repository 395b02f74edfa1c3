"""What contracts add to the desk: their screen, pickers, a tab and lines on a customer's page and card, their number."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from ..core.forms.lookups import Lookup, words_in
from ..core.views.timeline import Source
from ..core.web import modules as seed
from ..core.web.modules import Module, Screen, Series
from ..customers.models import Customer
from . import guards, offers, queries
from .models import Contract, ContractAttachment
from .views import ContractsApi, ContractsView

_PICKER: dict[str, Any] = {
    "model": Contract, "search": words_in(Contract.search_text), "order": (Contract.end_on.desc(), Contract.id.desc()),
    "card": queries.make_contract_cards, "details": queries.make_contract_details,
}  # fmt: skip

MODULE = Module(
    name="contracts",
    screens=[Screen(ContractsView, _l("Contracts"), "file-text", "work", 30, _l("Contract"))],
    apis=[ContractsApi],
    lookups=[
        Lookup(
            name="contracts-of", needs=[("can_pick", "Contracts"), ("can_list", "Contracts"), ("can_show", "Contracts")],
            where=queries.contracts_of, **_PICKER,
        ),
        Lookup(name="renewable-contracts", needs=[("can_edit", "Contracts"), ("can_add", "Contracts")],
               where=queries.renewable_of, reach="see", **_PICKER),
    ],
    rail=[("Customers", queries.make_term_part)],
    buttons=[("Customers", queries.make_buttons)],
    timeline=[("Customers", Source("contracts", _l("Contracts"), queries.read_events, "Contracts", "ContractsView.list", "customer"))],
    card_lines=[("signed-customers", queries.add_contract_lines), ("contract-customers", queries.add_contract_lines)],
    guards=[
        (Contract, guards.guard_contract),
        (ContractAttachment, guards.guard_attachment),
        (Customer, guards.guard_customer_of_contracts),
    ],
    facts=offers.FACTS,
    effects=offers.EFFECTS,
    series=[Series("contract", "HT{year}{seq:06}")],
    grants={
        "Salesperson": {"Contracts": (*seed.KEEP, "can_pick", "can_export", seed.OWN)},
        "Regional manager": {"Contracts": (*seed.SEE, "can_edit", "can_pick", "can_export", seed.DEPARTMENT)},
        "Maintenance": {"Contracts": ("can_pick", seed.ALL)},
        "Head of maintenance": {"Contracts": ("can_pick", seed.ALL)},
        "Management": {"Contracts": (*seed.SEE, "can_export", seed.ALL)},
    },
)  # fmt: skip
