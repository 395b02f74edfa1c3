"""What a rule asked for once holds at every later write: lent rows, ended customers, contracts in force, reasons of moves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.contracts.rules import CUSTOMER_UNSIGNED
from app.contracts.rules import REASON_NEEDED as CONTRACT_REASON
from app.core.access.scope import BIN_OPTION
from app.core.access.viewer import acting_as, as_system
from app.core.base import clock
from app.core.base.errors import AccessDenied, RuleViolation
from app.core.sharing.shares import Share
from app.customers.models import Customer
from app.customers.rules import DATE_NEEDED, END_IN_FUTURE, OWNER_CANNOT_WORK, OWNER_NOT_YOURS, REASON_NEEDED
from app.extensions import db
from app.staff.models import Staff
from app.tickets.models import Ticket
from app.tickets.rules import REASON_NEEDED as TICKET_REASON

from .conftest import RestClient
from .factories import World, find_status, make_contract, make_customer, make_share


@pytest.fixture
def inside(app: Flask) -> Any:
    """Run the test in a request, writing as the system until it acts as somebody."""
    with app.test_request_context("/", method="POST"), as_system("import"):
        yield db.session


def change(person: int, model: type[Any], row_id: int, **values: Any) -> None:
    """Change a row in a person's name and commit."""
    with acting_as(person, source="form"):
        row = db.session.scalars(select(model).where(model.id == row_id), execution_options={BIN_OPTION: True}).one()
        for name, value in values.items():
            setattr(row, name, value)
        try:
            db.session.commit()
        finally:
            db.session.rollback()


def refuse(person: int, model: type[Any], row_id: int, **values: Any) -> Any:
    """Try the same; return the sentence that refuses it."""
    with pytest.raises(RuleViolation) as refusal:
        change(person, model, row_id, **values)
    return refusal.value.message


@pytest.fixture
def lent(inside: Any, world: World) -> int:
    """Lend a customer of the South, to work on, to the manager of the North."""
    make_share("Customers", world.signed["south1"], inside.get_one(Staff, world.people["boss_north"]), "full")
    inside.commit()
    return world.signed["south1"]


@pytest.mark.parametrize("receiver", ["boss_north", "north1", "south2"])
def test_who_borrows_a_customer_gives_it_to_nobody(lent: int, world: World, receiver: str) -> None:
    boss, owner = world.people["boss_north"], world.people["south1"]
    change(boss, Customer, lent, remark="edited by the borrower")
    assert refuse(boss, Customer, lent, owner_id=world.people[receiver]) is OWNER_NOT_YOURS
    assert db.session.get_one(Customer, lent).owner_id == owner


def test_nor_does_rest(world: World, app: Flask) -> None:
    lent = world.signed["south1"]
    with app.app_context(), as_system("import"):
        make_share("Customers", lent, db.session.get_one(Staff, world.people["boss_north"]), "full")
        db.session.commit()
    answer = RestClient(app, "boss_north").send("PUT", f"customers/{lent}", {"owner_id": world.people["north1"]})
    assert answer.status_code == 403 and list(answer.json["message"]) == ["owner_id"]
    with app.app_context(), as_system():
        assert db.session.get_one(Customer, lent).owner_id == world.people["south1"]


def test_who_borrows_a_customer_withdraws_no_activity_of_it(lent: int, world: World) -> None:
    activity = world.activity["south1"]
    with pytest.raises(AccessDenied):
        change(world.people["boss_north"], Activity, activity, withdrawn_reason="not mine")
    change(world.people["boss_south"], Activity, activity, withdrawn_reason="entered twice")
    assert db.session.get_one(Activity, activity).withdrawn_at is not None


def test_a_customer_is_given_only_to_who_may_work_on_it(inside: Any, world: World) -> None:
    pk, boss = world.signed["south1"], world.people["chief"]
    for person in ("director", "service1", "it"):
        assert refuse(boss, Customer, pk, owner_id=world.people[person]) is OWNER_CANNOT_WORK
    change(boss, Customer, pk, owner_id=world.people["selling_boss"])


def test_what_was_lent_to_the_new_owner_ends(inside: Any, world: World) -> None:
    pk = world.signed["south1"]
    make_share("Customers", pk, inside.get_one(Staff, world.people["south2"]), "full")
    inside.commit()
    change(world.people["boss_south"], Customer, pk, owner_id=world.people["south2"])
    share = inside.scalars(select(Share).where(Share.row_id == pk, Share.staff_id == world.people["south2"])).one()
    assert share.revoked_at is not None


