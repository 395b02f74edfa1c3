"""What activities add to the desk: their screen, lines on a customer's page, their kinds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.views.timeline import Source
from ..core.web import modules as seed
from ..core.web.modules import Module, OptionSet, Screen
from ..core.writes.kept import Kept
from . import guards, queries
from .composing import WRITER
from .models import Activity
from .views import ActivitiesApi, ActivitiesView

MODULE = Module(
    name="activities",
    screens=[Screen(ActivitiesView, _l("Activities"), "phone", "work", 20, _l("Activity"))],
    apis=[ActivitiesApi],
    composers=[("Customers", WRITER)],
    timeline=[
        ("Customers", Source("activities", _l("Calls and visits"), queries.read_events, "Activities", "ActivitiesView.list", "customer"))
    ],
    guards=[(Activity, guards.guard_activity)],
    kept=[
        Kept(
            Activity, "customer_id",
            frozenset({"customer_id", "happened_at", "kind_id", "contact_id", "withdrawn_at", "deleted_at"}),
            guards.recount_last_contacts,
        )
    ],
    option_sets=[
        OptionSet("activity_kind", _l("Kinds of activity"), [
            ("call", "电话", "Call"), ("visit", "拜访", "Visit"), ("mail", "邮件", "Mail"), ("message", "微信或短信", "Message"),
            ("meeting", "会议", "Meeting"), ("other", "其他", "Other"),
        ])
    ],
    grants={
        "Salesperson": {"Activities": (*seed.KEEP, "can_withdraw", "can_export", seed.OWN)},
        "Regional manager": {"Activities": (*seed.SEE, "can_withdraw", "can_export", seed.DEPARTMENT)},
        "Management": {"Activities": (*seed.SEE, "can_export", seed.ALL)},
    },
)  # fmt: skip
