"""Each wrong contract number is refused in its own sentence, by the form, by a raw POST and over REST, and nothing is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Customer, Status
from app.extensions import db
from app.processes.models import Case

from ..factories import World, make_contract
from .desk import give_managers, start_listing

KINDS = ("empty", "short", "unknown", "void", "draft", "expired", "terminated", "left", "not visible", "binned", "taken")
SENTENCES = {
    "empty": "Enter the contract number.",
    "short": "A contract number has 12 characters; this one has 3.",
    "unknown": "There is no contract of this number that you can see.",
    "void": "This contract is void.",
    "draft": "This contract is a draft. Bring it into force first.",
    "expired": "This contract has expired. Renew it first.",
    "terminated": "This contract is terminated.",
    "left": "The customer of this contract is not in the signed stage any more.",
    "not visible": "There is no contract of this number that you can see.",
    "binned": "There is no contract of this number that you can see.",
    "taken": "This contract is in a running case already: LC",
}


def make_numbers(world: World) -> dict[str, str]:
    """Return a number of each kind; those of contracts as they would come to be, written past the rules where time has to go by."""
    today = clock.today()
    customer = db.session.scalars(select(Customer).where(Customer.id == world.signed["south1"])).one()
    states = {"void": "void", "draft": "draft", "terminated": "terminated", "expired": "in_force", "binned": "draft", "left": "in_force"}
    made = {kind: make_contract(customer, status=state, title=kind) for kind, state in states.items()}
    made["good"] = make_contract(customer, status="in_force", title="good")
    db.session.flush()
    table = Contract.__table__
    connection = db.session.connection()
    old = {"start_on": today - timedelta(days=400), "end_on": today - timedelta(days=1)}
    connection.execute(table.update().where(table.c.id == made["expired"].id).values(**old))
    connection.execute(table.update().where(table.c.id == made["binned"].id).values(deleted_at=clock.now()))
    # a customer who left while a contract of theirs still stands as in force
    gone = db.session.scalars(select(Status).where(Status.stage == "terminated")).first()
    assert gone is not None
    lead = Customer.__table__
    ended = {"status_id": gone.id, "stage": "terminated", "ended_on": today}
    connection.execute(lead.update().where(lead.c.id == world.lead["south1"]).values(**ended))
    connection.execute(table.update().where(table.c.id == made["left"].id).values(customer_id=world.lead["south1"]))
    other = db.session.scalars(select(Contract).where(Contract.id == world.contract["north1"])).one().number
    numbers = {kind: row.number for kind, row in made.items()}
    return {**numbers, "empty": "", "short": "HT1", "unknown": "HT2026999999", "not visible": other}


@pytest.fixture
def numbers(app: Flask, world: World) -> dict[str, str]:
    """Return a number of each kind; “taken” is in a running listing."""
    with app.app_context(), as_system("import"):
        give_managers(world)
        found = make_numbers(world)
        db.session.commit()
    with app.app_context(), as_system():
        taken = db.session.scalars(select(Contract).where(Contract.id == world.contract["south1"])).one().number
    start_listing(app, world, taken)
    return {**found, "taken": taken}


def count_cases(app: Flask) -> int:
    """Return how many cases there are."""
    with app.app_context(), as_system():
        return db.session.scalar(select(func.count()).select_from(Case)) or 0


def test_each_wrong_number_is_refused_by_form_and_rest(app: Flask, world: World, numbers: dict[str, str], sign_in: Any, rest: Any) -> None:
    before = count_cases(app)
    person, client = sign_in("south1"), rest("south1")
    person.post("/language/en")
    for kind in KINDS:
        answer = person.post("/cases/start/listing", {"do": "approve", "f-contract": numbers[kind], "f-site": "B2"})
        assert answer.status_code == 422, kind
        assert SENTENCES[kind] in answer.text, kind
        assert 'value="B2"' in answer.text, kind  # nothing typed is lost
        told = client.send("POST", "cases/", {"process": "listing", "values": {"contract": numbers[kind], "site": "B2"}})
        assert told.status_code == 422 and set(told.json["message"]) == {"contract"}, (kind, told.json)
    assert count_cases(app) == before


def test_a_number_is_read_as_people_write_it(app: Flask, world: World, numbers: dict[str, str], rest: Any) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in numbers["good"])
    typed = f" {wide[:6]} {wide[6:].lower()}\u3000"
    answer = rest("south1").send("POST", "cases/", {"process": "listing", "values": {"contract": typed, "site": "B2"}})
    assert answer.status_code == 201, answer.json
    with app.app_context(), as_system():
        row = db.session.scalars(select(Case).where(Case.id == answer.json["id"])).one()
        assert row.contract is not None and row.contract.number == numbers["good"]


def test_a_contract_that_fell_out_of_force_stops_its_case(app: Flask, world: World, numbers: dict[str, str], rest: Any) -> None:
    case = rest("south1").send("POST", "cases/", {"process": "listing", "values": {"contract": numbers["good"], "site": "B2"}}).json["id"]
    with app.app_context(), as_system("import"):
        row = db.session.scalars(select(Contract).where(Contract.number == numbers["good"])).one()
        row.status, row.status_reason = "terminated", "ended"
        db.session.commit()
    form = rest("boss_south").send("GET", f"cases/{case}/form").json
    answer = rest("boss_south").send("POST", f"cases/{case}/act", {"do": "approve", "task": form["tasks"][0]["number"]})
    assert answer.status_code == 422 and "contract" in answer.json["message"]
