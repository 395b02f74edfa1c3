"""What tickets add to the desk: their screen, a tab and lines on a customer's page and card, their number, categories and priorities."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.base.notice_kinds import NoticeKind
from ..core.views.timeline import Source
from ..core.web import modules as seed
from ..core.web.modules import Module, OptionSet, Screen, SeedRows, Series
from . import guards, queries
from .models import Priority, Ticket
from .views import PrioritiesView, TicketsApi, TicketsView

PRIORITIES = [  # Chinese, English, hours until due, tone
    ("紧急", "Urgent", 4, "red"),
    ("高", "High", 24, "amber"),
    ("普通", "Normal", 72, "blue"),
    ("低", "Low", 168, "grey"),
]

MODULE = Module(
    name="tickets",
    screens=[Screen(TicketsView, _l("Tickets"), "ticket", "work", 40, _l("Ticket")), Screen(PrioritiesView)],
    apis=[TicketsApi],
    rail=[("Customers", queries.make_open_part)],
    buttons=[("Customers", queries.make_buttons)],
    timeline=[("Customers", Source("tickets", _l("Tickets"), queries.read_events, "Tickets", "TicketsView.list", "customer"))],
    card_lines=[("signed-customers", queries.add_ticket_lines)],
    guards=[(Ticket, guards.guard_ticket)],
    option_sets=[
        OptionSet("ticket_category", _l("Ticket categories"), [
            ("fault", "故障", "Fault"), ("network", "网络", "Network"), ("power", "电力", "Power"), ("listing", "上架", "Racking"),
            ("request", "需求", "Request"), ("question", "咨询", "Question"), ("other", "其他", "Other"),
        ])
    ],
    series=[Series("ticket", "T{year}{seq:06}")],
    seeds=[
        SeedRows("priorities", lambda: [
            Priority(name_zh=zh, name_en=en, hours=hours, tone=tone, position=place * 10)
            for place, (zh, en, hours, tone) in enumerate(PRIORITIES, 1)
        ])
    ],
    notices=[
        NoticeKind(
            "assigned",
            lambda who, label: _("%(who)s assigned %(label)s to you", who=who, label=label),
            lambda who: _("%(who)s assigned an entry to you that you no longer see", who=who),
        )
    ],
    grants={
        "Salesperson": {"Tickets": (*seed.SEE, "can_export", seed.OWN)},
        "Regional manager": {"Tickets": (*seed.SEE, "can_export", seed.DEPARTMENT)},
        "Maintenance": {"Tickets": (*seed.KEEP, "can_export", seed.ALL)},
        "Head of maintenance": {"Tickets": (*seed.KEEP, "can_export", "can_hand_over", seed.ALL)},
        "Management": {"Tickets": (*seed.SEE, "can_export", seed.ALL)},
    },
)  # fmt: skip
