"""Bind the rules on people, roles and departments to the gate; end sessions where they must end."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import Group, Role, assoc_group_role, assoc_user_group, assoc_user_role
from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from ..core.access.grants import ADMIN_ROLE, bump_grants_version, is_admin_name
from ..core.access.scope import owned_models
from ..core.access.viewer import forget_viewer
from ..core.base.entities import Entity, table_of
from ..core.base.errors import AccessDenied, RuleViolation
from ..core.writes import bulk
from ..core.writes.facts import lock_rows
from ..core.writes.gate import NOT_ALLOWED, Change
from ..core.writes.option_sets import CHOOSE
from . import rules
from .models import Department, Staff
from .queries import holds_admin, lock_active_accounts, lock_admin_role, select_admins


def guard_staff(change: Change) -> None:
    """Check an account; end its sessions on a change of password, roles or state; move its rows with it."""
    row, viewer = change.row, change.viewer
    if not (row.first_name or "").strip() and not (row.last_name or "").strip():
        raise RuleViolation(rules.NAME_NEEDED, "first_name")
    roles_changed = any(inspect(row).attrs[name].history.has_changes() for name in ("roles", "groups"))
    closes = not change.is_new and bool(change.old("active")) and not row.active
    had_admin = not change.is_new and holds_admin(change.facts.session, row.id)
    has_admin = _will_be_admin(row) if roles_changed or change.is_new else had_admin
    _hold_given(change, "roles", Role)
    _hold_given(change, "groups", Group)
    if had_admin and (closes or not has_admin or change.kind == "delete"):
        lock_admin_role(change.facts.session)
    if not viewer.is_system:
        account = rules.AccountChange(
            actor_is_admin=viewer.is_admin,
            is_self=row.id is not None and row.id == viewer.id,
            had_admin=had_admin,
            has_admin=has_admin,
            roles_changed=roles_changed,
            is_last_admin=had_admin and _count_admins(change) <= 1,
            closes=closes or change.kind == "delete",
        )
        rules.check_account_change(account)
    if any(change.changed(name) for name in ("first_name", "last_name", "username")):
        change.after_write.append(_drop_grants)  # names are cached between requests under the same version
    if change.is_new:
        return
    if roles_changed or closes or change.changed("password"):
        row.session_epoch = (change.old("session_epoch") or 0) + 1
    if roles_changed:
        change.after_write.append(_drop_grants)
    if change.changed("department_id"):
        change.after_write.append(lambda session: _move_rows(session, row))


def _will_be_admin(row: Staff) -> bool:
    roles = [*row.roles, *(role for group in row.groups for role in group.roles)]
    return any(is_admin_name(role.name) for role in roles)


def _count_admins(change: Change) -> int:
    return change.facts.scalar(select(func.count()).select_from(select_admins().subquery())) or 0


def _keep_an_admin(session: Session) -> None:
    """Refuse what would leave nobody with the Admin role, by whatever screen."""
    if session.connection().execute(select_admins().limit(1)).scalar() is None:
        raise RuleViolation(rules.LAST_ADMIN)


def _drop_grants(session: Session) -> None:
    bump_grants_version(session.connection())
    forget_viewer()


def _move_rows(session: Session, row: Staff) -> None:
    """Give every row that the person owns the person's department."""
    for model in owned_models():
        mine = table_of(model).c.owner_id == row.id
        bulk.set_values(session, model, mine, {"department_id": row.department_id})
    forget_viewer()


def guard_role(change: Change) -> None:
    """Check a change of a role: not by someone who holds it, not Admin by others than an Admin."""
    row = change.row
    _check_right(change, "Roles")
    if is_admin_name(row.name):
        row.name = ADMIN_ROLE  # however it was written: what the role grants goes by this name
    if not change.viewer.is_system and not change.is_new:
        held = select(assoc_user_role.c.id).where(assoc_user_role.c.user_id == change.viewer.id, assoc_user_role.c.role_id == row.id)
        holds = change.facts.scalar(held.limit(1)) is not None or _holds_by_group(change, row.id)
        rules.check_role_change(
            actor_is_admin=change.viewer.is_admin,
            actor_holds=holds,
            is_admin_role=is_admin_name(row.name) or is_admin_name(change.old("name")),
        )
    elif not (change.viewer.is_system or change.viewer.is_admin) and is_admin_name(row.name):
        raise AccessDenied(rules.ADMIN_ROLE_ONLY, "name")
    if change.kind == "delete" and _is_role_held(change):
        raise RuleViolation(rules.ROLE_IN_USE)
    if not change.viewer.is_system:
        lock_admin_role(change.facts.session)
        change.after_write.append(_keep_an_admin)
    change.after_write.append(_drop_grants)


