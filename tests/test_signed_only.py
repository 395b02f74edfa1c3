"""A contract or ticket takes only a signed customer, by every way in; a refusal names its reason and writes nothing."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.grants import bump_grants_version
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.core.writes import bulk
from app.customers.models import Customer
from app.customers.rules import HAS_ENDED, NOT_SIGNED_YET, OUT_OF_REACH
from app.extensions import db
from app.staff.models import Staff
from app.tickets.models import Priority, Ticket

from .factories import World, find_status, make_contract, make_customer, make_ticket
from .snapshots import list_changes, take_snapshot

NOWHERE = 987_654
SEEN = {"row_version": "1"}  # the state of the row that the form was opened with
# What is chosen -> the sentence that refuses it.
CASES = {
    "lead": NOT_SIGNED_YET,
    "terminated": HAS_ENDED,
    "unknown": OUT_OF_REACH,
    "foreign signed": OUT_OF_REACH,
    "foreign lead": OUT_OF_REACH,  # not the reason of another person's customer
    "deleted": OUT_OF_REACH,
}
KINDS = ("contract", "ticket")
MODELS: dict[str, Any] = {"contract": Contract, "ticket": Ticket}
CLERK_GRANTS = [
    ("can_add", "Tickets"),
    ("can_edit", "Tickets"),
    ("can_list", "Tickets"),
    ("can_show", "Tickets"),
    ("can_see_own", "Tickets"),
]


@dataclass
class Desk:
    """The company with a salesperson who also files tickets of their own customers."""

    app: Flask
    cases: dict[str, int]
    good: int
    movable: dict[str, int]
    priority: int

    def body(self, kind: str, customer_id: int) -> dict[str, Any]:
        """Return a row's values as a form and the API send them."""
        common = {"amount": "5.00", "title": "Hosting", "currency": "CNY"}
        ticket = {"subject": "Down", "priority": str(self.priority)}
        return {"customer": str(customer_id), **(common if kind == "contract" else ticket)}

    def json(self, kind: str, customer_id: int) -> dict[str, Any]:
        """Return a new row's values for the API."""
        body = self.body(kind, customer_id)
        del body["customer"]
        if "priority" in body:
            body["priority_id"] = int(body.pop("priority"))
        return {"customer_id": customer_id, **body}

    def row(self, kind: str, customer_id: int) -> Any:
        """Return a new row for the session."""
        if kind == "contract":
            return make_contract_row(customer_id)
        return Ticket(customer_id=customer_id, subject="Down", priority_id=self.priority)


def make_contract_row(customer_id: int) -> Contract:
    """Return a draft that is not yet in the session."""
    return Contract(customer_id=customer_id, title="Hosting", amount=Decimal("5.00"))


def make_clerk_role() -> Role:
    """Add a role that files tickets of one's own customers."""
    links = (
        select(PermissionView)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    )
    found = [db.session.scalars(links.where(Permission.name == a, ViewMenu.name == m)).one() for a, m in CLERK_GRANTS]
    role = Role(name="Ticket clerk", permissions=found)
    db.session.add(role)
    bump_grants_version(db.session.connection())
    return role


@pytest.fixture
def desk(app: Flask, world: World) -> Desk:  # type: ignore[no-redef]
    with app.app_context(), as_system("import"):
        south1 = db.session.get_one(Staff, world.people["south1"])
        south1.roles.append(make_clerk_role())
        deleted = make_customer("south1 Deleted Ltd", south1)
        good = db.session.get_one(Customer, world.signed["south1"])
        movable = {"contract": make_contract(good, status="draft"), "ticket": make_ticket(good)}
        db.session.flush()
        db.session.delete(deleted)
        db.session.commit()
        cases = {
            "lead": world.lead["south1"], "terminated": world.gone, "unknown": NOWHERE, "foreign signed": world.signed["north1"],
            "foreign lead": world.lead["north1"], "deleted": deleted.id,
        }  # fmt: skip
        priority = db.session.scalars(select(Priority.id).order_by(Priority.position)).first()
        return Desk(app, cases, good.id, {kind: row.id for kind, row in movable.items()}, priority or 0)


def read_picked(page: str) -> str:
    """Return the id that the page's customer picker holds, '' for none."""
    picker = re.search(r'<select[^>]*name="customer".*?</select>', page, re.DOTALL)
    assert picker is not None
    chosen = re.search(r'<option value="([^"]+)"', picker.group(0))
    return chosen.group(1) if chosen else ""


def parametrize() -> Any:
    """Return the mark that runs a test for every kind of row and every customer it must not take."""
    return pytest.mark.parametrize(("kind", "case"), [(kind, case) for kind in KINDS for case in CASES])


