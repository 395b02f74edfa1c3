"""IT gives roles but cannot raise itself, touch administrators or lock everybody out; what it took away stays away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role

from app.core.access import grants as core_grants
from app.core.access import viewer
from app.core.access.viewer import as_system
from app.core.web.modules import discover
from app.extensions import db
from app.seed import install
from app.staff import guards, rules
from app.staff.models import InstallationValue

from ..conftest import Browser
from ..factories import World
from ..snapshots import list_changes, take_snapshot
from . import steps
from .steps import find_role, make_group, save_group, save_person, save_role

RIGHTS_TABLES = ("ab_user", "ab_user_role", "ab_group", "ab_user_group", "ab_group_role", "ab_role", "ab_permission_view_role")
Attack = Callable[[Browser, World], Any]


def give_oneself_a_role(it: Browser, world: World) -> Any:
    """Add a role to one's own account."""
    return save_person(it, world.people["it"], roles=[find_role(it.app, "IT"), find_role(it.app, "Management")])


def give_oneself_a_group(it: Browser, world: World) -> Any:
    """Add a group to one's own account."""
    return save_person(it, world.people["it"], groups=[make_group(it.app, "g", ["Management"], [])])


def join_by_the_group_s_screen(it: Browser, world: World) -> Any:
    """Add oneself to a group."""
    group = make_group(it.app, "g", ["Management"], [])
    return save_group(it, group, name="g", roles=[find_role(it.app, "Management")], users=[world.people["it"]])


def widen_the_own_group(it: Browser, world: World) -> Any:
    """Give the group one is in another role."""
    group = make_group(it.app, "g", [], ["it"])
    return save_group(it, group, name="g", roles=[find_role(it.app, "Management")], users=[world.people["it"]])


def found_a_group_with_oneself(it: Browser, world: World) -> Any:
    """Add a group that holds oneself."""
    fields = {"name": "g", "label": "", "description": "", "roles": [find_role(it.app, "Management")], "users": [world.people["it"]]}
    return it.post("/groups/add", fields)


def widen_the_own_role(it: Browser, world: World) -> Any:
    """Grant one's own role more."""
    grants = list(steps.list_grants(it.app, "IT").values())
    return save_role(it, "IT", [*grants, steps.find_grant(it.app, "can_see_all", "Customers")])


def widen_a_role_held_by_group(it: Browser, world: World) -> Any:
    """Grant more to a role that one holds by a group."""
    make_group(it.app, "g", ["Maintenance"], ["it"])
    return save_role(it, "Maintenance", [steps.find_grant(it.app, "can_list", "Customers")])


def change_admin_role(it: Browser, world: World) -> Any:
    """Take grants from the Admin role."""
    return save_role(it, "Admin", [])


def rename_a_role_to_admin(it: Browser, world: World) -> Any:
    """Call one's creature Admin."""
    return save_role(it, "Management", [], name="Admin")


def make_an_admin(it: Browser, world: World) -> Any:
    """Give another account the Admin role."""
    return save_person(it, world.people["south1"], roles=[find_role(it.app, "Admin")])


def make_a_new_admin(it: Browser, world: World) -> Any:
    """Add an account with the Admin role."""
    person = {
        "username": "mallory",
        "first_name": "M",
        "last_name": "",
        "email": "m@example.com",
        "roles": [find_role(it.app, "Admin")],
        "active": "y",
    }
    return it.post("/staff/add", person)


def make_an_admin_group(it: Browser, world: World) -> Any:
    """Add a group that gives the Admin role."""
    fields = {"name": "g", "label": "", "description": "", "roles": [find_role(it.app, "Admin")], "users": [world.people["south1"]]}
    return it.post("/groups/add", fields)


def use_an_admin_group(it: Browser, world: World) -> Any:
    """Put an account into a group that gives the Admin role."""
    return save_person(it, world.people["south1"], groups=[make_group(it.app, "g", ["Admin"], [])])


def rename_an_admin(it: Browser, world: World) -> Any:
    """Change an administrator's mail address."""
    return save_person(it, world.people["chief"], email="mallory@example.com")


