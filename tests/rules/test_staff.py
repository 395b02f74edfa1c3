"""The rules on accounts, roles and departments, as tables."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from app.staff import rules

from .said import hear, is_denied

FACTS = ("actor_is_admin", "is_self", "had_admin", "has_admin", "roles_changed", "is_last_admin", "closes")


def expect(facts: dict[str, bool]) -> Any:
    """Return what must be said, as the security model puts it."""
    by_it = not facts["actor_is_admin"]
    if by_it and facts["is_self"] and facts["roles_changed"]:
        return rules.NOT_YOUR_OWN
    if by_it and not facts["is_self"] and facts["had_admin"]:
        return rules.ADMIN_ONLY
    if by_it and facts["has_admin"] and not facts["had_admin"]:
        return rules.ADMIN_ROLE_ONLY
    if facts["is_self"] and facts["closes"]:
        return rules.OWN_ACCOUNT
    if facts["had_admin"] and facts["is_last_admin"] and (facts["closes"] or not facts["has_admin"]):
        return rules.LAST_ADMIN
    return None


def test_every_change_of_an_account() -> None:
    for values in product([True, False], repeat=len(FACTS)):
        facts = dict(zip(FACTS, values, strict=True))
        heard = hear(rules.check_account_change, rules.AccountChange(**facts))
        assert (heard[0] if heard else None) is expect(facts), facts


BY_HAND = [  # who acts on whom, and what comes of it
    ({}, None),
    ({"roles_changed": True}, None),
    ({"closes": True}, None),
    ({"had_admin": True, "has_admin": True}, rules.ADMIN_ONLY),
    ({"has_admin": True, "roles_changed": True}, rules.ADMIN_ROLE_ONLY),
    ({"is_self": True}, None),
    ({"is_self": True, "roles_changed": True}, rules.NOT_YOUR_OWN),
    ({"is_self": True, "closes": True}, rules.OWN_ACCOUNT),
    ({"actor_is_admin": True, "had_admin": True, "has_admin": True}, None),
    ({"actor_is_admin": True, "has_admin": True, "roles_changed": True}, None),
    ({"actor_is_admin": True, "had_admin": True, "roles_changed": True}, None),
    ({"actor_is_admin": True, "had_admin": True, "roles_changed": True, "is_last_admin": True}, rules.LAST_ADMIN),
    ({"actor_is_admin": True, "had_admin": True, "has_admin": True, "closes": True, "is_last_admin": True}, rules.LAST_ADMIN),
    ({"actor_is_admin": True, "is_self": True, "had_admin": True, "has_admin": True, "closes": True}, rules.OWN_ACCOUNT),
]


@pytest.mark.parametrize(("change", "said"), BY_HAND)
def test_who_may_change_an_account(change: dict[str, bool], said: Any) -> None:
    facts = dict.fromkeys(FACTS, False) | change
    account = rules.AccountChange(**facts)
    heard = hear(rules.check_account_change, account)
    assert (heard[0] if heard else None) is said
    assert is_denied(rules.check_account_change, account) == (said in (rules.ADMIN_ONLY, rules.ADMIN_ROLE_ONLY, rules.NOT_YOUR_OWN))


@pytest.mark.parametrize(
    ("is_admin", "holds", "is_admin_role", "said"),
    [
        (True, True, True, None),
        (True, True, False, None),
        (True, False, True, None),
        (True, False, False, None),
        (False, True, True, rules.ADMIN_ROLE_ONLY),
        (False, False, True, rules.ADMIN_ROLE_ONLY),
        (False, True, False, rules.ROLE_YOU_HOLD),
        (False, False, False, None),
    ],
)
def test_who_may_change_a_role(is_admin: bool, holds: bool, is_admin_role: bool, said: Any) -> None:
    facts = {"actor_is_admin": is_admin, "actor_holds": holds, "is_admin_role": is_admin_role}
    assert hear(rules.check_role_change, **facts) == (None if said is None else (said, "name"))
    assert is_denied(rules.check_role_change, **facts) == (said is not None)


@pytest.mark.parametrize(
    ("department", "above", "passes"), [(None, [1, 2], True), (3, [1, 2], True), (3, [], True), (3, [3, 1], False), (1, [3, 1], False)]
)
def test_departments_stay_a_tree(department: int | None, above: list[int], passes: bool) -> None:
    assert hear(rules.check_tree, department, above) == (None if passes else (rules.DEPARTMENT_LOOP, "parent"))


@pytest.mark.parametrize("name", ["li", "wang.wei", "a@b.cn", "王伟", " li ", "a" * 64])
def test_user_names_that_people_can_type(name: str) -> None:
    assert rules.check_username(name) == name.strip()


@pytest.mark.parametrize("name", ["", None, "a", "a b", "a/b", "<b>", "a" * 65])
def test_other_user_names_are_refused(name: str | None) -> None:
    assert hear(rules.check_username, name) == (rules.USERNAME_BAD, "username")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("correct horse", None),
        ("我的密码是一句很长的话", None),
        ("a1b2c3d4e5", None),
        ("short", rules.PASSWORD_SHORT),
        ("", rules.PASSWORD_SHORT),
        ("123456789", rules.PASSWORD_SHORT),
        ("x" * 129, rules.PASSWORD_LONG),
        ("aaaaaaaaaaaa", rules.PASSWORD_COMMON),
        ("abababababab", rules.PASSWORD_COMMON),
        ("Password123", rules.PASSWORD_COMMON),
        ("my south1 pass", rules.PASSWORD_COMMON),
    ],
)
def test_passwords(password: str, said: Any) -> None:
    assert hear(rules.check_password, password, "South1") == (None if said is None else (said, "password"))


def test_a_short_user_name_may_stand_in_a_password() -> None:
    assert hear(rules.check_password, "believing in line", "li") is None