def _is_role_held(change: Change) -> bool:
    """Tell whether anybody or any group has a role, which this change has locked: whoever gives it waits, or is waited for."""
    role_id, facts = change.row.id, change.facts
    by_people = select(assoc_user_role.c.id).where(assoc_user_role.c.role_id == role_id).limit(1)
    by_groups = select(assoc_group_role.c.id).where(assoc_group_role.c.role_id == role_id).limit(1)
    return facts.scalar(by_people) is not None or facts.scalar(by_groups) is not None


def _hold_given(change: Change, name: str, model: type[Entity]) -> None:
    """Keep the roles or groups that are put into a set until the transaction ends; refuse one that is gone."""
    added = {one.id for one in inspect(change.row).attrs[name].history.added or () if one.id is not None}  # None: made with it
    held = select(model.id).where(model.id.in_(added)).order_by(model.id).with_for_update(read=True)
    if added and set(change.facts.all(held)) != added:
        raise RuleViolation(CHOOSE, name)


def _holds_by_group(change: Change, role_id: int) -> bool:
    role = change.facts.get(Role, role_id)
    mine = select(assoc_user_group.c.group_id).where(assoc_user_group.c.user_id == change.viewer.id)
    return role is not None and bool({group.id for group in role.groups} & set(change.facts.all(mine)))


def guard_group(change: Change) -> None:
    """Check a change of a group as a change of the roles it gives; end the sessions of those whose roles change."""
    row, viewer, before = change.row, change.viewer, change.before
    _check_right(change, "Groups")
    _hold_given(change, "roles", Role)
    old_members = {user.id for user in before.users} if before is not None else set()
    members = set() if change.kind == "delete" else {user.id for user in row.users}
    old_roles = {role.name for role in before.roles} if before is not None else set()
    roles = set() if change.kind == "delete" else {role.name for role in row.roles}
    if not viewer.is_system and not viewer.is_admin:
        is_admin_role = any(is_admin_name(name) for name in old_roles | roles)
        rules.check_role_change(actor_is_admin=False, actor_holds=viewer.id in old_members | members, is_admin_role=is_admin_role)
        if any(holds_admin(change.facts.session, user_id) for user_id in old_members ^ members):
            raise AccessDenied(rules.ADMIN_ONLY, "users")
    touched = old_members | members if old_roles != roles else old_members ^ members
    change.after_write.append(lambda session: _end_sessions(session, touched))
    if not viewer.is_system:
        lock_admin_role(change.facts.session)
        change.after_write.append(_keep_an_admin)
    change.after_write.append(_drop_grants)


def _end_sessions(session: Session, staff_ids: set[int]) -> None:
    table = Staff.__table__
    session.connection().execute(update(table).where(table.c.id.in_(staff_ids)).values(session_epoch=table.c.session_epoch + 1))


def _check_right(change: Change, module: str) -> None:
    """Refuse who may not edit this FAB table; the gate asks for our own models by itself."""
    if not change.viewer.may(f"can_{change.kind}", module):
        raise AccessDenied(NOT_ALLOWED)


def refuse_bare_user(change: Change) -> None:
    """Refuse accounts written as FAB's plain user, past the rules on staff."""
    if not isinstance(change.row, Staff) and not change.viewer.is_system:
        raise AccessDenied(NOT_ALLOWED)


def guard_department(change: Change) -> None:
    """Keep the departments a tree; refuse to delete one in use."""
    row, facts = change.row, change.facts
    if change.kind == "delete" or change.changed("parent_id"):
        lock_rows(facts, Department)  # two moves at once could make a ring of the tree
    if change.kind == "delete":
        people = facts.scalar(select(Staff.id).where(Staff.department_id == row.id).limit(1))
        children = facts.scalar(select(Department.id).where(Department.parent_id == row.id).limit(1))
        if people is not None or children is not None:
            raise RuleViolation(rules.DEPARTMENT_IN_USE)
        return
    if row.manager_id is not None and change.changed("manager_id"):
        rules.check_manager(is_open=row.manager_id in lock_active_accounts(facts.session, [row.manager_id]))
    parents = {one.id: one.parent_id for one in facts.all(select(Department).execution_options(populate_existing=True))}
    above: list[int] = []
    parent = row.parent_id
    while parent is not None and parent not in above:
        above.append(parent)
        parent = parents.get(parent)
    rules.check_tree(row.id, above)
    change.after_write.append(lambda session: forget_viewer())
