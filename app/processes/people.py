"""What the engine asks about people: holders of roles, managers, open accounts; and who the viewer is to a case."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.access.viewer import Viewer
from ..core.base import clock
from ..staff.models import Staff
from ..staff.queries import find_manager, find_manager_above, list_stood_for, select_members
from .flow.actors import Actor
from .models import Case
from .reading import Design


class DeskStaff:
    """The people of the desk, asked once for one action."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._holders: dict[int, tuple[int, ...]] = {}
        self._living: dict[int, bool] = {}

    def holders_of(self, role: int) -> tuple[int, ...]:
        """Return the living holders of a role, directly or by group, in the order of their user names."""
        if role not in self._holders:
            self._holders[role] = tuple(self._session.connection().scalars(select_members(role)))
        return self._holders[role]

    def manager_of(self, person: int) -> int | None:
        """Return the manager of the person's department, or of the nearest above that has one."""
        return find_manager(self._session, person)

    def manager_above(self, person: int) -> int | None:
        """Return the manager above that one."""
        return find_manager_above(self._session, person)

    def is_living(self, person: int) -> bool:
        """Tell whether the account is open."""
        if person not in self._living:
            table = Staff.__table__.c
            found = self._session.connection().scalar(select(table.id).where(table.id == person, table.active.is_(True)))
            self._living[person] = found is not None
        return self._living[person]


def list_roles(viewer: Viewer) -> frozenset[int]:
    """Return the ids of the viewer's roles, held directly or by group."""
    parts = viewer.profile.parts if viewer.profile is not None else {}
    return frozenset(int(text) for text in parts.get("roles", "").split(",") if text)


def make_actor(session: Session, viewer: Viewer, design: Design, *, owner_id: int | None, department_id: int | None) -> Actor:
    """Return who the viewer is to a case of this owner and department."""
    assert viewer.id is not None
    may_cancel = owner_id != viewer.id and viewer.reaches_row("Cases", ("can_cancel",), owner_id=owner_id, department_id=department_id)
    stands_for = list_stood_for(session, viewer.id, clock.today())
    return Actor(viewer.id, list_roles(viewer), stands_for, may_cancel, design.flow.owner == viewer.id)


def make_actor_of(session: Session, viewer: Viewer, design: Design, row: Case) -> Actor:
    """Return who the viewer is to a case."""
    return make_actor(session, viewer, design, owner_id=row.owner_id, department_id=row.department_id)
