"""What people add to the desk: the screens of IT, one's own profile, pickers of people, and how the core knows who somebody is."""

from __future__ import annotations

from collections.abc import Sequence

from flask_appbuilder.security.sqla.models import Group, Role, User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..core.base.notice_kinds import NoticeKind
from ..core.db.identities import Identity
from ..core.web import modules as seed
from ..core.web.modules import EVERY_ROLE, Module, Screen, SeedRows
from ..core.writes.history import WatchedSets
from ..extensions import db
from . import guards, timeguards
from .authviews import LanguageView, ProfileView
from .holidays import make_holidays_2026, make_week
from .models import GROUP_FIELDS, ROLE_FIELDS, STAFF_FIELDS, Absence, CalendarDay, Department, Staff, WorkingHours
from .queries import active_holders, make_staff_lookup, read_profile
from .standins import match_absent
from .timeviews import AbsencesView, CalendarView, WorkingHoursView
from .views import DepartmentsView, GroupsView, RolesView, StaffView

UNLISTED = tuple(action for action in seed.CRUD if action != "menu_access")  # a page without a place on the menu


def make_first_department() -> Sequence[Department]:
    """Return the head office, where there is no department yet."""
    is_there = db.session.scalar(select(Department.id).limit(1)) is not None
    return [] if is_there else [Department(name_zh="总部", name_en="Head office")]


MODULE = Module(
    name="staff",
    screens=[
        Screen(StaffView, _l("People"), "user", "admin", 10),
        Screen(DepartmentsView, _l("Departments"), "sitemap", "admin", 20),
        Screen(RolesView, _l("Roles"), "shield-lock", "admin", 30),
        Screen(GroupsView, _l("Groups"), "users", "admin", 40),
        Screen(CalendarView, _l("Calendar"), "calendar-event", "admin", 44),
        Screen(WorkingHoursView),
        Screen(AbsencesView),
        Screen(ProfileView),
        Screen(LanguageView),
    ],
    lookups=[
        make_staff_lookup(
            "staff",
            [("can_edit", "Customers"), ("can_edit", "Tickets"), ("can_list", "Staff"), ("can_add", "Customers"),
             ("can_add", "Departments"), ("can_edit", "Departments")],
            lambda parent: [Staff.active.is_(True)],
        ),
        make_staff_lookup("absent-people", [("can_add", "Absences")], match_absent),
        make_staff_lookup("deputies", [("can_add", "Absences"), ("can_edit", "Absences")], lambda parent: [Staff.active.is_(True)]),
        make_staff_lookup(
            "maintenance-staff", [("can_add", "Tickets"), ("can_edit", "Tickets")], lambda parent: active_holders("can_edit", "Tickets")
        ),
    ],
    guards=[
        (Staff, guards.guard_staff),
        (Role, guards.guard_role),
        (Group, guards.guard_group),
        (User, guards.refuse_bare_user),
        (Department, guards.guard_department),
        (Absence, timeguards.guard_absence),
        (WorkingHours, timeguards.guard_hours),
        (CalendarDay, timeguards.guard_day),
    ],
    # FAB's own tables are ours to declare: whoever holds a role or group is asked by its name.
    identities={Role: Identity("role", ("name",), plain=("name",)), Group: Identity("group", ("name",), plain=("name",))},
    definitions={Staff: STAFF_FIELDS, Role: ROLE_FIELDS, Group: GROUP_FIELDS},
    watched_sets=[
        WatchedSets(Staff, ("roles", "groups"), "Staff"),
        WatchedSets(Role, ("permissions",), "Roles"),
        WatchedSets(Group, ("roles", "users"), "Groups"),
    ],
    seeds=[
        SeedRows("department", make_first_department),
        SeedRows("working hours", make_week),
        SeedRows("holidays 2026", make_holidays_2026),
    ],
    names={"Absences": _l("Absences"), "WorkingHours": _l("Working hours")},
    notices=[
        NoticeKind(
            "deputy",
            lambda who, label: _("%(who)s named you as deputy: %(label)s", who=who, label=label),
            endpoint="ProfileView.profile",
        ),
        NoticeKind(
            "code_issued",
            lambda who, _label: _("%(who)s issued a one-time code for your account", who=who),
            endpoint="ProfileView.profile",
        ),
    ],
    directory=read_profile,
    grants={
        EVERY_ROLE: {"Absences": (*UNLISTED, seed.OWN)},
        "Regional manager": {"Absences": (seed.DEPARTMENT,)},
        "IT": {
            "Staff": (*seed.KEEP, "can_reset"), "Departments": seed.CRUD, "Roles": seed.CRUD, "Groups": seed.CRUD,
            "Calendar": seed.CRUD, "WorkingHours": ("can_list", "can_show", "can_edit"), "Absences": (seed.ALL,),
        },
    },
)  # fmt: skip
