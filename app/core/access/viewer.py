"""Who asks, and what may they do: role × module × action. One load per request, grants cached per set of roles.

A *viewer* is the person (or the system) in whose name statements run. Nobody known = nothing reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from flask import g, has_request_context
from flask_appbuilder.security.sqla.models import assoc_group_role, assoc_user_group, assoc_user_role
from sqlalchemy import BindParameter, Connection, ScalarSelect, String, cast, func, select

from ...extensions import db
from ..base.registry import Registry
from .grants import Grant, find_grants, grants_version

SEE = ("can_list", "can_show")
PICK = (*SEE, "can_pick")
EDIT = ("can_edit",)
HAND_OVER = ("can_hand_over",)


class Reach(IntEnum):
    """How far a person's rows go; a wider reach includes the narrower."""

    NONE = 0
    OWN = 1
    DEPARTMENT = 2
    ALL = 3


SCOPES = {"can_see_own": Reach.OWN, "can_see_department": Reach.DEPARTMENT, "can_see_all": Reach.ALL}


@dataclass(frozen=True)
class Profile:
    """What the directory (the staff module) knows of one active person."""

    id: int
    name: str
    username: str
    department_id: int | None
    tree: frozenset[int]
    locale: str | None = None
    must_change_password: bool = False
    epoch: int = 0
    parts: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Viewer:
    """Someone in whose name rows are read and written."""

    profile: Profile | None = None
    roles: tuple[frozenset[Grant], ...] = ()
    is_admin: bool = False
    is_system: bool = False
    shares: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    version: int | None = None  # of the grants and short lists, as of this request; None: cache nothing
    cache: dict[tuple[str, tuple[str, ...]], Reach] = field(default_factory=dict, compare=False)

    @property
    def id(self) -> int | None:
        """Return the person's id; None for the system and for nobody."""
        return self.profile.id if self.profile else None

    def may(self, action: str, module: str) -> bool:
        """Tell whether any role grants the action on the module, whatever the row."""
        if self.is_system or (self.is_admin and self.profile is not None):
            return True
        return any((action, module) in role for role in self.roles)

    def reach(self, module: str, actions: tuple[str, ...]) -> Reach:
        """Return how far the person may do one of the actions: per role, then united."""
        if self.is_system or (self.is_admin and self.profile is not None):
            return Reach.ALL
        key = (module, actions)
        if key not in self.cache:
            self.cache[key] = max((self._reach_in(role, module, actions) for role in self.roles), default=Reach.NONE)
        return self.cache[key]

    @staticmethod
    def _reach_in(role: frozenset[Grant], module: str, actions: tuple[str, ...]) -> Reach:
        if not any((action, module) in role for action in actions):
            return Reach.NONE
        return max((reach for scope, reach in SCOPES.items() if (scope, module) in role), default=Reach.NONE)

    def shared_ids(self, module: str, *, full_only: bool = False) -> frozenset[int]:
        """Return ids of rows of the module shared with the person today."""
        rows = self.shares.get(module, {})
        return frozenset(i for i, access in rows.items() if access == "full" or not full_only)

    def reaches_row(self, module: str, actions: tuple[str, ...], *, owner_id: int | None, department_id: int | None) -> bool:
        """Tell whether a row of this owner and department is within reach of the actions (shares apart)."""
        reach = self.reach(module, actions)
        if reach is Reach.ALL:
            return True
        if reach is Reach.NONE or self.profile is None:
            return False
        if owner_id == self.profile.id:
            return True
        return reach is Reach.DEPARTMENT and department_id is not None and department_id in self.profile.tree


NOBODY = Viewer()
SYSTEM = Viewer(is_system=True)

_acting: ContextVar[Viewer | None] = ContextVar("acting_viewer", default=None)
_source: ContextVar[str] = ContextVar("source", default="")
ProfileReader = Callable[[Connection, int], Profile | None]
ShareParser = Callable[[str], Mapping[str, Mapping[int, str]]]
Part = Callable[[BindParameter[int], BindParameter[date]], ScalarSelect[str]]
DIRECTORY: Registry[str, ProfileReader] = Registry("how a person's profile is read", single=True)
SHARES: Registry[str, ShareParser] = Registry("how the profile's part “shares” is read", single=True)
# Texts about a person (by id, on a day) that are folded into the one statement that every request begins with.
PROFILE_PARTS: Registry[str, Part] = Registry("parts of the profile", single=True)