def close_an_admin(it: Browser, world: World) -> Any:
    """Close an administrator's account."""
    return save_person(it, world.people["chief"], close=True)


def demote_an_admin(it: Browser, world: World) -> Any:
    """Take the role from an administrator."""
    return save_person(it, world.people["chief"], roles=[])


def put_an_admin_into_a_group(it: Browser, world: World) -> Any:
    """Change an administrator's groups by the group's screen."""
    group = make_group(it.app, "g", ["Salesperson"], [])
    return save_group(it, group, name="g", roles=[find_role(it.app, "Salesperson")], users=[world.people["chief"]])


def reset_an_admin(it: Browser, world: World) -> Any:
    """Issue a code for an administrator."""
    return it.post(f"/staff/reset/{world.people['chief']}")


def delete_admin_role(it: Browser, world: World) -> Any:
    """Delete the Admin role."""
    return it.post(f"/roles/delete/{find_role(it.app, 'Admin')}")


def delete_the_own_group(it: Browser, world: World) -> Any:
    """Delete a group one is in."""
    return it.post(f"/groups/delete/{make_group(it.app, 'g', ['Salesperson'], ['it'])}")


ATTACKS: list[Attack] = [
    give_oneself_a_role,
    give_oneself_a_group,
    join_by_the_group_s_screen,
    widen_the_own_group,
    found_a_group_with_oneself,
    widen_the_own_role,
    widen_a_role_held_by_group,
    change_admin_role,
    rename_a_role_to_admin,
    make_an_admin,
    make_a_new_admin,
    make_an_admin_group,
    use_an_admin_group,
    rename_an_admin,
    close_an_admin,
    demote_an_admin,
    put_an_admin_into_a_group,
    reset_an_admin,
    delete_admin_role,
    delete_the_own_group,
]


class Attacker(Browser):
    """IT's browser: signs in when what the attack needs is prepared, and keeps what the tables held then."""

    before: Any = None

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Send the one form of the attack."""
        if self.before is None and path != "/login/":
            self.sign_in("it")
            self.before = take_snapshot(self.app, *RIGHTS_TABLES)
        return super().post(path, data, **kwargs)


def list_gains(app: Flask, attack: Attack, world: World) -> dict[str, int]:
    """Return what the attack changes of accounts, roles and groups."""
    it = Attacker(app)
    answer = attack(it, world)
    assert answer.status_code in (302, 403, 404, 422), answer.status_code
    return list_changes(it.before, take_snapshot(app, *RIGHTS_TABLES))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_it_cannot(attack: Attack, app: Flask, world: World) -> None:
    assert list_gains(app, attack, world) == {}


# The unique name and the role in use refuse the other two as well.
OPENED = [attack for attack in ATTACKS if attack not in (rename_a_role_to_admin, delete_admin_role)]


@pytest.mark.parametrize("attack", OPENED, ids=lambda attack: attack.__name__)
@pytest.mark.slow
def test_an_attack_that_succeeds_would_be_noticed(attack: Attack, app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "check_account_change", lambda _: None)
    monkeypatch.setattr(rules, "check_role_change", lambda **_: None)
    monkeypatch.setattr("app.core.access.viewer.Viewer.is_admin", True, raising=False)
    monkeypatch.setattr(guards, "holds_admin", lambda session, staff_id: False)
    real = viewer.load_viewer

    def load_as_admin(user_id: int, *args: Any) -> viewer.Viewer:
        return replace(real(user_id, *args), is_admin=True)

    monkeypatch.setattr(viewer, "load_viewer", load_as_admin)
    assert list_gains(app, attack, world) != {}


@pytest.mark.parametrize("role", ["Salesperson", "Regional manager", "Maintenance", "Management", "IT"])
def test_it_gives_any_other_role_to_a_colleague(app: Flask, world: World, role: str) -> None:
    answer = save_person(Browser(app).sign_in("it"), world.people["nobody"], roles=[find_role(app, role)])
    assert answer.status_code == 302
    assert steps.held_roles(app, world.people["nobody"]) == {role}


def take_away_elsewhere(workers: list[Flask], monkeypatch: pytest.MonkeyPatch) -> int:
    """Take a grant away on one instance; return what a holder's next request on another, with its old memory, answers."""
    manager = Browser(workers[1]).sign_in("director")
    assert manager.get("/customers/").status_code == 200
    remembered = dict(core_grants._grants._entries)
    grants = steps.list_grants(workers[0], "Management")
    left = [key for grant, key in grants.items() if grant != ("can_list", "Customers")]
    assert save_role(Browser(workers[0]).sign_in("it"), "Management", left).status_code == 302
    core_grants._grants.clear()
    core_grants._grants._entries.update(remembered)
    return int(manager.get("/customers/").status_code)