def terminate(world: World, pk: int, **values: Any) -> None:
    """End a customer of the South."""
    given = {"status_id": find_status("terminated").id, "status_reason": "moved away", "ended_on": clock.today()}
    change(world.people["south1"], Customer, pk, **given | values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status_reason": ""}, REASON_NEEDED),
        ({"ended_on": None}, DATE_NEEDED),
        ({"ended_on": date(2999, 1, 1)}, END_IN_FUTURE),
    ],
)
def test_reason_and_day_of_a_termination_stay(inside: Any, world: World, values: dict[str, Any], said: Any) -> None:
    pk = world.lead["south1"]
    terminate(world, pk)
    assert refuse(world.people["south1"], Customer, pk, **values) is said
    change(world.people["south1"], Customer, pk, remark="paid the rest", status_reason="moved to Hong Kong")


def test_a_reason_written_before_does_for_no_termination(inside: Any, world: World) -> None:
    pk = world.lead["south1"]
    change(world.people["south1"], Customer, pk, status_reason="written early")
    status = find_status("terminated").id
    assert refuse(world.people["south1"], Customer, pk, status_id=status, ended_on=clock.today()) is REASON_NEEDED


@pytest.fixture
def drafted(inside: Any, world: World) -> tuple[int, int, int]:
    """Return a terminated customer's draft, its expired contract, and one in force that lies in the bin."""
    owner, today = inside.get_one(Staff, world.people["south1"]), clock.today()
    customer = make_customer("Ended Ltd", owner)
    inside.flush()
    draft, old, deleted = (make_contract(customer) for _turn in range(3))
    draft.status, draft.signed_on = "draft", today
    inside.flush()
    old.start_on, old.end_on = today - timedelta(days=400), today - timedelta(days=35)
    deleted.deleted_at = clock.now()
    inside.commit()
    terminate(world, customer.id)
    return draft.id, old.id, deleted.id


def test_a_terminated_customer_gets_no_contract_in_force(drafted: tuple[int, int, int], world: World) -> None:
    draft, old, deleted = drafted
    owner, chief = world.people["south1"], world.people["chief"]
    assert refuse(owner, Contract, draft, status="in_force") is CUSTOMER_UNSIGNED
    assert refuse(owner, Contract, old, end_on=clock.today()) is CUSTOMER_UNSIGNED
    assert refuse(chief, Contract, deleted, deleted_at=None) is CUSTOMER_UNSIGNED
    change(owner, Contract, old, title="Kept for the record")
    change(owner, Contract, draft, title="May still be corrected")
    customer = db.session.get_one(Contract, draft).customer_id
    change(owner, Customer, customer, status_id=find_status("signed").id)
    change(owner, Contract, draft, status="in_force")


def test_each_move_of_a_ticket_has_a_reason_of_its_own(inside: Any, world: World) -> None:
    ticket, service = world.ticket["south1"], world.people["service1"]
    change(service, Ticket, ticket, status="waiting", status_reason="the carrier")
    change(service, Ticket, ticket, status="in_progress")
    assert db.session.get_one(Ticket, ticket).status_reason == ""
    assert refuse(service, Ticket, ticket, status="waiting") is TICKET_REASON
    change(service, Ticket, ticket, status="resolved", status_reason="cable changed")
    assert db.session.get_one(Ticket, ticket).status_reason == "cable changed"  # what somebody writes is kept
    assert refuse(service, Ticket, ticket, status="open") is TICKET_REASON
    change(service, Ticket, ticket, status="open", status_reason="broke again")


def test_each_end_of_a_contract_has_a_reason_of_its_own(inside: Any, world: World) -> None:
    contract = world.contract["south1"]
    change(world.people["south1"], Contract, contract, status_reason="a note")
    assert refuse(world.people["south1"], Contract, contract, status="void") is CONTRACT_REASON
    assert db.session.get_one(Contract, contract).status == "in_force"
    change(world.people["south1"], Contract, contract, status="void", status_reason="written twice")


def test_the_picker_offers_only_who_may_work_on_customers(world: World, sign_in: Any) -> None:
    answer = sign_in("chief").get("/lookup/salespeople?q=test").json
    offered = {row["id"] for row in answer["results"]}
    may = {"south1", "south2", "north1", "boss_south", "boss_north", "selling_boss", "chief"}
    assert offered == {world.people[name] for name in may}