def refuse_in_session(desk: Desk, case: str, write: Any) -> None:
    """Assert that the gate refuses what `write` does, with the case's sentence."""
    with pytest.raises(RuleViolation) as refusal:
        write()
        db.session.flush()
    assert str(refusal.value) == str(CASES[case])
    assert refusal.value.field == "customer"
    db.session.rollback()


@parametrize()
def test_form_refuses_a_new_row(desk: Desk, sign_in: Any, kind: str, case: str) -> None:
    person, before = sign_in("south1"), take_snapshot(desk.app)
    answer = person.post(f"/{kind}s/add", desk.body(kind, desk.cases[case]))
    assert answer.status_code == 422
    assert str(CASES[case]) in html.unescape(answer.text)
    assert "Down" in answer.text or "Hosting" in answer.text  # what was typed is kept
    assert list_changes(before, take_snapshot(desk.app)) == {}


@parametrize()
def test_form_refuses_a_move(desk: Desk, sign_in: Any, kind: str, case: str) -> None:
    person, before = sign_in("south1"), take_snapshot(desk.app)
    answer = person.post(f"/{kind}s/edit/{desk.movable[kind]}", desk.body(kind, desk.cases[case]) | SEEN)
    assert answer.status_code == 422
    assert str(CASES[case]) in html.unescape(answer.text)
    assert list_changes(before, take_snapshot(desk.app)) == {}


@parametrize()
def test_rest_refuses_a_new_row(desk: Desk, rest: Any, kind: str, case: str) -> None:
    client, before = rest("south1"), take_snapshot(desk.app)
    client.headers["Accept-Language"] = "en"
    answer = client.send("POST", f"{kind}s/", desk.json(kind, desk.cases[case]))
    assert (answer.status_code, answer.json) == (422, {"message": {"customer_id": [str(CASES[case])]}})
    assert list_changes(before, take_snapshot(desk.app)) == {}


@parametrize()
def test_rest_refuses_a_move(desk: Desk, rest: Any, kind: str, case: str) -> None:
    client, before = rest("south1"), take_snapshot(desk.app)
    client.headers["Accept-Language"] = "en"
    answer = client.send("PUT", f"{kind}s/{desk.movable[kind]}", {"customer_id": desk.cases[case]})
    assert (answer.status_code, answer.json) == (422, {"message": {"customer_id": [str(CASES[case])]}})
    assert list_changes(before, take_snapshot(desk.app)) == {}


@parametrize()
def test_session_of_a_person_refuses_a_new_row_and_a_move(desk: Desk, world: World, kind: str, case: str) -> None:
    before = take_snapshot(desk.app)
    with desk.app.app_context(), acting_as(load_viewer(world.people["south1"])):
        refuse_in_session(desk, case, lambda: db.session.add(desk.row(kind, desk.cases[case])))
        row = db.session.scalars(select(MODELS[kind]).where(MODELS[kind].id == desk.movable[kind])).one()
        refuse_in_session(desk, case, lambda: setattr(row, "customer_id", desk.cases[case]))
    assert list_changes(before, take_snapshot(desk.app)) == {}


@pytest.mark.parametrize(("kind", "case"), [(k, c) for k in KINDS for c in ("lead", "terminated", "unknown", "deleted")])
def test_session_of_the_system_refuses_a_new_row_and_a_move(desk: Desk, kind: str, case: str) -> None:
    before = take_snapshot(desk.app)
    with desk.app.app_context(), as_system("shell"):
        refuse_in_session(desk, case, lambda: db.session.add(desk.row(kind, desk.cases[case])))
        row = db.session.scalars(select(MODELS[kind]).where(MODELS[kind].id == desk.movable[kind])).one()
        refuse_in_session(desk, case, lambda: setattr(row, "customer_id", desk.cases[case]))
    assert list_changes(before, take_snapshot(desk.app)) == {}


@pytest.mark.parametrize("case", ["lead", "terminated", "unknown", "deleted"])
def test_maintenance_is_refused_by_form_rest_and_session(desk: Desk, world: World, sign_in: Any, rest: Any, case: str) -> None:
    person, client = sign_in("service1"), rest("service1")
    client.headers["Accept-Language"] = "en"
    before = take_snapshot(desk.app)
    answer = person.post("/tickets/add", desk.body("ticket", desk.cases[case]))
    assert answer.status_code == 422
    assert str(CASES[case]) in html.unescape(answer.text)
    answer = client.send("POST", "tickets/", desk.json("ticket", desk.cases[case]))
    assert (answer.status_code, answer.json) == (422, {"message": {"customer_id": [str(CASES[case])]}})
    with desk.app.app_context(), acting_as(load_viewer(world.people["service1"])):
        refuse_in_session(desk, case, lambda: db.session.add(desk.row("ticket", desk.cases[case])))
    assert list_changes(before, take_snapshot(desk.app)) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_customer_is_taken_by_form_rest_and_session(desk: Desk, world: World, sign_in: Any, rest: Any, kind: str) -> None:
    """The control: the same requests with a signed customer are saved, so the refusals above are the rule's."""
    before = take_snapshot(desk.app)
    assert sign_in("south1").post(f"/{kind}s/add", desk.body(kind, desk.good)).status_code == 302
    assert rest("south1").send("POST", f"{kind}s/", desk.json(kind, desk.good)).status_code == 201
    with desk.app.app_context(), acting_as(load_viewer(world.people["south1"])):
        db.session.add(desk.row(kind, desk.good))
        db.session.commit()
    changes = list_changes(before, take_snapshot(desk.app))
    assert {name: changes[name] for name in (kind, "issued_number", "number_series")} == {kind: 3, "issued_number": 3, "number_series": 2}


