"""What customers add to the desk: their screens, statuses, pickers, rules, lists and first entries."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import load_only

from ..core.access.viewer import EDIT, SEE
from ..core.base.notice_kinds import NoticeKind
from ..core.forms.lookups import Lookup, words_in
from ..core.parts.guards import guard_attachment
from ..core.web import modules as seed
from ..core.web.modules import Module, OptionSet, Screen, SeedRows, Series
from ..staff.queries import active_holders, make_staff_lookup
from . import guards, offers, queries
from .models import Contact, Customer, CustomerAttachment, Status
from .views import CustomersApi, CustomersView, StatusesView

STATUSES = [  # Chinese, English, stage, tone
    ("完成录入", "Entered", "lead", "grey"),
    ("初步接触", "First contact", "lead", "blue"),
    ("洽谈中", "In negotiation", "lead", "amber"),
    ("签约", "Signed", "signed", "green"),
    ("解约", "Terminated", "terminated", "red"),
]
_PICKER: dict[str, Any] = {
    "model": Customer, "search": words_in(Customer.search_text), "order": (Customer.sort_name, Customer.id),
    "card": queries.make_cards, "details": queries.make_details,
    "options": (load_only(Customer.id, Customer.name, Customer.number, Customer.status_id, Customer.owner_id, Customer.region_id),),
    "add_endpoint": "CustomersView.add", "add_label": _l("New customer…"),
}  # fmt: skip

MODULE = Module(
    name="customers",
    screens=[
        Screen(CustomersView, _l("Customers"), "building", "work", 10, _l("Customer")),
        Screen(StatusesView, _l("Statuses"), "tag", "admin", 50),
    ],
    apis=[CustomersApi],
    rail=[("Customers", queries.make_contact_part)],
    lookups=[
        Lookup(
            name="contacts", model=Contact, needs=[(action, "Customers") for action in SEE], reach="see", where=queries.of_customer,
            search=words_in(Contact.name), order=(Contact.is_primary.desc(), Contact.id), card=queries.make_contact_cards,
        ),
        Lookup(name="customers", needs=[(action, "Customers") for action in SEE], reach="see", **_PICKER),
        Lookup(
            name="signed-customers", needs=[("can_pick", "Customers"), *((action, "Customers") for action in SEE)],
            where=queries.signed_only, explain=queries.explain_missing, **{**_PICKER, "search": queries.match_shown},
        ),
        Lookup(
            name="contract-customers", needs=[(action, "Customers") for action in EDIT],
            where=queries.contractable, explain=queries.explain_uncontractable, **_PICKER,
        ),
        make_staff_lookup(
            "salespeople", [("can_add", "Customers"), ("can_edit", "Customers")], lambda parent: active_holders("can_edit", "Customers")
        ),
    ],
    facts=offers.FACTS,
    effects=offers.EFFECTS,
    guards=[
        (Customer, guards.guard_customer),
        (Customer, guards.find_restored_phones),
        (Contact, guards.guard_contact),
        (CustomerAttachment, guard_attachment),
        (Status, guards.guard_status),
    ],
    option_sets=[
        OptionSet("industry", _l("Industries"), [
            ("finance", "金融", "Finance"), ("retail", "零售", "Retail"), ("manufacturing", "制造", "Manufacturing"),
            ("software", "软件", "Software"), ("logistics", "物流", "Logistics"), ("medical", "医疗", "Medical"),
            ("education", "教育", "Education"), ("energy", "能源", "Energy"),
            ("government", "政府", "Government"), ("other", "其他", "Other"),
        ]),
        OptionSet("region", _l("Regions"), [
            ("south", "华南", "South China"), ("east", "华东", "East China"), ("north", "华北", "North China"),
            ("west", "西南", "Southwest China"), ("overseas", "海外", "Overseas"),
        ]),
        OptionSet("source", _l("Sources"), [
            ("referral", "客户介绍", "Referral"), ("fair", "展会", "Trade fair"), ("website", "网站", "Website"),
            ("cold_call", "陌生拜访", "Cold call"), ("partner", "合作伙伴", "Partner"), ("other", "其他", "Other"),
        ]),
    ],
    series=[Series("customer", "C{seq:07}")],
    seeds=[
        SeedRows("statuses", lambda: [
            Status(name_zh=zh, name_en=en, stage=stage, tone=tone, position=place * 10)
            for place, (zh, en, stage, tone) in enumerate(STATUSES, 1)
        ])
    ],
    notices=[
        NoticeKind(
            "given",
            lambda who, label: _("%(who)s gave %(label)s to you", who=who, label=label),
            lambda who: _("%(who)s gave an entry to you that you no longer see", who=who),
        )
    ],
    context=queries.find_quick_search,
    grants={
        "Salesperson": {"Customers": (*seed.CRUD, "can_pick", "can_export", seed.OWN)},
        "Regional manager": {"Customers": (*seed.SEE, "can_edit", "can_pick", "can_export", "can_hand_over", seed.DEPARTMENT)},
        "Maintenance": {"Customers": ("can_pick", seed.ALL)},
        "Head of maintenance": {"Customers": ("can_pick", seed.ALL)},
        "Management": {"Customers": (*seed.SEE, "can_export", seed.ALL)},
        "IT": {"Statuses": seed.CRUD},
    },
)  # fmt: skip
