"""What saving a role would change: who gains or loses which records. Reads only; counted by the conditions of the scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, func, not_, or_, select, true

from ..core.access.directory import name_of_person
from ..core.access.grants import Grant
from ..core.access.mixins import Owned
from ..core.access.scope import make_condition
from ..core.access.screens import ScreenBase, all_screens
from ..core.access.viewer import SEE, Viewer, load_viewer
from ..core.base.entities import table_of
from ..core.base.formatting import join_words
from ..core.base.screens import label_of
from ..extensions import db
from .comparison import list_differences, read_grants
from .queries import select_members


@dataclass
class Effect:
    """What happens to one screen's records: people who gain or lose some, each with how many, and all of it in a sentence."""

    screen: str
    gains: list[tuple[str, int]] = field(default_factory=list)
    losses: list[tuple[str, int]] = field(default_factory=list)
    gained: int = 0
    lost: int = 0

    @property
    def sentence(self) -> str:
        """Return the effect in one sentence."""
        many, few = len(self.gains), len(self.losses)
        parts = []
        if many:
            parts.append(ngettext("%(n)s person gains %(gained)s", "%(n)s people gain %(gained)s", many, n=many, gained=self.gained))
        if few:
            parts.append(ngettext("%(n)s person loses %(lost)s", "%(n)s people lose %(lost)s", few, n=few, lost=self.lost))
        return _("%(screen)s: %(what)s.", screen=self.screen, what=join_words(parts))


@dataclass
class RolePreview:
    """The effects per screen, how many hold the role, and which permissions come and go."""

    people: int
    effects: list[Effect]
    differences: list[tuple[str, str, str]]


def preview_role(role: Role, chosen: Iterable[int]) -> RolePreview:
    """Return what would change if the role granted exactly these permissions."""
    grants = _read_chosen(chosen)
    members = list(db.session.scalars(select_members(role.id)))
    pairs = [(name_of_person(staff_id), *_make_viewers(staff_id, role.id, grants)) for staff_id in members]
    effects = [_find_effect(screen, pairs) for screen in all_screens() if issubclass(screen.model, Owned)]
    after: dict[str, set[str]] = {}
    for action, module in grants:
        after.setdefault(module, set()).add(action)
    return RolePreview(len(members), [one for one in effects if one.gains or one.losses], list_differences(after, read_grants(role)))


def _read_chosen(chosen: Iterable[int]) -> frozenset[Grant]:
    statement = (
        select(Permission.name, ViewMenu.name)
        .select_from(PermissionView)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(PermissionView.id.in_([one for one in chosen if 0 < one < 2**31]))
    )
    return frozenset((action, module) for action, module in db.session.execute(statement))


def _make_viewers(staff_id: int, role_id: int, grants: frozenset[Grant]) -> tuple[Viewer, Viewer]:
    """Return a person as they are, and as they would be."""
    before = load_viewer(staff_id)
    held = sorted(int(text) for text in before.profile.parts.get("roles", "").split(",") if text) if before.profile else []
    roles = tuple(grants if held[place] == role_id else role for place, role in enumerate(before.roles))
    return before, replace(before, roles=roles, version=None, cache={})


def _find_effect(screen: ScreenBase, pairs: list[tuple[str, Viewer, Viewer]]) -> Effect:
    model, effect = screen.model, Effect(str(label_of(screen.class_permission_name)))
    gains: list[ColumnElement[bool]] = []
    losses: list[ColumnElement[bool]] = []
    for name, before, after in pairs:
        module = model.policy.module
        if before.reach(module, SEE) == after.reach(module, SEE):
            continue
        old, new = _condition(model, before), _condition(model, after)
        for people, conditions, found in ((effect.gains, gains, new & not_(old)), (effect.losses, losses, old & not_(new))):
            if count := _count(model, found):
                people.append((name, count))
                conditions.append(found)
    effect.gained = _count(model, or_(*gains)) if gains else 0
    effect.lost = _count(model, or_(*losses)) if losses else 0
    return effect


def _condition(model: type[Owned], viewer: Viewer) -> ColumnElement[bool]:
    """Return what a viewer sees, with nothing left to NULL: a row without department is not theirs, and so not lost twice."""
    found = make_condition(model, viewer, SEE)
    return true() if found is None else func.coalesce(found, False)


def _count(model: type[Owned], condition: ColumnElement[bool]) -> int:
    """Count living rows past the asker's own scope: IT learns numbers, no names."""
    table = table_of(model)
    return (
        db.session.connection().execute(select(func.count()).select_from(table).where(table.c.deleted_at.is_(None), condition)).scalar_one()
    )
