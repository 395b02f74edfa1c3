"""A form that was opened a while ago: it undoes nothing of a colleague's, loses nothing that was typed, and says what happened."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Group, Role
from sqlalchemy import func, select

from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.sharing.shares import Share
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff

from .conftest import Browser, RestClient
from .factories import World, find_status
from .forms import read_form
from .security import steps


@pytest.fixture
def colleagues(app: Flask, world: World) -> tuple[Browser, Browser]:
    """Return two people of IT, signed in."""
    with app.app_context(), as_system("import"):
        role = db.session.scalars(select(Role).where(Role.name == "IT")).one()
        db.session.get_one(Staff, world.people["service2"]).roles = [role]
        db.session.add(Group(name="Spare", label="Before"))
        db.session.commit()
    return Browser(app).sign_in("it"), Browser(app).sign_in("service2")


def find_id(app: Flask, model: type[Any], name: str) -> int:
    """Return the id of a role or group."""
    with app.app_context(), as_system():
        return int(db.session.scalars(select(model.id).where(model.name == name)).one())


def open_form(browser: Browser, path: str) -> dict[str, Any]:
    """Return what an edit form would send unchanged; what is chosen of sets is the test's to say."""
    sets = ("roles", "groups", "users", "permissions")
    return {name: value for name, value in read_form(browser.get(path).text).items() if name not in sets}


def read_roles(app: Flask, staff_id: int) -> set[str]:
    """Return the roles a person holds."""
    return steps.held_roles(app, staff_id)


def test_an_old_form_of_a_person_gives_no_role_back(app: Flask, world: World, colleagues: tuple[Browser, Browser]) -> None:
    one, other = colleagues
    pk = world.people["selling_boss"]
    path = f"/staff/edit/{pk}"
    old = {**open_form(one, path), "roles": [str(find_id(app, Role, name)) for name in ("Salesperson", "Regional manager")]}
    fresh = {**open_form(other, path), "roles": [str(find_id(app, Role, "Salesperson"))], "phone": "222"}
    assert other.post(path, fresh).status_code == 302
    answer = one.post(path, {**old, "last_name": "Corrected"})
    assert answer.status_code == 409
    assert "Regional manager" in answer.text and "222" in answer.text and "Corrected" in answer.text
    assert read_roles(app, pk) == {"Salesperson"}
    kept = {
        **old,
        "row_version": read_form(answer.text)["row_version"],
        "roles": [str(find_id(app, Role, "Salesperson"))],
        "last_name": "Corrected",
        "phone": "222",
    }
    assert one.post(path, kept).status_code == 302


def test_an_old_form_opens_no_closed_account(app: Flask, world: World, colleagues: tuple[Browser, Browser]) -> None:
    one, other = colleagues
    pk = world.people["nobody"]
    old = open_form(one, f"/staff/edit/{pk}")
    steps.save_person(other, pk, close=True)
    assert one.post(f"/staff/edit/{pk}", {**old, "last_name": "Corrected"}).status_code == 409
    with app.app_context(), as_system():
        assert db.session.get_one(Staff, pk).active is False


@pytest.mark.parametrize(("base", "model", "name", "field"), [("roles", Role, "Salesperson", "name"), ("groups", Group, "Spare", "label")])
def test_an_old_form_of_a_role_or_group_is_compared(
    app: Flask, world: World, colleagues: tuple[Browser, Browser], base: str, model: type[Any], name: str, field: str
) -> None:
    one, other = colleagues
    path = f"/{base}/edit/{find_id(app, model, name)}"
    old, fresh = open_form(one, path), open_form(other, path)
    assert other.post(path, {**fresh, field: "Renamed meanwhile"}).status_code == 302
    answer = one.post(path, {**old, field: "Mine"})
    assert answer.status_code == 409 and "Renamed meanwhile" in answer.text and "Mine" in answer.text


def test_the_same_values_saved_meanwhile_are_no_conflict(app: Flask, world: World, sign_in: Any) -> None:
    path, browser = f"/customers/edit/{world.lead['south1']}", sign_in("south1")
    opened = {**read_form(browser.get(path).text), "address": "Canal Street"}
    assert RestClient(app, "south1").send("PUT", f"customers/{world.lead['south1']}", {"address": "Canal Street"}).status_code == 200
    answer = browser.post(path, opened)
    assert answer.status_code == 302 and answer.location.endswith(f"/customers/show/{world.lead['south1']}")


def count(app: Flask, name: str) -> int:
    """Return how many customers have a name."""
    with app.app_context(), as_system():
        return int(db.session.scalar(select(func.count()).select_from(Customer).where(Customer.name == name)) or 0)


@pytest.fixture
def opened(app: Flask, world: World, sign_in: Any) -> tuple[Browser, dict[str, Any]]:
    """Return a salesperson and the form of a new customer as it was opened."""
    browser = sign_in("south1")
    with app.app_context():
        status = find_status("lead").id
    return browser, {**read_form(browser.get("/customers/add").text), "status": status}


