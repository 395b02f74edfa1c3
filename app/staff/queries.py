"""Questions about people: profiles, department trees, who holds a permission, the working calendar; and the facets that look people up.

Who manages whom and who stands in (`standins`), and how working hours are reckoned (`calendar`), other modules take from here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BindParameter, ColumnElement, Connection, Date, Select, String, bindparam, cast, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, load_only, selectinload

from ..core.access import viewer
from ..core.access.directory import name_of_person
from ..core.access.grants import ADMIN_ROLE, is_admin_name
from ..core.access.viewer import Profile
from ..core.base import clock
from ..core.base.caches import Cache, once_each
from ..core.base.formatting import join_words
from ..core.base.i18n import Words
from ..core.db.engine import PREPARE_OPTION
from ..core.forms.lookups import Conditions, Details, Fields, Lookup
from ..core.lists.facets import Facet, Options, id_facet, person_facet
from ..core.lists.finders import RowFinder
from ..core.lists.query import match_words
from ..extensions import db
from .calendar import Calendar, add_working_hours, count_working_hours, make_stretches
from .models import CalendarDay, Department, Staff, WorkingHours, make_full_name
from .rules import DAY_OFF, WEEKDAYS
from .standins import find_deputies, find_manager, find_manager_above, list_stood_for

_calendar: Cache[Calendar] = Cache("the working calendar", 1)


@cache
def _select_profile() -> Select:
    """Select an active person, the departments below theirs and what modules fold in; built once for every request."""
    staff, department = Staff.__table__.c, Department.__table__
    person: BindParameter[int] = bindparam("person")
    mine = select(staff.department_id).where(staff.id == person).scalar_subquery()
    tree = select(department.c.id).where(department.c.id == mine).cte("tree", recursive=True)
    tree = tree.union(select(department.c.id).join(tree, department.c.parent_id == tree.c.id))
    below = select(func.aggregate_strings(cast(tree.c.id, String), ",")).scalar_subquery()
    parts = viewer.profile_parts(person, bindparam("today", type_=Date))
    return select(
        staff.first_name, staff.last_name, staff.username, staff.department_id, staff.locale, staff.must_change_password,
        staff.session_epoch, below.label("tree"), *(part.label(f"part_{name}") for name, part in parts.items()),
    ).where(staff.id == person, staff.active.is_(True)).execution_options(**{PREPARE_OPTION: True})  # fmt: skip


def read_profile(connection: Connection, user_id: int) -> Profile | None:
    """Return what access needs to know of an active person, in one statement; None when unknown or closed."""
    row = connection.execute(_select_profile(), {"person": user_id, "today": clock.today()}).first()
    if row is None:
        return None
    return Profile(
        id=user_id,
        name=make_full_name(row.first_name, row.last_name),
        username=row.username,
        department_id=row.department_id,
        tree=frozenset(int(text) for text in (row.tree or "").split(",") if text),
        locale=row.locale,
        must_change_password=bool(row.must_change_password),
        epoch=row.session_epoch,
        parts={key.removeprefix("part_"): value or "" for key, value in row._mapping.items() if key.startswith("part_")},
    )


def select_holders(action: str, module: str) -> Select:
    """Select the ids of people (active or not) to whom a role, directly or by group, grants the action."""
    link = assoc_permissionview_role.c
    roles = (
        select(link.role_id)
        .join(PermissionView, PermissionView.id == link.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(Permission.name == action, ViewMenu.name == module)
    )
    direct = select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id.in_(roles))
    by_group = (
        select(assoc_user_group.c.user_id)
        .join(assoc_group_role, assoc_group_role.c.group_id == assoc_user_group.c.group_id)
        .where(assoc_group_role.c.role_id.in_(roles))
    )
    return select(union(direct, by_group).subquery().c.user_id)


def select_admins() -> Select:
    """Select the ids of active people who hold the Admin role, directly or by group."""
    admin = select(Role.id).where(Role.name == ADMIN_ROLE)
    direct = select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id.in_(admin))
    by_group = (
        select(assoc_user_group.c.user_id)
        .join(assoc_group_role, assoc_group_role.c.group_id == assoc_user_group.c.group_id)
        .where(assoc_group_role.c.role_id.in_(admin))
    )
    return select(Staff.id).where(Staff.active.is_(True), Staff.id.in_(select(union(direct, by_group).subquery().c.user_id)))


def lock_admin_role(session: Session) -> None:
    """Let one change at a time take an administrator away: of two at once, each would still see the other's."""
    session.connection().execute(select(Role.id).where(Role.name == ADMIN_ROLE).with_for_update(key_share=True))


def select_members(role_id: int) -> Select:
    """Select the ids of active people who hold a role, directly or by group."""
    direct = select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id == role_id)
    by_group = (
        select(assoc_user_group.c.user_id)
        .join(assoc_group_role, assoc_group_role.c.group_id == assoc_user_group.c.group_id)
        .where(assoc_group_role.c.role_id == role_id)
    )
    members = select(union(direct, by_group).subquery().c.user_id)
    return select(Staff.id).where(Staff.active.is_(True), Staff.id.in_(members)).order_by(Staff.username)


def active_holders(action: str, module: str) -> list[ColumnElement[bool]]:
    """Return the conditions of the active people who hold the permission, for a picker."""
    return [Staff.active.is_(True), Staff.id.in_(select_holders(action, module))]


def is_holder(session: Session, staff_id: int, action: str, module: str) -> bool:
    """Tell whether an active person holds the permission."""
    found = select(Staff.id).where(Staff.id == staff_id, *active_holders(action, module))
    return session.scalar(found) is not None