def change_stage(desk: Desk, stage: str) -> None:
    """Let the customer leave the signed stage behind everybody's back, as an old data set may have it."""
    with desk.app.app_context(), as_system("import"):
        table = Customer.__table__
        ended = clock.today() if stage == "terminated" else None
        bulk.set_values(
            db.session(), Customer, table.c.id == desk.good, {"status_id": find_status(stage).id, "stage": stage, "ended_on": ended}
        )
        db.session.commit()


@pytest.mark.parametrize(("kind", "stage"), [(k, s) for k in KINDS for s in ("lead", "terminated")])
def test_a_status_changed_between_opening_the_form_and_saving_is_noticed(desk: Desk, sign_in: Any, kind: str, stage: str) -> None:
    person = sign_in("south1")
    page = person.get(f"/{kind}s/add?customer={desk.good}")
    assert read_picked(page.text) == str(desk.good)  # offered while it was signed
    change_stage(desk, stage)
    before = take_snapshot(desk.app)
    answer = person.post(f"/{kind}s/add", desk.body(kind, desk.good))
    assert answer.status_code == 422
    assert str(CASES[stage]) in html.unescape(answer.text)
    assert list_changes(before, take_snapshot(desk.app)) == {}


@pytest.mark.parametrize(("kind", "stage"), [(k, s) for k in KINDS for s in ("lead", "terminated")])
def test_an_edit_keeps_a_customer_that_is_no_longer_signed(desk: Desk, sign_in: Any, rest: Any, kind: str, stage: str) -> None:
    change_stage(desk, stage)
    person, client, row_id = sign_in("south1"), rest("south1"), desk.movable[kind]
    page = person.get(f"/{kind}s/edit/{row_id}").text
    assert read_picked(page) == str(desk.good)
    name = "title" if kind == "contract" else "subject"
    answer = person.post(f"/{kind}s/edit/{row_id}", desk.body(kind, desk.good) | SEEN | {name: "By form"})
    assert answer.status_code == 302, html.unescape(answer.text)
    assert client.send("PUT", f"{kind}s/{row_id}", {name: "By REST", "customer_id": desk.good}).status_code == 200
    shown = client.send("GET", f"{kind}s/{row_id}").json["result"]
    assert (shown["customer_id"], shown[name]) == (desk.good, "By REST")


@pytest.mark.parametrize("kind", KINDS)
def test_the_address_does_not_preset_a_customer_that_cannot_be_chosen(desk: Desk, sign_in: Any, kind: str) -> None:
    person = sign_in("south1")
    for case, customer_id in desk.cases.items():
        page = person.get(f"/{kind}s/add?customer={customer_id}")
        assert page.status_code == 200
        assert read_picked(page.text) == "", case


@pytest.mark.parametrize("kind", KINDS)
def test_no_list_action_moves_a_row_to_another_customer(desk: Desk, sign_in: Any, kind: str) -> None:
    person = sign_in("south1")
    view = next(v for v in desk.app.extensions["appbuilder"].baseviews if v.route_base == f"/{kind}s")
    before = take_snapshot(desk.app, kind)
    column = [c.name for c in MODELS[kind].__table__.columns].index("customer_id")
    for name in [*view.actions, "edit", "muldelete"]:
        data = {
            "action": name,
            "rowid": str(desk.movable[kind]),
            "customer": str(desk.cases["lead"]),
            "customer_id": str(desk.cases["lead"]),
        }
        person.post(f"/{kind}s/action_post", data)
        person.post(f"/{kind}s/action/{name}/{desk.movable[kind]}", data)
    for name in [move.name for move in view.lifecycle.moves]:
        person.post(f"/{kind}s/move/{desk.movable[kind]}", {"move": name, "status_reason": "x", "customer": str(desk.cases["lead"])})
    after = take_snapshot(desk.app, kind)
    assert {(row[0], row[column]) for row in after[kind]} == {(row[0], row[column]) for row in before[kind]}
