"""What a share never reaches, what a void contract keeps, and what the credit code tells of a customer one does not see."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.activities.rules import ONLY_LENT
from app.contracts.models import ContractAttachment
from app.core.access.viewer import as_system
from app.core.base.errors import UNIQUE, RuleViolation
from app.core.writes import probes
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.customers.rules import ALREADY_ENTERED, find_check_character
from app.extensions import db
from app.staff.models import Staff

from .acting import acting
from .conftest import RestClient
from .factories import World, find_choice, make_share

CODE = "91440101MA59000000"[:17]
CODE += find_check_character(CODE)


@pytest.fixture(params=["read", "full"])
def lent(app: Flask, world: World, request: pytest.FixtureRequest) -> tuple[int, str]:
    """Lend a lead of south1 to north1; return its id and how far."""
    with app.app_context(), as_system("import"):
        make_share("Customers", world.lead["south1"], db.session.get_one(Staff, world.people["north1"]), request.param)
        db.session.commit()
    return world.lead["south1"], request.param


def read_customer(app: Flask, pk: int) -> Any:
    """Return a customer as the database has it."""
    with app.app_context(), db.engine.connect() as connection:
        return connection.execute(select(Customer.__table__).where(Customer.__table__.c.id == pk)).one()


def test_a_borrower_deletes_nothing_by_any_door(app: Flask, world: World, sign_in: Any, lent: tuple[int, str]) -> None:
    pk, _access = lent
    sign_in("north1").post(f"/customers/delete/{pk}")
    RestClient(app, "north1").send("DELETE", f"customers/{pk}")
    with acting(app, world, "north1") as session:
        session.delete(session.scalars(select(Customer).where(Customer.id == pk)).one())
        with pytest.raises(RuleViolation):
            session.commit()
    assert read_customer(app, pk).deleted_at is None


def test_only_who_works_on_a_customer_plans_its_next_step(app: Flask, world: World, lent: tuple[int, str]) -> None:
    pk, access = lent
    with app.app_context(), as_system():
        kind = find_choice("activity_kind").id
    body = {"customer_id": pk, "kind_id": kind, "happened_at": "2026-01-05T02:00:00", "text": "Called"}
    client = RestClient(app, "north1")
    answer = client.send("POST", "activities/", {**body, "next_step_on": "2026-12-24"})
    assert answer.status_code == (422 if access == "read" else 201)
    assert access == "full" or list(answer.json["message"]) == ["next_step_on"]
    assert (str(read_customer(app, pk).next_step_on) == "2026-12-24") == (access == "full")
    assert client.send("POST", "activities/", body).status_code == 201


def test_the_refusal_says_whom_to_ask() -> None:
    assert "salesperson" in str(ONLY_LENT) or "业务员" in str(ONLY_LENT)


@pytest.mark.parametrize("status", ["void", "terminated"])
def test_nothing_is_attached_to_a_contract_that_is_over(app: Flask, world: World, sign_in: Any, status: str) -> None:
    pk, browser = world.contract["south1"], sign_in("south1")
    assert RestClient(app, "south1").send("PUT", f"contracts/{pk}", {"status": status, "status_reason": "over"}).status_code == 200
    answer = browser.post(f"/contracts/attach/{pk}", {"file": (io.BytesIO(b"%PDF-1.4"), "late.pdf")}, follow_redirects=True)
    assert "cannot be changed" in answer.text
    with acting(app, world, "chief") as session:
        session.add(ContractAttachment(record_id=pk, root_id=world.signed["south1"], name="late.pdf", media_type="", size=1, sha256="0",
                               content=b"%PDF-1.4"))  # fmt: skip
        with pytest.raises(RuleViolation):
            session.commit()


@pytest.fixture
def coded(app: Flask, world: World) -> int:
    """Give south1's lead a credit code; return its id."""
    with app.app_context(), as_system("import"):
        db.session.scalars(select(Customer).where(Customer.id == world.lead["south1"])).one().credit_code = CODE
        db.session.commit()
    return world.lead["south1"]


def enter(app: Flask, world: World, person: str, code: str, name: str = "Another Ltd") -> Any:
    """Enter a customer with a credit code over REST; returns the answer."""
    with app.app_context(), as_system():
        status = db.session.get_one(Customer, world.lead["south1"]).status_id
    client = RestClient(app, person)
    client.headers["Accept-Language"] = "en"
    return client.send("POST", "customers/", {"name": name, "status_id": status, "credit_code": code})


@pytest.mark.parametrize(("person", "sentence"), [("south1", UNIQUE), ("north1", ALREADY_ENTERED)])
def test_a_code_that_is_taken_is_told_as_far_as_one_sees(app: Flask, world: World, coded: int, person: str, sentence: Any) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        said = str(sentence)
    answer = enter(app, world, person, CODE)
    assert (answer.status_code, answer.json) == (422, {"message": {"credit_code": [said]}})


def test_each_hidden_hit_is_written_down_and_few_are_answered(app: Flask, world: World, coded: int) -> None:
    for _ in range(probes.MOST):
        assert enter(app, world, "north1", CODE).status_code == 422
    with app.app_context(), db.engine.connect() as connection:
        entry = HistoryEntry.__table__.c
        lines = connection.execute(select(entry.model, entry.row_id, entry.actor_id).where(entry.kind == probes.KIND)).all()
    assert lines == [("Customer", coded, world.people["north1"])] * probes.MOST
    free = "91440101MA5900000"
    other = free[:-1] + "1"
    for code in (CODE, other + find_check_character(other)):  # taken or free: nothing is told any more
        answer = enter(app, world, "north1", code)
        assert answer.status_code == 422 and "hour" in answer.json["message"]["credit_code"][0]
    assert enter(app, world, "south2", other + find_check_character(other)).status_code == 201


def test_the_owner_reads_that_someone_tried(app: Flask, world: World, coded: int, sign_in: Any) -> None:
    enter(app, world, "north1", CODE)
    assert "Someone entered its credit code again" in sign_in("south1").get(f"/customers/show/{coded}?show=history").text
