"""What is chosen is of the right list and in use; what must be unique says which field is not."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import Priority, Ticket

from .conftest import RestClient
from .factories import World, find_choice, find_status

CODE = "914403001922038216"
USED = "Another entry has this value already."
HIDDEN = "A customer with this code is already entered. Ask your manager."
ACCOUNT_USED = "Another account has this user name or mail address already"


@pytest.fixture
def south(app: Flask) -> RestClient:
    """Return a salesperson's client."""
    return RestClient(app, "south1")


def put(client: RestClient, module: str, pk: int, **values: Any) -> tuple[int, Any]:
    """Change a record by REST; returns the status and what is said of the fields."""
    answer = client.send("PUT", f"{module}/{pk}", values)
    return answer.status_code, answer.json.get("message")


def choose(list_code: str) -> int:
    """Return an entry of a list."""
    return find_choice(list_code).id


@pytest.mark.parametrize(
    ("field", "wrong"), [("region", "activity_kind"), ("industry", "region"), ("source", "industry"), ("region", "ticket_category")]
)
def test_an_entry_of_another_list_is_refused(app: Flask, world: World, south: RestClient, field: str, wrong: str) -> None:
    with app.app_context():
        right, other = choose(field), choose(wrong)
    status, said = put(south, "customers", world.lead["south1"], **{f"{field}_id": other})
    assert status == 422 and set(said) == {f"{field}_id"}
    assert put(south, "customers", world.lead["south1"], **{f"{field}_id": right}) == (200, None)
    cleared = put(south, "customers", world.lead["south1"], **{f"{field}_id": None})
    assert cleared[0] == 200, cleared


def test_a_retired_entry_is_kept_and_not_chosen_anew(app: Flask, world: World, south: RestClient) -> None:
    with app.app_context(), as_system("import"):
        region = find_choice("region")
        db.session.get_one(Customer, world.lead["south1"]).region_id = region.id
        db.session.commit()
        region.is_active = False
        db.session.commit()
        pk = region.id
    assert put(south, "customers", world.lead["south1"], remark="still of that region")[0] == 200
    status, said = put(south, "customers", world.signed["south1"], region_id=pk)
    assert status == 422 and set(said) == {"region_id"}


def test_a_ticket_takes_no_retired_priority_and_no_void_contract(app: Flask, world: World) -> None:
    service, pk = RestClient(app, "service1"), world.ticket["south1"]
    with app.app_context(), as_system("import"):
        priority = Priority(name_zh="旧", name_en="Old", hours=1, position=99, is_active=False)
        db.session.add(priority)
        db.session.commit()
        retired = priority.id
    status, said = put(service, "tickets", pk, priority_id=retired)
    assert status == 422 and set(said) == {"priority_id"}
    RestClient(app, "south1").send("PUT", f"contracts/{world.contract['south1']}", {"status": "void", "status_reason": "twice"})
    status, said = put(service, "tickets", pk, contract_id=world.contract["south1"])
    assert status == 422 and set(said) == {"contract_id"}
    with app.app_context(), as_system():
        assert db.session.get_one(Ticket, pk).contract_id is None


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_code_that_a_hidden_customer_has_is_named_by_its_field(
    app: Flask, world: World, south: RestClient, sign_in: Any, is_deleted: bool
) -> None:
    with app.app_context(), as_system("import"):
        other = db.session.get_one(Customer, world.lead["north1"])
        other.credit_code = CODE
        other.deleted_at = clock.now() if is_deleted else None
        db.session.commit()
        status = find_status("lead").id
    code, said = put(south, "customers", world.lead["south1"], credit_code=CODE)
    assert code == 422 and set(said) == {"credit_code"}
    fields = {"name": "Twice Ltd", "status": status, "credit_code": CODE}
    page = sign_in("south1").post("/customers/add", fields, headers={"Accept-Language": "en"})
    assert page.status_code == 422 and '<a href="#credit_code">' in page.text and 'value="Twice Ltd"' in page.text
    assert page.text.count(HIDDEN) == 2  # on top and at the field
    assert "north1" not in page.text and "north1" not in str(said)  # whose it is, nobody is told
    with app.app_context(), as_system():
        assert db.session.scalars(select(Customer).where(Customer.name == "Twice Ltd")).all() == []


@pytest.mark.parametrize(("field", "value"), [("username", "north1"), ("email", "north1@example.com")])
def test_an_account_that_exists_is_named_by_its_field(sign_in: Any, field: str, value: str) -> None:
    fields = {"first_name": "New", "last_name": "Person", "username": "newcomer", "email": "n@example.com", "active": "y", field: value}
    page = sign_in("it").post("/staff/add", fields, headers={"Accept-Language": "en"})
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text and page.text.count(ACCOUNT_USED) == 2  # on top and at the field
