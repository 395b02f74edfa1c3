"""Stages are moved by one click of the record's page; what is needed is asked, and what someone else saved is not written over."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.customers.models import Customer, Status
from app.extensions import db
from app.tickets.models import Ticket

from ..factories import World, make_contract

EN = {"Accept-Language": "en"}
STEP = re.compile(r'<li class="(\w+)"[^>]*>(?:<button name="(\w+)" value="(\w+)"|<span)[^>]*>.*?<b>([^<]+)</b>', re.DOTALL)


def read_stages(page: str) -> list[tuple[str, str, str, str]]:
    """Return (kind, name, value, label) of each step of a page's stage bar."""
    bar = page.split('<ol class="stages"', 1)[1].split("</ol>", 1)[0]
    return [(kind, name, value, label) for kind, name, value, label in STEP.findall(bar)]


def find_row(app: Flask, model: Any, row_id: int) -> Any:
    """Return a row as the database has it."""
    with app.app_context(), as_system():
        row = db.session.get_one(model, row_id)
        db.session.expunge(row)
        return row


def test_the_steps_are_the_statuses_that_it_set_and_one_click_moves(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert read_stages(page) == [
        ("now", "", "", "Entered"), ("ahead", "status", "2", "First contact"), ("ahead", "status", "3", "In negotiation"),
        ("ahead", "status", "4", "Signed"), ("leave", "status", "5", "Terminated"),
    ]  # fmt: skip
    version = re.search(r'name="row_version" value="(\d+)"', page)
    assert version is not None
    answer = owner.post(f"/customers/status/{pk}", {"status": "3", "row_version": version[1]})
    assert answer.status_code == 302 and find_row(app, Customer, pk).status_id == 3
    kinds = [kind for kind, *_rest in read_stages(owner.get(f"/customers/show/{pk}", headers=EN).text)]
    assert kinds == ["done", "done", "now", "ahead", "leave"]


def test_any_number_of_statuses_is_shown_and_a_retired_one_while_it_is_the_present_one(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        for place, name in enumerate(("Trial", "Procurement")):
            db.session.add(Status(name_zh=f"新{place}", name_en=name, stage="lead", tone="blue", position=31 + place))
        db.session.get_one(Status, 1).is_active = False
        db.session.commit()
    owner = sign_in("south1")
    labels = [label for *_rest, label in read_stages(owner.get(f"/customers/show/{world.lead['south1']}", headers=EN).text)]
    assert labels == ["Entered", "First contact", "In negotiation", "Trial", "Procurement", "Signed", "Terminated"]
    labels = [label for *_rest, label in read_stages(owner.get(f"/customers/show/{world.signed['south1']}", headers=EN).text)]
    assert "Entered" not in labels


def test_what_a_termination_needs_is_asked_and_marked(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    dialog = page.split('<dialog id="stage-5"', 1)[1].split("</dialog>", 1)[0]
    assert re.search(r'name="status_reason"[^>]*aria-required="true"', dialog) and re.search(r'name="ended_on"[^>]*aria-required', dialog)
    refused = owner.post(f"/customers/status/{pk}", {"status": "5"}, headers=EN)  # as the button sends it without scripts
    assert refused.status_code == 422 and find_row(app, Customer, pk).status_id == 1
    opened = next(part for part in refused.text.split("<dialog")[1:] if "data-open" in part.split(">", 1)[0])
    assert "Enter the reason for the termination." in opened and "Enter the date of the termination." in opened
    form = {"status": "5", "status_reason": "closed down", "ended_on": "2026-01-31"}
    assert owner.post(f"/customers/status/{pk}", form).status_code == 302
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert [(kind, value) for kind, _name, value, _label in read_stages(page)] == [
        ("done", ""), ("ahead", ""), ("ahead", ""), ("ahead", "4"), ("left", ""),
    ]  # fmt: skip


def test_who_may_not_move_sees_a_plain_list(world: World, sign_in: Any) -> None:
    for person, path in (("director", f"/customers/show/{world.signed['south1']}"), ("south1", f"/tickets/show/{world.ticket['south1']}")):
        page = sign_in(person).get(path, headers=EN).text
        assert all(name == "" for _kind, name, *_rest in read_stages(page)) and len(read_stages(page)) == 5
        assert 'id="stage-' not in page


def test_a_step_of_a_page_that_is_out_of_date_moves_nothing_and_says_so(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    seen = find_row(app, Customer, pk).row_version
    assert owner.post(f"/customers/status/{pk}", {"status": "2", "row_version": str(seen)}).status_code == 302
    answer = owner.post(f"/customers/status/{pk}", {"status": "4", "row_version": str(seen)}, headers=EN)
    assert answer.status_code == 409 and "Someone else saved this meanwhile." in answer.text
    assert find_row(app, Customer, pk).status_id == 2
    pk = world.ticket["south1"]
    answer = sign_in("service1").post(f"/tickets/move/{pk}", {"move": "start", "row_version": "99"}, headers=EN)
    assert answer.status_code == 409 and find_row(app, Ticket, pk).status == "open"


def test_the_same_click_twice_moves_once(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    form = {"status": "2", "row_version": str(find_row(app, Customer, pk).row_version), "form_token": "one-click"}
    assert owner.post(f"/customers/status/{pk}", form).status_code == 302
    again = owner.post(f"/customers/status/{pk}", form)
    assert again.status_code == 302 and find_row(app, Customer, pk).status_id == 2


def test_a_move_that_the_gate_refuses_says_why(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    owner.post(f"/customers/status/{pk}", {"status": "2"}, headers=EN)
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert "has contracts, so it can only leave the signed stage by termination" in page and find_row(app, Customer, pk).stage == "signed"


def test_tickets_and_contracts_move_by_their_lifecycles(app: Flask, world: World, sign_in: Any) -> None:
    service, pk = sign_in("service1"), world.ticket["south1"]
    page = service.get(f"/tickets/show/{pk}", headers=EN).text
    assert [(kind, value) for kind, _name, value, _label in read_stages(page)] == [
        ("now", ""), ("ahead", "start"), ("ahead", "wait"), ("ahead", "resolve"), ("ahead", ""),
    ]  # fmt: skip
    assert service.post(f"/tickets/move/{pk}", {"move": "start"}).status_code == 302 and find_row(app, Ticket, pk).status == "in_progress"
    refused = service.post(f"/tickets/move/{pk}", {"move": "wait"}, headers=EN)
    assert refused.status_code == 422 and "Enter the reason." in refused.text
    owner, pk = sign_in("south1"), world.contract["south1"]
    page = owner.get(f"/contracts/show/{pk}", headers=EN).text
    assert [(kind, value) for kind, _name, value, _label in read_stages(page)] == [
        ("done", ""), ("now", ""), ("leave", "terminate"), ("leave", "void"),
    ]  # fmt: skip


def test_the_dates_that_a_contract_lacks_are_asked_by_the_move(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        owned = db.session.get_one(Customer, world.signed["south1"])
        draft = make_contract(owned, status="draft", signed_on=None)
        db.session.commit()
        pk = draft.id
    owner = sign_in("south1")
    page = owner.get(f"/contracts/show/{pk}", headers=EN).text
    dialog = next(part for part in page.split("<dialog")[1:] if 'name="move" value="start"' in part).split("</dialog>", 1)[0]
    assert 'name="signed_on"' in dialog and 'name="start_on"' not in dialog and 'name="status_reason"' not in dialog
    assert owner.post(f"/contracts/move/{pk}", {"move": "start"}, headers=EN).status_code == 422
    assert owner.post(f"/contracts/move/{pk}", {"move": "start", "signed_on": "2026-02-03"}).status_code == 302
    with app.app_context(), as_system():
        assert str(db.session.scalar(select(Contract.signed_on).where(Contract.id == pk))) == "2026-02-03"
        assert db.session.scalar(select(Contract.status).where(Contract.id == pk)) == "in_force"
