"""What handovers add to the desk: their screen, an action on the list of customers, a picker of leavers, their number."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.base.notice_kinds import NoticeKind
from ..core.lists.pages import ListAction
from ..core.web import modules as seed
from ..core.web.modules import Module, Screen, Series
from ..staff.queries import make_staff_lookup
from .receivers import find_leavers
from .views import HandoverView

MODULE = Module(
    name="handover",
    screens=[Screen(HandoverView, _l("Handovers"), "arrows-exchange", "work", 60)],
    lookups=[make_staff_lookup("leavers", [("can_add", "Handover")], find_leavers)],
    list_actions=[
        (
            "Customers",
            ListAction(_l("Give to someone else"), "HandoverView.reassign", (("can_hand_over", "Customers"), ("can_add", "Handover"))),
        )
    ],
    series=[Series("handover", "HO{year}{seq:05}")],
    notices=[
        NoticeKind(
            "handover",
            lambda who, label: _("%(who)s handed work over to you: %(label)s", who=who, label=label),
            endpoint="HandoverView.received",
        ),
        NoticeKind(
            "handover_undone",
            lambda who, label: _("%(who)s took a handover to you back: %(label)s", who=who, label=label),
            endpoint="HandoverView.received",
        ),
    ],
    grants={
        "Regional manager": {"Handover": (*seed.SEE, "can_add", "can_undo", "can_close_account", seed.DEPARTMENT)},
        "Head of maintenance": {"Handover": (*seed.SEE, "can_add", "can_undo", seed.DEPARTMENT)},
    },
)