def test_a_grant_taken_away_is_gone_at_the_next_request_elsewhere(workers: list[Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    assert take_away_elsewhere(workers, monkeypatch) in (302, 403)


def test_remembered_grants_would_be_noticed(workers: list[Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "bump_grants_version", lambda connection: None)
    assert take_away_elsewhere(workers, monkeypatch) == 200
    core_grants._grants.clear()


def test_what_it_took_away_stays_away_after_an_upgrade(app: Flask, sign_in: Any) -> None:
    grants = steps.list_grants(app, "Management")
    left = [key for grant, key in grants.items() if grant != ("can_list", "Customers")]
    save_role(sign_in("it"), "Management", left)
    with app.app_context():
        install.prepare(discover("app"))
    assert ("can_list", "Customers") not in steps.list_grants(app, "Management")


def test_preparing_again_changes_nothing(app: Flask) -> None:
    before = take_snapshot(app)
    for _ in range(2):
        with app.app_context():
            install.prepare(discover("app"))
    assert list_changes(before, take_snapshot(app)) == {}


def test_granting_again_would_be_noticed(app: Flask) -> None:
    with app.app_context(), as_system("import"):
        role = db.session.get_one(Role, find_role(app, "Management"))
        role.permissions = []
        key = db.session.get_one(InstallationValue, "grant:Management:can_list:Customers")
        db.session.delete(key)
        db.session.commit()
        install.prepare(discover("app"))
    assert set(steps.list_grants(app, "Management")) == {("can_list", "Customers")}


def lock_out_attempts(app: Flask, world: World) -> dict[str, Any]:
    """Return the ways in which the only administrator could lock everybody out."""
    admin = find_role(app, "Admin")
    return {
        "close": lambda chief: save_person(chief, world.people["chief"], close=True),
        "demote": lambda chief: save_person(chief, world.people["chief"], roles=[]),
        "rename the role": lambda chief: save_role(chief, "Admin", [], name="Boss"),
        "delete the role": lambda chief: chief.post(f"/roles/delete/{admin}"),
    }


@pytest.mark.parametrize("way", ["close", "demote", "rename the role", "delete the role"])
def test_the_last_administrator_stays(app: Flask, world: World, way: str) -> None:
    assert save_person(Browser(app).sign_in("chief"), world.people["admin"], close=True, email="root@example.com").status_code == 302
    lock_out_attempts(app, world)[way](Browser(app).sign_in("chief"))
    assert "Admin" in steps.held_roles(app, world.people["chief"])
    assert Browser(app).sign_in("chief").get("/staff/").status_code == 200


def test_the_last_administrator_by_group_stays(app: Flask, world: World) -> None:
    group = make_group(app, "owners", ["Admin"], ["chief"])
    for name, roles in (("admin", None), ("chief", [])):
        changes: dict[str, Any] = {"close": True, "email": "root@example.com"} if roles is None else {"roles": roles}
        save_person(Browser(app).sign_in("chief"), world.people[name], **changes)
    save_group(Browser(app).sign_in("chief"), group, name="owners", roles=[], users=[world.people["chief"]])
    save_group(Browser(app).sign_in("chief"), group, name="owners", roles=[find_role(app, "Admin")], users=[])
    assert "Admin" in steps.held_roles(app, world.people["chief"])
