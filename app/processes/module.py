"""What processes add to the desk: cases and tasks, their design, the listing process, parts of others' pages."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..contracts.models import Contract
from ..contracts.queries import make_contract_cards, make_contract_details
from ..core.base.notice_kinds import NoticeKind
from ..core.forms.lookups import Lookup, words_in
from ..core.parts.guards import guard_attachment
from ..core.web import modules as seed
from ..core.web.modules import EVERY_ROLE, Module, Screen, SeedRows, Series
from ..core.writes.kept import Kept
from ..customers.models import Customer
from ..customers.queries import make_cards, make_details
from ..staff.models import Staff
from ..staff.queries import make_staff_lookup
from . import following, guards, queries
from .api import CasesApi, TasksApi
from .design_views import ProcessesView
from .designs import PARTS, Process, ProcessVersion
from .firsts import make_first_processes
from .models import Case, CaseAttachment, CaseCopy, CaseTask, CaseValue
from .ticking import tick
from .views import CaseStatisticsView, CasesView, TasksView

PICKING = [("can_list", "CaseTasks")]

MODULE = Module(
    name="processes",
    screens=[
        Screen(TasksView, _l("My tasks"), "checklist", "work", 5, count="tasks"),
        Screen(CasesView, _l("Processes"), "route", "work", 50, _l("Process")),
        Screen(CaseStatisticsView),
        Screen(ProcessesView, _l("Process design"), "sitemap", "admin", 45),
    ],
    apis=[CasesApi, TasksApi],
    lookups=[
        make_staff_lookup("case-people", PICKING, queries.active_people),
        Lookup(
            name="case-contracts", model=Contract, needs=PICKING, where=queries.in_force_now, search=words_in(Contract.search_text),
            order=(Contract.id.desc(),), card=make_contract_cards, details=make_contract_details, reach="see",
        ),
        Lookup(
            name="case-customers", model=Customer, needs=PICKING, search=words_in(Customer.search_text),
            order=(Customer.sort_name, Customer.id), card=make_cards, details=make_details,
        ),
    ],
    rail=[("Contracts", queries.make_contract_part), ("Customers", queries.make_customer_part), ("Cases", queries.make_case_card)],
    buttons=[("Contracts", queries.make_contract_buttons)],
    card_lines=[("signed-customers", queries.add_listing_lines)],
    facets=[("Contracts", queries.LISTING_FACET)],
    guards=[
        (Case, guards.guard_case),
        (CaseTask, guards.refuse_by_hand),
        (CaseValue, guards.refuse_by_hand),
        (CaseCopy, guards.refuse_by_hand),
        (CaseAttachment, guard_attachment),
        (Process, guards.begin_design),
        (ProcessVersion, guards.guard_version),
        *((part, guards.guard_part) for part in PARTS),
        (Contract, guards.guard_reserved),
        (Customer, guards.guard_reserved),
        (Contract, following.guard_pinned),
        (Customer, following.guard_pinned),
        (Staff, following.guard_leaver),
    ],
    kept=[Kept(Case, "id", frozenset({"owner_id"}), following.follow_owner)],
    ticks=[tick],
    names={"CaseStatistics": _l("Process statistics")},
    series=[Series("case", "LC{year}{seq:06}")],
    seeds=[SeedRows("processes", make_first_processes)],
    profile_parts={"tasks": queries.count_open},
    context=queries.show_count,
    notices=[
        NoticeKind(
            "case_task",
            lambda who, label: _("%(who)s: %(label)s waits for you", who=who, label=label),
            lambda who: _("%(who)s: a case that you no longer see waited for you", who=who),
        ),
        NoticeKind(
            "case_returned",
            lambda who, label: _("%(who)s returned %(label)s to you", who=who, label=label),
            lambda who: _("%(who)s returned a case that you no longer see", who=who),
        ),
        NoticeKind(
            "case_done", lambda _who, label: _("%(label)s is done", label=label), lambda _who: _("A case that you no longer see is done")
        ),
        NoticeKind(
            "case_refused",
            lambda who, label: _("%(who)s refused %(label)s", who=who, label=label),
            lambda who: _("%(who)s refused a case that you no longer see", who=who),
        ),
        NoticeKind(
            "case_cancelled",
            lambda who, label: _("%(who)s cancelled %(label)s", who=who, label=label),
            lambda who: _("%(who)s cancelled a case that you no longer see", who=who),
        ),
        NoticeKind(
            "case_copied",
            lambda who, label: _("%(who)s sent you a copy of %(label)s", who=who, label=label),
            lambda who: _("%(who)s sent you a copy of a case that you no longer see", who=who),
        ),
        NoticeKind(
            "case_overdue",
            lambda _who, label: _("%(label)s is overdue", label=label),
            lambda _who: _("A case that you no longer see is overdue"),
        ),
        NoticeKind(
            "case_reminded",
            lambda who, label: _("%(who)s reminds you of %(label)s", who=who, label=label),
            lambda who: _("%(who)s reminded you of a case that you no longer see", who=who),
        ),
    ],
    grants={
        EVERY_ROLE: {"CaseTasks": ("menu_access", "can_list"), "Cases": ("menu_access", "can_list", "can_show")},
        "Salesperson": {"Cases": ("can_add", "can_delete", seed.OWN)},
        "Regional manager": {"Cases": ("can_add", "can_cancel", "can_hand_over", "can_export", seed.DEPARTMENT),
            "CaseStatistics": ("can_list",),
        },
        "Maintenance": {"Cases": ("can_add", seed.OWN)},
        "Head of maintenance": {
            "Cases": ("can_add", "can_cancel", seed.DEPARTMENT), "CaseStatistics": ("can_list",),
        },
        "Management": {"Cases": ("can_export", seed.ALL), "CaseStatistics": ("can_list",)},
        "IT": {"Cases": (seed.OWN,), "Processes": (*seed.SEE, "can_add", "can_edit", "can_publish")},
    },
)  # fmt: skip
