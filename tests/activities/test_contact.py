"""The contact spoken to is one of the customer's, by every door; lists, REST, exports and the picker name them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.activities.models import Activity
from app.activities.rules import CONTACT_NOT_THEIRS, NOT_THE_AUTHOR
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.customers.models import Contact
from app.extensions import db

from ..acting import acting, hear_commit, system
from ..conftest import Browser, RestClient
from ..factories import World, find_choice
from ..forms import read_form
from ..lists.reading import read_csv

DOORS = ["form", "REST", "session"]


def find_contact(app: Flask, customer: int) -> int:
    """Return the first contact of a customer."""
    with app.app_context(), as_system():
        return db.session.scalars(select(Contact.id).where(Contact.customer_id == customer)).first() or 0


def log(app: Flask, world: World, door: str, contact: int | None) -> str | None:
    """Log an activity of south1's customer with a contact; return the sentence that refuses it."""
    with app.app_context(), as_system():
        kind = find_choice("activity_kind").id
    pk, body = world.signed["south1"], {"happened_at": "2026-01-05T02:00", "text": "Spoke"}
    if door == "REST":
        client = RestClient(app, "south1")
        client.headers["Accept-Language"] = "en"
        answer = client.send("POST", "activities/", {**body, "customer_id": pk, "kind_id": kind, "contact_id": contact})
        return None if answer.status_code == 201 else str(answer.json["message"]["contact_id"][0])
    if door == "form":
        browser = Browser(app).sign_in("south1")
        answer = browser.post("/activities/add", {**body, "customer": pk, "kind": kind, "contact": contact or ""})
        return None if answer.status_code == 302 else str(CONTACT_NOT_THEIRS) if str(CONTACT_NOT_THEIRS) in answer.text else answer.text
    with acting(app, world, "south1") as session:
        session.add(Activity(customer_id=pk, kind_id=kind, happened_at=clock.now(), text="Spoke", contact_id=contact))
        return hear_commit(session)


@pytest.mark.parametrize("door", DOORS)
def test_only_a_contact_of_the_customer_is_taken(app: Flask, world: World, door: str) -> None:
    mine, foreign = find_contact(app, world.signed["south1"]), find_contact(app, world.lead["south1"])
    assert log(app, world, door, None) is None
    assert log(app, world, door, mine) is None
    for wrong in (foreign, find_contact(app, world.signed["north1"]), 987_654):
        assert log(app, world, door, wrong) == str(CONTACT_NOT_THEIRS)
    with app.app_context(), as_system():
        spoken = list(db.session.scalars(select(Activity.contact_id).where(Activity.text == "Spoke").order_by(Activity.id)))
    assert spoken == [None, mine]


def test_a_contact_who_was_removed_is_not_chosen_and_stays_where_it_is(app: Flask, world: World) -> None:
    mine = find_contact(app, world.signed["south1"])
    assert log(app, world, "session", mine) is None
    with system(app) as session:
        session.get_one(Contact, mine).deleted_at = clock.now()
    assert log(app, world, "session", mine) == str(CONTACT_NOT_THEIRS)
    with acting(app, world, "south1") as session:
        row = session.scalars(select(Activity).where(Activity.contact_id == mine)).one()
        row.result = "Sent"
        session.commit()


@pytest.mark.parametrize("own", [True, False])
def test_a_contact_made_in_the_same_breath_must_be_the_customer_s_too(app: Flask, world: World, own: bool) -> None:
    with app.app_context(), as_system("import"):
        customer = world.signed["south1"] if own else world.lead["south1"]
        contact = Contact(name="New one", customer_id=customer)
        row = Activity(
            customer_id=world.signed["south1"],
            kind_id=find_choice("activity_kind").id,
            happened_at=clock.now(),
            text="Met",
            contact=contact,
        )
        db.session.add_all([contact, row])
        if own:
            db.session.commit()
            assert row.contact_id == contact.id
        else:
            with pytest.raises(RuleViolation):
                db.session.commit()


def test_whom_one_spoke_to_is_the_authors_to_correct(app: Flask, world: World) -> None:
    mine, pk = find_contact(app, world.signed["south1"]), world.activity["south1"]
    assert RestClient(app, "south1").send("PUT", f"activities/{pk}", {"contact_id": mine}).status_code == 200
    with acting(app, world, "chief") as session:
        row = session.scalars(select(Activity).where(Activity.id == pk)).one()
        row.contact_id = None
        with pytest.raises(RuleViolation) as refused:
            session.commit()
    assert str(refused.value) == str(NOT_THE_AUTHOR)


def test_the_picker_offers_the_chosen_customer_s_contacts_alone(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("south1")
    for asked, found in ((world.signed["south1"], 1), (world.signed["north1"], 0), ("", 0)):
        hits = person.get(f"/lookup/contacts?parent={asked}").json["results"]
        assert len(hits) == found
    assert [hit["text"] for hit in person.get(f"/lookup/contacts?parent={world.signed['south1']}&q=signed").json["results"]] == [
        "south1 Signed Ltd contact"
    ]
    form = person.get(f"/activities/edit/{world.activity['south1']}").text
    assert f'data-parent="{world.signed["south1"]}"' in form


def test_it_is_shown_exported_and_answered(app: Flask, world: World, sign_in: Any) -> None:
    mine = find_contact(app, world.signed["south1"])
    client, pk, person = RestClient(app, "south1"), world.activity["south1"], sign_in("south1")
    assert client.send("PUT", f"activities/{pk}", {"contact_id": mine}).status_code == 200
    result = client.send("GET", f"activities/{pk}").json["result"]
    assert (result["contact_id"], result["contact_name"]) == (mine, "south1 Signed Ltd contact")
    assert "south1 Signed Ltd contact" in person.get(f"/activities/show/{pk}").text
    assert "Spoken to: <del>–</del> → <ins>south1 Signed Ltd contact</ins>" in person.get(f"/activities/show/{pk}?show=history").text
    assert read_csv(person.get("/activities/export/csv")).column("Spoken to") == ["south1 Signed Ltd contact"]
    assert read_csv(person.get("/customers/export/csv?q=signed")).column("Last spoken to") == ["south1 Signed Ltd contact"]


def test_an_edit_form_keeps_the_contact(app: Flask, world: World, sign_in: Any) -> None:
    mine, pk, person = find_contact(app, world.signed["south1"]), world.activity["south1"], sign_in("south1")
    RestClient(app, "south1").send("PUT", f"activities/{pk}", {"contact_id": mine})
    form = read_form(person.get(f"/activities/edit/{pk}").text)
    assert form["contact"] == str(mine)
    assert person.post(f"/activities/edit/{pk}", {**form, "result": "Agreed"}).status_code == 302
    with app.app_context(), as_system():
        assert db.session.get_one(Activity, pk).contact_id == mine