def test_a_new_form_sent_again_with_other_words_is_saved_too(app: Flask, opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, form = opened
    for name in ("First version Ltd", "Corrected version Ltd", "First version Ltd"):
        assert browser.post("/customers/add", {**form, "name": name}).status_code == 302
    assert (count(app, "First version Ltd"), count(app, "Corrected version Ltd")) == (1, 1)


def test_the_same_form_after_its_record_was_deleted_keeps_what_was_typed(app: Flask, opened: tuple[Browser, dict[str, Any]]) -> None:
    browser, form = opened
    made = browser.post("/customers/add", {**form, "name": "Gone again Ltd"}).location
    browser.post(made.replace("/show/", "/delete/"))
    answer = browser.post("/customers/add", {**form, "name": "Gone again Ltd"})
    assert answer.status_code == 422
    assert 'value="Gone again Ltd"' in answer.text and "no longer here" in answer.text


def test_a_button_of_an_open_page_may_be_meant_again(app: Flask, world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, pk = sign_in("south1"), world.lead["south1"]
    fields = {"form_token": "an-open-page", "staff": str(world.people["south2"]), "access": "read"}

    def open_shares() -> int:
        with app.app_context(), as_system():
            return int(
                db.session.scalar(select(func.count()).select_from(Share).where(Share.row_id == pk, Share.revoked_at.is_(None))) or 0
            )

    browser.post(f"/customers/share/{pk}", fields)
    browser.post(f"/customers/unshare/{pk}", {"staff": fields["staff"]})
    answer = browser.post(f"/customers/share/{pk}", fields, headers={"Referer": f"http://localhost/customers/show/{pk}"})
    assert answer.location == f"/customers/show/{pk}" and open_shares() == 0
    assert "If you mean it again" in browser.get(answer.location).text
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    browser.post(f"/customers/share/{pk}", fields)
    assert open_shares() == 1


def test_a_second_click_on_delete_ends_on_the_list(app: Flask, world: World, sign_in: Any) -> None:
    browser, path = sign_in("south1"), f"/customers/delete/{world.lead['south1']}"
    for _turn in range(2):
        answer = browser.post(
            path, {"form_token": "a-page"}, headers={"Referer": f"http://localhost/customers/show/{world.lead['south1']}"}
        )
        assert answer.status_code == 302 and answer.location.startswith("/customers/")
        assert browser.get(answer.location).status_code == 200


def test_rest_rounds_no_money(app: Flask, world: World) -> None:
    client = RestClient(app, "south1")
    for amount in (10.999, "10.005", "0.001", 1e-9):
        body = {"customer_id": world.signed["south1"], "title": "Odd", "amount": amount, "currency": "CNY"}
        assert client.send("POST", "contracts/", body).status_code == 422
        assert client.send("PUT", f"contracts/{world.contract['south1']}", {"amount": amount}).status_code == 422
    assert client.send("PUT", f"contracts/{world.contract['south1']}", {"amount": "10.99"}).json["result"]["amount"] in ("10.99", 10.99)


def test_a_customer_out_of_the_bin_is_found_by_phone(app: Flask, world: World, sign_in: Any) -> None:
    browser, pk = sign_in("south1"), world.lead["south1"]
    browser.post(f"/customers/delete/{pk}")
    browser.post(f"/bin/restore/customer/{pk}")
    assert "south1 Lead Ltd" in browser.get("/customers/?q=8888").text


@pytest.mark.parametrize("text", ["\u200b", "\u3164\u3164", "\u2800", "\u00ad \u2063"])
@pytest.mark.parametrize(
    ("path", "field"), [("customers/{lead}", "name"), ("contracts/{contract}", "title"), ("activities/{activity}", "text")]
)
def test_what_nobody_can_see_is_no_text(app: Flask, world: World, text: str, path: str, field: str) -> None:
    ids = {"lead": world.lead["south1"], "contract": world.contract["south1"], "activity": world.activity["south1"]}
    answer = RestClient(app, "south1").send("PUT", path.format(**ids), {field: text})
    assert answer.status_code == 422 and list(answer.json["message"]) == [field]


def issue_code(it: Browser, pk: int) -> str:
    """Issue a one-time code by the button; return it as the page shows it."""
    found = re.search(r"One-time code for [^:]+: (\S+) ", it.post(f"/staff/reset/{pk}", follow_redirects=True).text)
    assert found is not None
    return found[1]


def test_a_new_code_ends_what_the_former_one_opened(app: Flask, world: World, sign_in: Any) -> None:
    it, pk = sign_in("it"), world.people["nobody"]
    first = issue_code(it, pk)
    thief = Browser(app).sign_in("nobody", first)
    fields = {"csrf_token": thief.token(), "password": "a quite long sentence", "again": "a quite long sentence"}
    second = issue_code(it, pk)
    answer = thief.client.post("/profile/password", data=fields)
    assert answer.status_code == 302 and answer.location.startswith("/login")
    assert Browser(app).sign_in("nobody", second).get("/profile/password").status_code == 200
