"""The preview of a role: writes nothing, and its figures are those after saving."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select

from app.core.access.scope import owned_models
from app.core.access.screens import all_screens
from app.core.access.viewer import acting_as
from app.core.base.screens import label_of
from app.extensions import db
from app.staff.models import Staff
from app.staff.rolepreview import preview_role

from ..factories import World
from ..snapshots import list_changes, take_snapshot

CHANGES = [
    ("Salesperson", {("can_see_department", "Customers")}, {("can_see_own", "Customers")}),
    ("Salesperson", set(), {("can_see_own", "Customers"), ("can_see_own", "Contracts")}),
    ("Regional manager", {("can_see_all", "Customers"), ("can_see_all", "Tickets")}, {("can_see_department", "Customers")}),
    ("Maintenance", {("can_list", "Customers")}, set()),
    ("Management", set(), {("can_list", "Activities"), ("can_show", "Activities")}),
    ("Salesperson", set(), {("can_delete", "Customers")}),
]


def count_seen() -> dict[tuple[str, str], set[int]]:
    """Return (person, model) -> ids of what each active person sees."""
    found = {}
    for staff_id, username in db.session.execute(select(Staff.id, Staff.username).where(Staff.active.is_(True))).all():
        with acting_as(staff_id):
            for model in owned_models():
                found[username, model.__name__] = set(db.session.scalars(select(model.id)))
    return found


@pytest.mark.parametrize(("name", "comes", "goes"), CHANGES)
def test_what_is_foretold_is_what_happens(app: Flask, world: World, sign_in: Any, name: str, comes: set[Any], goes: set[Any]) -> None:
    with app.app_context():
        screens = {str(label_of(screen.class_permission_name)): screen.datamodel.obj.__name__ for screen in all_screens()}
        names = {str(person.name): person.username for person in db.session.scalars(select(Staff))}
        role = db.session.scalars(select(Role).where(Role.name == name)).one()
        everything = {(p.permission.name, p.view_menu.name): p.id for other in db.session.scalars(select(Role)) for p in other.permissions}
        held = {(p.permission.name, p.view_menu.name): p.id for p in role.permissions}
        chosen = [*(pv for key, pv in held.items() if key not in goes), *(everything[key] for key in comes)]
        before, role_id = count_seen(), role.id
        db.session.remove()
        snapshot = take_snapshot(app)
        role = db.session.get_one(Role, role_id)
        preview = preview_role(role, chosen)
        told, sums = {}, {}
        for effect in preview.effects:
            model = screens[effect.screen]
            sums[model] = (effect.gained, effect.lost)
            for person, n in effect.gains:
                told[names[person], model] = (n, 0)
            for person, n in effect.losses:
                told[names[person], model] = (told.get((names[person], model), (0, 0))[0], n)
        db.session.remove()
    assert list_changes(snapshot, take_snapshot(app)) == {}
    page = sign_in("it").post(f"/roles/preview/{role_id}", {"name": name, "permissions": [str(one) for one in chosen]})
    assert page.status_code == 200 and "If you save this" in page.text
    assert sign_in("it").post(f"/roles/edit/{role_id}", {"name": name, "permissions": [str(one) for one in chosen]}).status_code == 302
    with app.app_context():
        after = count_seen()
    shown = set(screens.values())
    happened = {
        key: (len(after[key] - before[key]), len(before[key] - after[key]))
        for key in before
        if before[key] != after[key] and key[1] in shown
    }
    assert told == happened
    for model, (gained, lost) in sums.items():
        gains = set().union(*(after[key] - before[key] for key in before if key[1] == model))
        losses = set().union(*(before[key] - after[key] for key in before if key[1] == model))
        assert (gained, lost) == (len(gains), len(losses))


def test_the_sentence_counts_people_and_records(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context():
        role = db.session.scalars(select(Role).where(Role.name == "Maintenance")).one()
        seen = db.session.execute(select(func.count()).select_from(Staff.__table__)).scalar_one()
        held = [str(p.id) for p in role.permissions]
        extra = next(
            p
            for other in db.session.scalars(select(Role))
            for p in other.permissions
            if (p.permission.name, p.view_menu.name) == ("can_list", "Customers")
        )
        role_id, extra_id = role.id, str(extra.id)
    assert seen > 10
    page = sign_in("it").post(f"/roles/preview/{role_id}", {"name": "Maintenance", "permissions": [*held, extra_id]}).text
    assert "Customers: 2 people gain 7." in page and "Nobody else changes." in page
    same = sign_in("it").post(f"/roles/preview/{role_id}", {"name": "Maintenance", "permissions": held}).text
    assert "Nobody gains or loses records." in same
