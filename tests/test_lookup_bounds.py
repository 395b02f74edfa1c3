"""A lookup's condition binds every argument: what is not offered is not answered by `id` either, nor found by hidden columns."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.forms import lookups
from app.customers.models import Contact, Customer
from app.extensions import db
from app.staff.models import Staff
from app.tickets.models import Ticket

from .acting import acting
from .conftest import Browser
from .factories import PEOPLE, World

SECRETS = {"credit": "91440101MA59XXXXXA", "address": "Hidden Lane 7", "remark": "hiddenremark", "fourth": "139-0000-4444"}


def list_offered(browser: Browser, name: str, parents: list[int]) -> set[int]:
    """Return the ids that a lookup offers, on any page, for any parent."""
    found: set[int] = set()
    for parent in ["", *parents]:
        for page in (1, 2, 3):
            answer = browser.get(f"/lookup/{name}?page={page}&parent={parent}")
            if answer.status_code == 403:
                return set()
            found |= {entry["id"] for entry in answer.json["results"] if not entry.get("disabled")}
    return found


def list_held(app: Flask, world: World, person: str, name: str) -> set[int]:
    """Return the ids that records within the person's sight hold in a field of this lookup."""
    with acting(app, world, person) as session:
        columns = lookups.list_holders(lookups.known()[name])
        return {row_id for column in columns for row_id in session.scalars(select(column).where(column.is_not(None)))}


OFTEN = ("south1", "service1")  # the others in the slow run


@pytest.mark.parametrize("person", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in PEOPLE])
def test_an_id_answers_what_is_offered_or_held_and_nothing_else(app: Flask, world: World, sign_in: Any, person: str) -> None:
    browser = sign_in(person)
    customers = [*world.signed.values(), *world.lead.values(), world.gone]
    for name, known in lookups.known().items():
        with app.app_context(), as_system():
            ids = list(db.session.scalars(select(known.model.id)))
        allowed = list_offered(browser, name, customers) | list_held(app, world, person, name)
        for parent in ("", world.signed["south1"]):
            answers = {row_id: browser.get(f"/lookup/{name}?id={row_id}&parent={parent}") for row_id in ids}
            answered = {row_id for row_id, answer in answers.items() if answer.status_code == 200 and answer.json["results"]}
            assert answered <= allowed, (name, parent)


def test_maintenance_gets_no_card_of_a_lead(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("service1")
    for row_id in (*world.lead.values(), world.gone):
        assert browser.get(f"/lookup/signed-customers?id={row_id}").json["results"] == []
    assert browser.get(f"/lookup/signed-customers?id={world.signed['south1']}").json["results"][0]["card"]["lines"]


def test_a_customer_that_a_ticket_holds_is_still_shown_on_its_form(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        ticket = db.session.get_one(Ticket, world.ticket["south2"])
        table = Customer.__table__
        lead = db.session.execute(select(table.c.status_id, table.c.stage).where(table.c.id == world.lead["south2"])).one()
        db.session.connection().execute(table.update().where(table.c.id == ticket.customer_id).values(status_id=lead[0], stage=lead[1]))
        db.session.commit()
    answer = sign_in("service1").get(f"/lookup/signed-customers?id={world.signed['south2']}")
    assert [entry["id"] for entry in answer.json["results"]] == [world.signed["south2"]]


@pytest.fixture
def secretive(app: Flask, world: World) -> int:
    """Return a signed customer with texts that no card shows, and four contacts."""
    with app.app_context(), as_system("import"):
        customer = db.session.get_one(Customer, world.signed["south1"])
        customer.address, customer.remark = SECRETS["address"], SECRETS["remark"]
        for place in range(2, 5):
            phone = SECRETS["fourth"] if place == 4 else f"020-8888 000{place}"
            customer.contacts.append(Contact(name=f"Contact {place}", phone=phone))
        db.session.flush()
        text = f"{customer.search_text} {SECRETS['credit'].lower()}"  # as if its credit code were that
        db.session.connection().execute(Customer.__table__.update().where(Customer.__table__.c.id == customer.id).values(search_text=text))
        db.session.commit()
        return customer.id


@pytest.mark.parametrize("text", [*SECRETS.values(), "13900004444", "Contact 2", SECRETS["credit"][:9]])
def test_a_picker_finds_nothing_by_what_its_card_hides(secretive: int, sign_in: Any, text: str) -> None:
    assert sign_in("service1").get("/lookup/signed-customers", query_string={"q": text}).json["results"] == []


@pytest.mark.parametrize("text", ["south1 signed", "020-8888 0003", "02088880003", "020-8888", "8888", "SOUTH1"])
def test_a_picker_finds_by_what_its_card_shows(secretive: int, sign_in: Any, text: str) -> None:
    found = sign_in("service1").get("/lookup/signed-customers", query_string={"q": text}).json["results"]
    assert secretive in [entry["id"] for entry in found]


def test_a_picker_finds_by_number(app: Flask, world: World, sign_in: Any, secretive: int) -> None:
    with app.app_context(), as_system():
        number = db.session.scalar(select(Customer.number).where(Customer.id == secretive))
    for text in (number, number.lower(), number[-4:]):
        found = sign_in("service1").get("/lookup/signed-customers", query_string={"q": text}).json["results"]
        assert secretive in [entry["id"] for entry in found]


def test_the_explanation_tells_no_phone(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        lead = db.session.get_one(Customer, world.lead["north1"])
        lead.contacts[0].phone = "139-1234-5678"
        db.session.commit()
    answer = sign_in("service1").get("/lookup/signed-customers", query_string={"q": "139-1234-5678"})
    assert answer.json["results"] == []


def test_a_closed_account_is_named_only_by_what_holds_it(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        db.session.get_one(Staff, world.people["nobody"]).active = False
        db.session.commit()
    assert sign_in("south1").get(f"/lookup/staff?id={world.people['nobody']}").json["results"] == []
