"""What an attacker or an administrator does in these tests, in few words."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import Group, PermissionView, Role
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.extensions import db
from app.staff.models import Staff

from ..conftest import Browser


def find_role(app: Flask, name: str) -> int:
    """Return a role's id."""
    with app.app_context():
        return db.session.scalars(select(Role.id).where(Role.name == name)).one()


def list_grants(app: Flask, role: str) -> dict[tuple[str, str], int]:
    """Return (permission, module) -> id of what a role grants."""
    with app.app_context():
        row = db.session.scalars(select(Role).where(Role.name == role)).one()
        return {(pv.permission.name, pv.view_menu.name): pv.id for pv in row.permissions}


def find_grant(app: Flask, action: str, module: str) -> int:
    """Return the id of a permission."""
    with app.app_context():
        rows = db.session.scalars(select(PermissionView))
        return next(row.id for row in rows if (row.permission.name, row.view_menu.name) == (action, module))


def read_person(app: Flask, person_id: int) -> dict[str, Any]:
    """Return what the form of a person would send unchanged."""
    with app.app_context(), as_system("import"):
        row = db.session.get_one(Staff, person_id)
        return {
            "last_name": row.last_name,
            "first_name": row.first_name,
            "username": row.username,
            "email": row.email,
            "phone": row.phone,
            "department": row.department_id or "",
            "roles": [role.id for role in row.roles],
            "groups": [group.id for group in row.groups],
            **({"active": "y"} if row.active else {}),
        }


def save_person(browser: Browser, person_id: int, *, close: bool = False, **changes: Any) -> Any:
    """Send the form of a person with some fields changed."""
    fields = read_person(browser.app, person_id) | changes
    if close:
        fields.pop("active", None)
    return browser.post(f"/staff/edit/{person_id}", fields)


def save_role(browser: Browser, role: str, permissions: list[int], *, name: str = "") -> Any:
    """Send the form of a role."""
    return browser.post(f"/roles/edit/{find_role(browser.app, role)}", {"name": name or role, "permissions": permissions})


def make_group(app: Flask, name: str, roles: list[str], people: list[str]) -> int:
    """Add a group as the system does."""
    with app.app_context(), as_system("import"):
        group = Group(name=name, label="", description="")
        group.roles = list(db.session.scalars(select(Role).where(Role.name.in_(roles))))
        group.users = list(db.session.scalars(select(Staff).where(Staff.username.in_(people))))
        db.session.add(group)
        db.session.commit()
        return group.id


def save_group(browser: Browser, group_id: int, *, name: str, roles: list[int], users: list[int]) -> Any:
    """Send the form of a group."""
    return browser.post(f"/groups/edit/{group_id}", {"name": name, "label": "", "description": "", "roles": roles, "users": users})


def held_roles(app: Flask, person_id: int) -> set[str]:
    """Return the names of the roles that a person holds, by groups too."""
    with app.app_context(), as_system("import"):
        row = db.session.get_one(Staff, person_id)
        return {role.name for role in row.roles} | {role.name for group in row.groups for role in group.roles}
