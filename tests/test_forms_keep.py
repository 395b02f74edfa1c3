"""Forms keep what was typed and chosen, name all that is wrong at once, and offer the control that the value needs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base.parsing import parse_number
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff

from .factories import World, find_status

ENGLISH = {"Accept-Language": "en"}


def read_select(page: str, name: str) -> tuple[bool, list[str]]:
    """Return whether a select takes several, and what is chosen in it."""
    found = re.search(rf'<select[^>]*name="{name}"([^>]*)>(.*?)</select>', page, re.DOTALL)
    assert found is not None, name
    return "multiple" in found[1], re.findall(r'<option value="([^"]*)" selected', found[2])


def test_a_person_keeps_all_roles_when_something_else_is_changed(app: Flask, world: World, sign_in: Any) -> None:
    it, pk = sign_in("it"), world.people["selling_boss"]
    page = it.get(f"/staff/edit/{pk}").text
    takes_many, chosen = read_select(page, "roles")
    with app.app_context(), as_system():
        held = [str(role.id) for role in db.session.get_one(Staff, pk).roles]
    assert takes_many and sorted(chosen) == sorted(held) and len(held) == 2
    assert read_select(page, "groups") == (True, [])
    assert read_select(it.get("/staff/add").text, "roles") == (True, [])  # nobody gets a role that was not chosen
    assert read_select(it.get("/groups/add").text, "users") == (True, [])


def test_an_instant_is_entered_by_a_control_for_it(sign_in: Any) -> None:
    page = sign_in("south1").get("/activities/add").text
    assert re.search(r'<input type="datetime-local"[^>]*name="happened_at"[^>]*value="\d{4}-\d\d-\d\dT\d\d:\d\d"', page)


@pytest.mark.parametrize(
    ("path", "person", "wrong"),
    [
        ("/contracts/add", "south1", {"title": "T", "amount": "ten"}),
        ("/tickets/add", "service1", {"subject": ""}),
        ("/activities/add", "south1", {"text": ""}),
    ],
)
def test_a_chosen_customer_keeps_its_name_after_an_error(world: World, sign_in: Any, path: str, person: str, wrong: dict[str, str]) -> None:
    answer = sign_in(person).post(path, {"customer": world.signed["south1"], **wrong})
    assert re.search(rf'<option value="{world.signed["south1"]}" selected>south1 Signed Ltd</option>', answer.text)


def test_a_customer_out_of_reach_gets_no_name_from_a_form_error(world: World, sign_in: Any) -> None:
    answer = sign_in("south1").post("/contracts/add", {"customer": world.signed["south2"], "title": "T", "amount": "ten"})
    assert f"#{world.signed['south2']}" in answer.text and "south2 Signed" not in answer.text


def test_a_refused_status_change_stays_open_with_what_was_typed(world: World, sign_in: Any) -> None:
    pk = world.lead["south1"]
    answer = sign_in("south1").post(f"/customers/status/{pk}", {"status": "5", "ended_on": "2026-01-31"}, headers=ENGLISH)
    assert answer.status_code == 422
    dialog = next(part for part in answer.text.split("<dialog")[1:] if "/customers/status/" in part).split("</dialog>")[0]
    assert "data-open" in dialog.split(">", 1)[0]
    assert 'value="2026-01-31"' in dialog and 'name="status" value="5"' in dialog
    assert "Enter the reason for the termination." in dialog


def test_a_refused_move_stays_open_too(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        db.session.get_one(Contract, world.contract["south1"]).status = "in_force"
        db.session.commit()
    answer = sign_in("south1").post(f"/contracts/move/{world.contract['south1']}", {"move": "void", "status_reason": "  "}, headers=ENGLISH)
    assert answer.status_code == 422
    opened = [part.split("</dialog>")[0] for part in answer.text.split("<dialog")[1:] if "data-open" in part.split(">", 1)[0]]
    assert len(opened) == 1 and 'name="move" value="void"' in opened[0]


def test_all_that_is_wrong_with_a_customer_is_said_at_once(app: Flask, sign_in: Any) -> None:
    fields = {
        "name": "", "status": "1", "website": "javascript:alert(1)", "credit_code": "123", "contacts-0-phone": "020 1",
        "contacts-1-name": "A", "contacts-1-mail": "nobody",
    }  # fmt: skip
    answer = sign_in("south1").post("/customers/add", fields, headers=ENGLISH)
    assert answer.status_code == 422
    for sentence in ("Enter the customer", "begins with http://", "unified social credit code:", "Enter the contact", "not a mail address"):
        assert sentence in answer.text, sentence
    with app.app_context(), as_system():
        assert db.session.scalar(select(Customer).where(Customer.website.like("javascript%"))) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [("120,000.50", "120000.50"), ("1,000", "1000.00"), (" 12.5 ", "12.50"), ("120，000", "120000.00"), ("7", "7.00")],
)
def test_an_amount_may_have_commas_between_its_thousands(app: Flask, world: World, sign_in: Any, text: str, amount: str) -> None:
    fields = {"customer": world.signed["south1"], "title": "Comma", "amount": text, "currency": "CNY"}
    answer = sign_in("south1").post("/contracts/add", fields)
    assert answer.status_code == 302, answer.text[:300]
    with app.app_context(), as_system():
        assert str(db.session.scalars(select(Contract.amount).order_by(Contract.id.desc())).first()) == amount


@pytest.mark.parametrize("text", ["12,5", "1,00,000", "ten", "1.000,50", ",", "NaN", "1e99"])
def test_an_amount_that_could_be_read_two_ways_is_refused_in_a_sentence(world: World, sign_in: Any, text: str) -> None:
    fields = {"customer": world.signed["south1"], "title": "Comma", "amount": text, "currency": "CNY"}
    answer = sign_in("south1").post("/contracts/add", fields, headers=ENGLISH)
    assert answer.status_code == 422 and "Enter an amount of zero or more" in answer.text
    assert f'value="{text}"' in answer.text
    assert parse_number(text) is None


def test_it_is_told_at_once_that_its_own_role_is_not_its_to_change(app: Flask, sign_in: Any) -> None:
    with app.app_context(), as_system():
        ids = dict(db.session.execute(select(Role.name, Role.id)).tuples().all())
    it, sentence = sign_in("it"), "You cannot change a role or group that you hold yourself."
    assert sentence in it.get(f"/roles/edit/{ids['IT']}", headers=ENGLISH).text
    assert sentence not in it.get(f"/roles/edit/{ids['Salesperson']}", headers=ENGLISH).text
    assert sentence not in sign_in("chief").get(f"/roles/edit/{ids['Admin']}", headers=ENGLISH).text


def test_a_record_leads_to_the_customer_it_belongs_to_for_those_who_may_open_it(world: World, sign_in: Any) -> None:
    link = f'<a href="/customers/show/{world.signed["south1"]}">south1 Signed Ltd</a>'
    pages = {"contracts": world.contract, "activities": world.activity, "tickets": world.ticket}
    for base, ids in pages.items():
        assert link in sign_in("south1").get(f"/{base}/show/{ids['south1']}").text, base
    shown = sign_in("service1").get(f"/tickets/show/{world.ticket['south1']}").text
    assert "south1 Signed Ltd" in shown and link not in shown


@pytest.mark.parametrize(
    ("person", "text", "found"), [("south1", "south1 lead", True), ("south1", "Lead", True), ("south2", "south1 le", False)]
)
def test_a_picker_says_of_one_s_own_customers_why_they_are_not_offered(
    world: World, sign_in: Any, person: str, text: str, found: bool
) -> None:
    results = sign_in(person).get("/lookup/contract-customers", query_string={"q": text}, headers=ENGLISH).json["results"]
    reasons = {row["text"]: row.get("reason", "") for row in results}
    assert ("south1 Lead Ltd" in reasons) is found
    assert not found or "has not signed yet" in reasons["south1 Lead Ltd"]


def test_maintenance_learns_no_unsigned_customer_by_a_part_of_its_name(world: World, sign_in: Any) -> None:
    assert sign_in("service1").get("/lookup/signed-customers?q=south1 le").json["results"] == []


def test_two_primary_contacts_are_refused_and_kept(app: Flask, world: World, sign_in: Any) -> None:
    primary = {"contacts-0-is_primary": "y", "contacts-1-is_primary": "y"}
    fields = {"name": "Two Heads Ltd", "contacts-0-name": "Li", "contacts-1-name": "Wu", **primary}
    with app.app_context():
        fields["status"] = str(find_status("lead").id)
    page = sign_in("south1").post("/customers/add", fields, headers={"Accept-Language": "en"})
    assert page.status_code == 422 and "Only one contact can be the primary one." in page.text
    assert 'value="Li"' in page.text and 'value="Wu"' in page.text
    del fields["contacts-1-is_primary"]
    assert sign_in("south1").post("/customers/add", fields).status_code == 302
