"""The role editor compares a role with another, in words."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.extensions import db
from app.staff.comparison import list_differences


def test_only_what_differs_is_listed_under_the_side_that_grants_it(app: Any) -> None:
    here = {"Customers": {"can_list", "can_edit"}, "Tickets": {"can_list"}, "Home": {"menu_access"}}
    there = {"Customers": {"can_list", "can_delete"}, "Tickets": {"can_list"}, "Lists": {"can_add"}}
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert list_differences(here, there) == [
            ("Customers", "Edit", "Delete"), ("Lists", "", "Add"), ("Workbench", "Menu", ""),
        ]  # fmt: skip


def test_the_editor_shows_the_differences_of_two_seeded_roles(sign_in: Any, app: Any) -> None:
    with app.app_context():
        ids = dict(db.session.execute(select(Role.name, Role.id)).all())
    page = sign_in("chief").get(f"/roles/edit/{ids['Salesperson']}?compare={ids['Regional manager']}").text
    assert "Only Regional manager" in page
    assert "scope: Own" in page and "scope: Department" in page
    same = sign_in("chief").get(f"/roles/edit/{ids['Salesperson']}?compare={ids['Salesperson']}").text
    assert "Only this role" not in same


def test_an_odd_role_to_compare_with_compares_nothing(sign_in: Any) -> None:
    page = sign_in("it").get("/roles/edit/2?compare=' OR 1=1")
    assert page.status_code == 200 and "Only this role" not in page.text
