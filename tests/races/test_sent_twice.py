"""A form that is sent twice does its work once: every POST form of every page carries the token; and at the same moment too."""

from __future__ import annotations

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.contracts.models import Contract, ContractAttachment
from app.core.access.viewer import as_system
from app.core.sharing.shares import Share
from app.core.writes import resending
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import Ticket, TicketComment

from ..conftest import Browser
from ..factories import World

TIMES = 4
PDF = b"%PDF-1.4 twice"
TOKEN = "11111111-2222-3333-4444-555555555555"


def count(app: Flask, model: type[Any], *where: Any) -> int:
    """Return how many rows there are, as the database has them."""
    with app.app_context(), as_system():
        return int(db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0)


def send_at_once(app: Flask, person: str, path: str, fields: dict[str, Any], times: int = TIMES) -> list[int]:
    """Send the same form several times at the same moment by one session; return the statuses."""
    browser = Browser(app).sign_in(person)
    token = browser.token()
    cookie = browser.client.get_cookie("countersign").value  # with the token's session in it
    barrier = threading.Barrier(times)

    def send(_turn: int) -> int:
        client = app.test_client()
        client.set_cookie("countersign", cookie)
        data = {"csrf_token": token, "form_token": TOKEN, **fields}
        if "file" in data:
            data["file"] = (io.BytesIO(PDF), "twice.pdf")
        barrier.wait(20)
        return client.post(path, data=data).status_code

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def test_a_comment_is_saved_once(app: Flask, world: World) -> None:
    path = f"/tickets/comment/{world.ticket['south1']}"
    assert set(send_at_once(app, "service1", path, {"text": "Restarted it"})) == {302}
    assert count(app, TicketComment) == 1


def test_a_file_is_attached_once(app: Flask, world: World) -> None:
    assert set(send_at_once(app, "south1", f"/contracts/attach/{world.contract['south1']}", {"file": ""})) == {302}
    assert count(app, ContractAttachment) == 1


def test_a_share_is_granted_once(app: Flask, world: World) -> None:
    fields = {"staff": str(world.people["south2"]), "access": "read"}
    assert set(send_at_once(app, "south1", f"/customers/share/{world.lead['south1']}", fields)) == {302}
    assert count(app, Share, Share.row_id == world.lead["south1"], Share.module == "Customers") == 1


def test_an_edit_form_is_saved_once_and_nobody_else_is_blamed(app: Flask, world: World) -> None:
    pk = world.lead["south1"]
    with app.app_context(), as_system():
        status = db.session.get_one(Customer, pk).status_id
    fields = {"name": "Renamed once Ltd", "status": str(status), "row_version": "1"}
    assert set(send_at_once(app, "south1", f"/customers/edit/{pk}", fields)) == {302}
    assert count(app, HistoryEntry, HistoryEntry.model == "Customer", HistoryEntry.row_id == pk, HistoryEntry.field == "name") == 1


def test_a_move_is_made_once(app: Flask, world: World) -> None:
    pk = world.contract["south1"]
    fields = {"move": "void", "status_reason": "signed twice"}
    assert set(send_at_once(app, "south1", f"/contracts/move/{pk}", fields)) == {302}
    assert count(app, Contract, Contract.id == pk, Contract.status == "void") == 1
    assert count(app, HistoryEntry, HistoryEntry.model == "Contract", HistoryEntry.row_id == pk, HistoryEntry.field == "status") == 1


def test_a_new_customer_is_entered_once(app: Flask, world: World) -> None:
    with app.app_context(), as_system():
        status = db.session.get_one(Customer, world.lead["south1"]).status_id
    assert set(send_at_once(app, "south1", "/customers/add", {"name": "Entered once Ltd", "status": str(status)})) == {302}
    assert count(app, Customer, Customer.name == "Entered once Ltd") == 1


def test_another_text_from_the_same_page_is_saved_too(app: Flask, world: World) -> None:
    browser, path = Browser(app).sign_in("service1"), f"/tickets/comment/{world.ticket['south1']}"
    for text in ("First", "Second", "First"):
        browser.post(path, {"form_token": TOKEN, "text": text})
    assert count(app, TicketComment) == 2


def test_a_form_that_was_refused_can_be_sent_again(app: Flask, world: World) -> None:
    browser, path = Browser(app).sign_in("south1"), f"/contracts/move/{world.contract['south1']}"
    fields = {"form_token": TOKEN, "move": "void", "status_reason": ""}
    assert browser.post(path, fields).status_code == 422
    assert browser.post(path, fields).status_code == 422
    assert browser.post(path, {**fields, "status_reason": "a mistake"}).status_code == 302


def test_who_sends_the_same_is_told_apart(app: Flask, world: World) -> None:
    path = f"/tickets/comment/{world.ticket['south1']}"
    for person in ("service1", "service2"):
        Browser(app).sign_in(person).post(path, {"form_token": TOKEN, "text": "Looking at it"})
    assert count(app, TicketComment) == 2


def test_sending_twice_without_the_mend_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resending, "read_key", lambda: None)
    send_at_once(app, "service1", f"/tickets/comment/{world.ticket['south1']}", {"text": "Restarted it"})
    assert count(app, TicketComment) == TIMES


@pytest.mark.parametrize(
    "person", ["chief", *(pytest.param(name, marks=pytest.mark.slow) for name in ("south1", "boss_south", "service1", "it"))]
)
def test_every_post_form_of_every_page_carries_the_token(app: Flask, world: World, sign_in: Any, person: str) -> None:
    browser = sign_in(person)
    with app.app_context(), as_system("import"):
        db.session.delete(db.session.get_one(Customer, world.lead["south1"]))
        ticket = db.session.get_one(Ticket, world.ticket["south1"])
        ticket.assignee_id = world.people["service1"]
        db.session.commit()
    pages = [
        rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/api", "/static"))
    ]
    forms = 0
    for rule in pages:
        for pk in (1, 2) if "<" in rule else (0,):
            path = re.sub(r"<[^>]+>", str(pk), rule)
            answer = browser.get(path)
            for form in re.findall(r'<form[^>]*method="post".*?</form>', answer.text if answer.mimetype == "text/html" else "", re.DOTALL):
                forms += 1
                assert form.count('name="form_token"') == 1, (path, form[:200])
                assert form.count('name="csrf_token"') == 1, (path, form[:200])
    assert forms > 20
