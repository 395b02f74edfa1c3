"""Who may do what with people, departments, roles and groups; what everybody may with their own account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.core.base import clock
from app.extensions import db
from app.staff.models import Absence, Staff

from ..access_declaring import ALL, OWN, TREE, Access, Route, may
from .desk import SIGNED_IN, each

IT = {"IT": (ALL, "see add edit delete")}
DEPARTMENTS = Access(
    "Departments", IT, is_owned=False, has_rest=False, kind="department",
    form={"name_zh": "写", "name_en": "Written", "position": "5"},
)  # fmt: skip
ROLES = Access(
    "Roles", IT, is_owned=False, has_rest=False, kind="role", form={"name": "Written"},
    routes={"POST /roles/preview/<pk>": Route(may("edit"), "role", {"name": "Written"})},
)  # fmt: skip
GROUPS = Access("Groups", IT, is_owned=False, has_rest=False, kind="group", form={"name": "Written"})
STAFF = Access(
    "Staff", {"IT": (ALL, "see add edit reset")}, is_owned=False, has_rest=False, kind="person", facet="department",
    form={"first_name": "Written", "username": "written", "email": "written@example.com", "active": "y"},
    routes={
        "POST /staff/reset/<pk>": Route(may("reset", "w"), "person"),
        # whoever names a person in a form: sales, maintenance, IT
        "GET /lookup/staff": Route(each("y", "south1 south2 north1 selling_boss boss_south boss_north service1 service2 it chief")),
    },
)  # fmt: skip
SPAN = {"from_on": "2031-01-06", "until_on": "2031-01-10", "deputy": "{colleague}", "note": "Written"}
ABSENCES = Access(
    "Absences",
    {
        "Salesperson": (OWN, "see add edit delete"),
        "Regional manager": (TREE, "see add edit delete"),
        "Maintenance": (OWN, "see add edit delete"),
        "Head of maintenance": (OWN, "see add edit delete"),
        "Management": (OWN, "see add edit delete"),
        "IT": (ALL, "see add edit delete"),
    },
    is_lent=False, has_rest=False, form=SPAN, facet="person", lookups={"absent-people": "add", "deputies": "add edit"},
)  # fmt: skip
CALENDAR = Access(
    "Calendar", IT, is_owned=False, has_rest=False, kind="calendar day", facet="kind",
    form={"day": "2031-01-01", "works_as": "off", "name_zh": "元旦", "name_en": "New Year"},
)  # fmt: skip
WORKING_HOURS = Access(
    "WorkingHours", {"IT": (ALL, "see edit")}, address="hours", is_owned=False, has_rest=False, kind="weekday",
    form={"starts_at": "08:30", "ends_at": "17:30", "break_from": "12:00", "break_until": "13:00"},
)  # fmt: skip
ACCESS = (DEPARTMENTS, ROLES, GROUPS, STAFF, ABSENCES, CALENDAR, WORKING_HOURS)


def make_absence(owner: Staff, _parent: object, **values: Any) -> Absence:
    """Add an absence of one day that no other of the person's has, with the first account as deputy."""
    entered = select(func.count(Absence.id)).where(Absence.owner_id == owner.id).execution_options(with_bin=True)
    day = clock.today() + timedelta(days=30 + 2 * (db.session.scalar(entered) or 0))
    deputy_id = db.session.scalars(select(Staff.id).order_by(Staff.id)).first()
    absence = Absence(owner_id=owner.id, **{"from_on": day, "until_on": day, "deputy_id": deputy_id, **values})
    db.session.add(absence)
    return absence


MAKERS = {"Absence": make_absence}
ROUTES = {
    "GET /profile/": Route(each("y", SIGNED_IN)),
    "GET /profile/password": Route(each("y", SIGNED_IN)),
    "POST /profile/password": Route(each("r", SIGNED_IN), body={"present": "wrong", "password": "a long new phrase"}),
    "POST /language/<code>": Route(each("w", SIGNED_IN) + " anybody:r", path="/language/zh"),
    "GET /login/": Route(each("r", SIGNED_IN) + " anybody:y"),
}
