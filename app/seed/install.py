"""Prepare an installation: migrate, permissions, roles (each grant offered once), lists, series, first administrator."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from flask import current_app
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from flask_babel import force_locale
from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.access.grants import ADMIN_ROLE, bump_grants_version
from ..core.access.viewer import as_system
from ..core.base import clock
from ..core.base.errors import RuleViolation
from ..core.web.modules import EVERY_ROLE, Module, all_grants
from ..core.writes import numbering
from ..core.writes.numbering import NumberSeries
from ..core.writes.option_sets import Choice
from ..extensions import db
from ..staff.models import InstallationValue, Staff
from ..staff.rules import check_password
from ..staff.signin import make_hash
from .errors import SeedRefused
from .roles import ROLES

FIRST_ADMIN = "admin"


def prepare(modules: Sequence[Module]) -> str | None:
    """Bring the database to the present version and fill what is missing. Running it twice changes nothing.

    Returns the one-time password of the first administrator, when one was made.
    """
    upgrade()
    with as_system("install"):
        session = db.session()
        known = _write_permissions(session, all_grants(modules))
        _write_roles(session, known, collect_grants(modules))
        password = _write_admin(session)  # before the first rows, some of which are theirs
        _write_seeds(session, modules)
        session.commit()
    return password


def _write_permissions(session: Session, grants: Sequence[tuple[str, str]]) -> dict[tuple[str, str], PermissionView]:
    """Create the permissions that screens ask for and that are missing; none is ever deleted."""
    permissions = {row.name: row for row in session.scalars(select(Permission))}
    menus = {row.name: row for row in session.scalars(select(ViewMenu))}
    known = {(row.permission.name, row.view_menu.name): row for row in session.scalars(select(PermissionView))}
    for action, module in grants:
        if (action, module) in known:
            continue
        if action not in permissions:
            permissions[action] = Permission(name=action)
        if module not in menus:
            menus[module] = ViewMenu(name=module)
        known[(action, module)] = PermissionView(permission=permissions[action], view_menu=menus[module])
        session.add(known[(action, module)])
    session.flush()
    return known


def collect_grants(modules: Sequence[Module]) -> dict[str, list[tuple[str, str]]]:
    """Return role -> (permission, module) of every seeded role, from the manifests. Raises SeedRefused for a role that is not seeded."""
    unknown = {role for module in modules for role in module.grants} - {*ROLES, EVERY_ROLE}
    if unknown:
        raise SeedRefused(f"The manifests grant something to roles that are not seeded: {', '.join(sorted(unknown))}.")
    found: dict[str, list[tuple[str, str]]] = {role: [] for role in ROLES}
    for module in modules:
        for role, grants in module.grants.items():
            for name in ROLES if role == EVERY_ROLE else (role,):
                found[name] += [(action, screen) for screen, actions in grants.items() for action in actions]
    return found


def _write_roles(session: Session, known: dict[tuple[str, str], PermissionView], seeded: Mapping[str, list[tuple[str, str]]]) -> None:
    """Create the seeded roles; offer each grant once, so that what IT took away stays away."""
    offered = set(session.scalars(select(InstallationValue.key)))
    wanted = {**seeded, ADMIN_ROLE: list(known)}
    roles = {role.name: role for role in session.scalars(select(Role))}
    changed = False
    for name, grants in wanted.items():
        key = f"role:{name}"
        if key not in offered:
            session.add(InstallationValue(key=key))
            if name not in roles:
                roles[name] = Role(name=name, permissions=[])
                session.add(roles[name])
        for action, module in grants:
            key = f"grant:{name}:{action}:{module}"
            if key in offered:
                continue
            session.add(InstallationValue(key=key))
            if name in roles and known[(action, module)] not in roles[name].permissions:
                roles[name].permissions.append(known[(action, module)])
                changed = True
    session.flush()
    if changed:
        bump_grants_version(session.connection())


def _is_first_time(session: Session, key: str) -> bool:
    """Tell whether this part was never written here, and mark it written."""
    if session.get(InstallationValue, key) is not None:
        return False
    session.add(InstallationValue(key=key))
    return True


def _write_seeds(session: Session, modules: Sequence[Module]) -> None:
    """Write the first rows, lists and number series that the manifests bring, each once."""
    for module in modules:
        for rows in module.seeds:
            if _is_first_time(session, f"seed:{rows.key}"):
                session.add_all(rows.make())
        for one in module.option_sets:
            if _is_first_time(session, f"seed:list:{one.code}"):
                for place, (code, zh, en) in enumerate(one.entries, 1):
                    session.add(Choice(list_code=one.code, code=code, name_zh=zh, name_en=en, position=place * 10))
        for series in module.series:
            if _is_first_time(session, f"seed:series:{series.code}"):
                year = clock.today().year if "{year}" in series.pattern else 0
                length = numbering.measure(series.pattern)
                session.add(NumberSeries(code=series.code, year=year, pattern=series.pattern, length=length))
    session.flush()


def _check_admin_password(password: str) -> None:
    """Refuse a password that a person could not choose on the screen either. Raises SeedRefused."""
    try:
        check_password(password, FIRST_ADMIN)
    except RuleViolation as refusal:
        with force_locale("en"):
            raise SeedRefused(f"ADMIN_PASSWORD cannot be used. {refusal} Nobody was added.") from refusal


def _write_admin(session: Session) -> str | None:
    """Make the first administrator when there is nobody yet; the password must be changed at the first sign-in."""
    if session.scalar(select(func.count()).select_from(Staff)):
        return None
    given = current_app.config["ADMIN_PASSWORD"]
    if given:
        _check_admin_password(given)
    password = given or secrets.token_urlsafe(12)
    admin = session.scalars(select(Role).where(Role.name == ADMIN_ROLE)).one()
    session.add(
        Staff(
            username=FIRST_ADMIN, first_name="Administrator", last_name="", email="admin@countersign.example", active=True,
            password=make_hash(password), must_change_password=not given, roles=[admin],
        )
    )  # fmt: skip
    session.flush()
    return None if given else password