@contextmanager
def as_system(source: str = "system") -> Iterator[None]:
    """Run the block as the system: every row, no permission asked, rules and history still in force. `source`: as in `from_source`."""
    with acting_as(SYSTEM, source=source):
        yield


@contextmanager
def elevated(source: str = "form") -> Iterator[None]:
    """Run the block with the system's rights but in the present person's name, for what everyone may do to themself."""
    with acting_as(Viewer(profile=current_viewer().profile, is_system=True), source=source):
        yield


@contextmanager
def acting_as(who: Viewer | int, *, source: str = "shell") -> Iterator[Viewer]:
    """Run the block in the name of a viewer or of the person with this id."""
    viewer = load_viewer(who) if isinstance(who, int) else who
    token, source_token = _acting.set(viewer), _source.set(source)
    try:
        yield viewer
    finally:
        _acting.reset(token)
        _source.reset(source_token)


@contextmanager
def from_source(source: str) -> Iterator[None]:
    """Name the source of the writes in the block for the history: form, action, api, import, …"""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def current_source() -> str:
    """Return the source of the present write: the innermost that was named, else “form” within a request and “shell” outside."""
    return _source.get() or ("form" if has_request_context() else "shell")


def current_viewer() -> Viewer:
    """Return who asks now. Fails closed: NOBODY unless a signed-in person or an explicit block says otherwise."""
    acting = _acting.get()
    if acting is not None:
        return acting
    if not has_request_context():
        return NOBODY
    user = g.get("user")
    cached: tuple[object, Viewer] | None = g.get("_viewer")
    if cached is not None and cached[0] is user:
        return cached[1]
    user_id = getattr(user, "id", None) if user is not None and getattr(user, "is_authenticated", False) else None
    if user_id is None:
        return NOBODY
    viewer = load_viewer(user_id, getattr(user, "profile", None))
    g._viewer = (user, viewer)
    return viewer


def forget_viewer() -> None:
    """Drop the viewer cached for this request, after its roles or department changed."""
    if has_request_context():
        g.pop("_viewer", None)


def read_profile(user_id: int) -> Profile | None:
    """Return the profile of an active person, None when unknown or closed."""
    read = DIRECTORY.find("people")
    return read(db.session.connection(), user_id) if read is not None else None


def load_viewer(user_id: int, profile: Profile | None = None) -> Viewer:
    """Read one active person with roles, scope tree and shares; NOBODY when unknown or inactive.

    `profile`: as read already in this request.
    """
    profile = profile or read_profile(user_id)
    if profile is None:
        return NOBODY
    role_ids = tuple(sorted(int(text) for text in profile.parts.get("roles", "").split(",") if text))
    version = int(profile.parts.get("version") or 0)
    grants, is_admin = find_grants(db.session.connection(), role_ids, version)
    parse = SHARES.find("shares")
    shares = parse(profile.parts.get("shares", "")) if parse is not None else {}
    return Viewer(profile=profile, roles=grants, is_admin=is_admin, shares=shares, version=version)


def profile_parts(person: BindParameter[int], today: BindParameter[date]) -> dict[str, ScalarSelect[str]]:
    """Return every part by name."""
    parts: dict[str, Part] = {"roles": _select_roles, "version": _select_version, **PROFILE_PARTS.first_of_each()}
    return {name: make(person, today) for name, make in parts.items()}


def _select_roles(person: BindParameter[int], _today: BindParameter[date]) -> ScalarSelect[str]:
    direct = select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == person)
    by_group = (
        select(assoc_group_role.c.role_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
        .where(assoc_user_group.c.user_id == person)
    )
    held = direct.union(by_group).subquery()
    return select(func.aggregate_strings(cast(held.c.role_id, String), ",")).scalar_subquery()


def _select_version(_person: BindParameter[int], _today: BindParameter[date]) -> ScalarSelect[str]:
    return select(cast(grants_version.c.value, String)).limit(1).scalar_subquery()