def department_options() -> list[tuple[int, str]]:
    """Return the departments for a short list."""
    rows = db.session.scalars(select(Department).order_by(Department.position, Department.id))
    return [(row.id, row.label) for row in rows]


def lock_active_accounts(session: Session, staff_ids: Select | Iterable[int]) -> set[int]:
    """Return which of these people (ids, or a selection of ids) are active, and keep it so until the transaction ends.

    Their accounts are share-locked: who closes one waits for this transaction, or is waited for and then seen.
    """
    staff = Staff.__table__.c
    held = select(staff.id, staff.active).where(staff.id.in_(staff_ids)).order_by(staff.id).with_for_update(read=True)
    return {row.id for row in session.connection().execute(held) if row.active}


def read_role_names(session: Session, staff_id: int) -> set[str]:
    """Return the names of the roles a person holds, directly or by group."""
    direct = select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == staff_id)
    by_group = (
        select(assoc_group_role.c.role_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
        .where(assoc_user_group.c.user_id == staff_id)
    )
    return set(session.scalars(select(Role.name).where(Role.id.in_(direct.union(by_group)))))


def say_role_names(staff_id: int) -> str:
    """Return the roles that a person holds, directly or by group, in the reader's language."""
    return join_words(sorted(_(name) for name in read_role_names(db.session(), staff_id)))


def find_account(staff_id: int) -> Staff | None:
    """Return a person's account."""
    return db.session.get(Staff, staff_id)


def holds_admin(session: Session, staff_id: int) -> bool:
    """Tell whether a person, active or not, holds the Admin role, directly or by group."""
    return any(is_admin_name(name) for name in read_role_names(session, staff_id))


def match_people(text: str) -> Conditions:
    """Return the conditions of a search for people: each word stands in a part of the name or in the user name."""
    return [
        or_(*(condition for column in (Staff.first_name, Staff.last_name, Staff.username) for condition in match_words(column, word)))
        for word in text.split()[:5]
    ]


def _card(rows: list[Staff]) -> dict[int, Fields]:
    return {row.id: {"number": row.username} for row in rows}


def _details(row: Staff) -> Details:
    lines = [[_("Department"), str(row.department or "–")]]
    return {"lines": lines, "warnings": [] if row.active else [_("This account is closed.")]}


def make_staff_lookup(name: str, needs: Sequence[tuple[str, str]], where: Callable[[int | None], Conditions]) -> Lookup:
    """Return a picker of people, by name or user name, under these conditions."""
    return Lookup(
        name=name, model=Staff, needs=needs, where=where, search=match_people, order=(Staff.username, Staff.id), card=_card,
        details=_details, options=(selectinload(Staff.department),),
    )  # fmt: skip


def match_departments(text: str) -> Conditions:
    """Return the conditions of a search for departments: each word stands in one of the names."""
    names = (Department.name_zh, Department.name_en)
    return [or_(*(part for name in names for part in match_words(name, word))) for word in text.split()[:5]]


def people_facet(name: str, label: Words, column: InstrumentedAttribute, listed: Options = (), *, is_main: bool = True) -> Facet:
    """Return the facet over a column that names a person; `listed` are values offered unasked, as `me`."""
    return Facet(name, label, lambda: listed, person_facet(column), is_main, _find_people(column))


@once_each
def _find_people(column: InstrumentedAttribute) -> RowFinder[Staff]:
    order = (Staff.active.desc(), Staff.username, Staff.id)  # closed accounts last
    return RowFinder(column, Staff, match_people, order, lambda row: name_of_person(row.id), (load_only(Staff.id),))


@once_each
def _find_departments(column: InstrumentedAttribute) -> RowFinder[Department]:
    return RowFinder(column, Department, match_departments, (Department.position, Department.id), lambda row: row.label)


def department_facet(column: InstrumentedAttribute) -> Facet:
    """Return the facet over the department that a row belongs to."""
    return Facet("department", _l("Department"), lambda: [], id_facet(column), is_main=False, finder=_find_departments(column))


def read_calendar(session: Session) -> Calendar:
    """Return the working calendar, as of the company's time zone; read once per version of grants and lists, and process."""
    version = viewer.current_viewer().version
    cached = _calendar.find("", version) if version is not None else None
    if cached is not None:
        return cached
    places = {code: place for place, code in enumerate(WEEKDAYS)}
    weekly = {places[row.weekday]: make_stretches(row.hours) for row in session.scalars(select(WorkingHours).order_by(WorkingHours.id))}
    days = session.execute(select(CalendarDay.day, CalendarDay.works_as).order_by(CalendarDay.day)).all()
    special = {row.day: None if row.works_as == DAY_OFF else places[row.works_as] for row in days}
    found = Calendar(zone=clock.zone(), weekly=weekly, days=special)
    return _calendar.keep("", found, version) if version is not None else found


def say_entered_until() -> str:
    """Return until when holidays are entered, and what counts after that."""
    last = db.session.scalar(select(func.max(CalendarDay.day)).where(CalendarDay.works_as == DAY_OFF))
    if last is None:
        return _("No holidays are entered: only the weekly hours count.")
    return _("Holidays are entered until %(day)s. After that only the weekly hours count.", day=f"{last.year}-12-31")


__all__ = [
    "Calendar", "active_holders", "add_working_hours", "count_working_hours", "department_facet", "department_options", "find_account",
    "find_deputies", "find_manager", "find_manager_above", "holds_admin", "is_holder", "list_stood_for", "lock_active_accounts",
    "lock_admin_role", "make_staff_lookup", "match_departments", "match_people", "people_facet", "read_calendar", "read_profile",
    "read_role_names", "say_entered_until", "say_role_names", "select_admins", "select_holders", "select_members",
]  # fmt: skip
