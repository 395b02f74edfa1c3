"""What roles grant: cached in each process by the set of roles, until the version in the database changes."""

from __future__ import annotations

import secrets

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from sqlalchemy import Connection, select

from ...extensions import db
from ..base.caches import Cache
from ..base.texts import identity_key

Grant = tuple[str, str]
_grants: Cache[tuple[tuple[frozenset[Grant], ...], bool]] = Cache("grants by the set of roles", 500)

ADMIN_ROLE = "Admin"
_ADMIN_KEY = identity_key(ADMIN_ROLE)


def is_admin_name(name: str | None) -> bool:
    """Tell whether a role of this name is, or reads as, the Admin role. For refusing; what the role grants goes by its exact name."""
    return identity_key(name or "") == _ADMIN_KEY


# One row. Whoever changes grants or short lists sets another value in the same transaction, so every process drops
# what it cached. Random, so that a database restored from a copy never repeats a version with other contents.
grants_version = db.Table(
    "grants_version",
    db.Column("id", db.Integer, primary_key=True, autoincrement=False),
    db.Column("value", db.Integer, nullable=False),
)


def bump_grants_version(connection: Connection) -> None:
    """Make every process drop the grants and lists it cached; call it in the transaction that changes them."""
    value = secrets.randbelow(2**31 - 2) + 1
    changed = connection.execute(grants_version.update().values(value=value))
    if not changed.rowcount:
        connection.execute(grants_version.insert().values(id=1, value=value))


def find_grants(connection: Connection, role_ids: tuple[int, ...], version: int) -> tuple[tuple[frozenset[Grant], ...], bool]:
    """Return each role's grants and whether one is Admin; cached until the version in the database changes."""
    if not role_ids:
        return (), False
    if (cached := _grants.find(role_ids, version)) is not None:
        return cached
    link = assoc_permissionview_role.c
    rows = connection.execute(
        select(link.role_id, Permission.name, ViewMenu.name)
        .select_from(assoc_permissionview_role)
        .join(PermissionView, PermissionView.id == link.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(link.role_id.in_(role_ids))
    ).all()
    by_role: dict[int, set[Grant]] = {role_id: set() for role_id in role_ids}
    for role_id, action, module in rows:
        by_role[role_id].add((action, module))
    names = connection.execute(select(Role.name).where(Role.id.in_(role_ids))).scalars()
    found = (tuple(frozenset(grants) for grants in by_role.values()), ADMIN_ROLE in set(names))
    return _grants.keep(role_ids, found, version)
