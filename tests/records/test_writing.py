"""What is written and edited on a record's page passes the gate, keeps what was typed, and writes nothing over unseen."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.activities.models import Activity
from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Contact, Customer, CustomerAttachment, CustomerComment
from app.extensions import db
from app.tickets.models import TicketComment

from ..factories import World, find_choice

EN = {"Accept-Language": "en"}
PDF = b"%PDF-1.4 x"


def count(app: Flask, model: Any, *where: Any) -> int:
    """Return how many rows there are."""
    with app.app_context(), as_system():
        return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def newest(app: Flask, model: Any) -> Any:
    """Return the newest row."""
    with app.app_context(), as_system():
        row = db.session.scalars(select(model).order_by(model.id.desc())).first()
        db.session.expunge(row)
        return row


@pytest.fixture
def kind(app: Flask, world: World) -> str:
    """Return what the composer sends for the first kind of activity."""
    with app.app_context(), as_system():
        return f"activity:{find_choice('activity_kind').id}"


def test_an_activity_is_logged_with_whom_and_what_follows(app: Flask, world: World, sign_in: Any, kind: str) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    with app.app_context(), as_system():
        contact = db.session.scalars(select(Contact.id).where(Contact.customer_id == pk).order_by(Contact.id)).first()
        day = clock.today()
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert re.search(rf'type="radio" name="kind" value="{kind}" checked', page)
    form = {"kind": kind, "text": "Rang about racks", "contact": contact, "next_step": "send the quotation", "next_step_on": str(day)}
    assert owner.post(f"/customers/compose/{pk}", form).status_code == 302
    made = newest(app, Activity)
    assert (made.text, made.customer_id, made.contact_id, made.author_id) == ("Rang about racks", pk, contact, world.people["south1"])
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert "send the quotation" in page.split('id="next"', 1)[1].split("</section>", 1)[0]


def test_what_was_typed_stays_when_it_is_refused(app: Flask, world: World, sign_in: Any, kind: str) -> None:
    owner, pk, before = sign_in("south1"), world.signed["south1"], count(app, Activity)
    answer = owner.post(f"/customers/compose/{pk}", {"kind": kind, "text": "", "next_step": "ring again"}, headers=EN)
    assert answer.status_code == 422 and "Enter what was said or done." in answer.text and 'value="ring again"' in answer.text
    answer = owner.post(f"/customers/compose/{pk}", {"kind": kind, "text": "Typed <b>", "next_step": "ring again"}, headers=EN)
    page = html.unescape(answer.text)
    assert answer.status_code == 422 and "Enter the day of the next step" in page and "Typed <b></textarea>" in page
    assert count(app, Activity) == before


def test_a_comment_and_a_file_are_added_by_the_same_form(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    with_file = {"kind": "comment:text", "text": "See the card", "file": (io.BytesIO(PDF), "card.pdf")}
    assert owner.post(f"/customers/compose/{pk}", with_file).status_code == 302
    alone = {"kind": "comment:text", "text": " ", "file": (io.BytesIO(PDF), "again.pdf")}
    assert owner.post(f"/customers/compose/{pk}", alone).status_code == 302
    assert count(app, CustomerComment) == 1 and count(app, CustomerAttachment) == 2
    page = owner.get(f"/customers/show/{pk}?show=notes", headers=EN).text
    assert all(words in page for words in ("See the card", "card.pdf", "again.pdf"))
    wrong = {"kind": "comment:text", "text": "kept words", "file": (io.BytesIO(b"MZ"), "tool.exe")}
    answer = owner.post(f"/customers/compose/{pk}", wrong, headers=EN)
    assert (
        answer.status_code == 422
        and "kept words" in answer.text
        and count(app, CustomerAttachment) == 2
        and count(app, CustomerComment) == 1
    )


def test_the_same_form_twice_is_written_once(app: Flask, world: World, sign_in: Any, kind: str) -> None:
    owner, pk, before = sign_in("south1"), world.signed["south1"], count(app, Activity)
    form = {"kind": kind, "text": "once", "form_token": "composed"}
    for _turn in range(2):
        assert owner.post(f"/customers/compose/{pk}", form).status_code == 302
    assert count(app, Activity) == before + 1


def test_one_writes_only_what_ones_roles_and_reach_include(app: Flask, world: World, sign_in: Any, kind: str) -> None:
    lent = world.signed["north1"]  # to read, with south2
    page = sign_in("south2").get(f"/customers/show/{lent}", headers=EN).text
    assert 'name="next_step"' not in page and 'value="comment:text"' not in page and kind in page
    assert sign_in("south2").post(f"/customers/compose/{lent}", {"kind": "comment:text", "text": "x"}).status_code == 403
    assert sign_in("director").post(f"/customers/compose/{lent}", {"kind": kind, "text": "x"}).status_code == 403
    assert sign_in("south1").post(f"/customers/compose/{lent}", {"kind": kind, "text": "x"}).status_code == 404
    for odd in ("", "activity:", "activity:999999", "comment:", "nothing:1", "comment"):
        assert sign_in("south1").post(f"/customers/compose/{world.signed['south1']}", {"kind": odd, "text": "x"}).status_code == 403, odd
    assert 'id="composer"' not in sign_in("director").get(f"/customers/show/{lent}").text


def test_a_ticket_is_commented_by_the_composer(app: Flask, world: World, sign_in: Any) -> None:
    pk = world.ticket["south1"]
    assert sign_in("service1").post(f"/tickets/compose/{pk}", {"kind": "comment:text", "text": "Looked at it"}).status_code == 302
    assert newest(app, TicketComment).text == "Looked at it"
    assert "Looked at it" in sign_in("south1").get(f"/tickets/show/{pk}").text


# -- edited in place ----------------------------------------------------------------------------------------------------


NOT_TYPED = ("remove", "is_primary", "csrf_token", "form_token")  # sent by who presses or ticks them, or of one session


def open_form(browser: Any, path: str) -> dict[str, str]:
    """Return what the form in the page would send."""
    form = browser.get(path, headers=EN).text.split('<form class="inline-form"', 1)[1].split("</form>", 1)[0]
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', form) if name not in NOT_TYPED}


def test_a_contact_is_added_changed_and_removed_in_place(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    form = open_form(owner, f"/customers/show/{pk}?edit=contact:new")
    assert form["part"] == "new"
    refused = owner.post(f"/customers/inline/contact/{pk}", {**form, "phone": "123"}, headers=EN)
    assert refused.status_code == 422 and "Enter the contact's name." in html.unescape(refused.text) and 'value="123"' in refused.text
    assert owner.post(f"/customers/inline/contact/{pk}", {**form, "name": "Wang", "phone": "020 1"}).status_code == 302
    made = newest(app, Contact)
    assert (made.name, made.phone, made.customer_id) == ("Wang", "020 1", pk)
    form = open_form(owner, f"/customers/show/{pk}?edit=contact:{made.id}")
    assert form["name"] == "Wang"
    assert owner.post(f"/customers/inline/contact/{pk}", {**form, "title": "Head"}).status_code == 302
    assert newest(app, Contact).title == "Head"
    form = open_form(owner, f"/customers/show/{pk}?edit=contact:{made.id}")
    assert owner.post(f"/customers/inline/contact/{pk}", {**form, "remove": "1"}).status_code == 302
    assert count(app, Contact, Contact.id == made.id) == 0
    assert owner.post(f"/customers/inline/contact/{pk}", form).status_code == 404


def test_what_someone_else_saved_meanwhile_is_shown_first(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    with app.app_context(), as_system():
        contact = db.session.scalars(select(Contact.id).where(Contact.customer_id == pk).order_by(Contact.id)).one()
    mine = open_form(owner, f"/customers/show/{pk}?edit=contact:{contact}")
    sign_in("chief").post(f"/customers/inline/contact/{pk}", {**mine, "phone": "111"})
    answer = owner.post(f"/customers/inline/contact/{pk}", {**mine, "phone": "222"}, headers=EN)
    assert answer.status_code == 409 and "Somebody else saved this while you were editing" in answer.text
    assert "<td>111</td><td>222</td>" in answer.text and 'value="222"' in answer.text
    form = answer.text.split('<form class="inline-form"', 1)[1].split("</form>", 1)[0]
    version = re.search(r'name="row_version" value="(\d+)"', form)
    assert version is not None
    assert owner.post(f"/customers/inline/contact/{pk}", {**mine, "phone": "222", "row_version": version[1]}).status_code == 302
    assert newest_of(app, contact).phone == "222"


def newest_of(app: Flask, contact: int) -> Contact:
    """Return a contact as the database has it."""
    with app.app_context(), as_system():
        row = db.session.get_one(Contact, contact)
        db.session.expunge(row)
        return row


def test_a_contact_of_another_customer_is_none_of_this_one(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system():
        other = db.session.scalars(select(Contact.id).where(Contact.customer_id == world.lead["south1"])).one()
    form = {"part": str(other), "name": "Moved"}
    assert sign_in("south1").post(f"/customers/inline/contact/{world.signed['south1']}", form).status_code == 404
    assert sign_in("director").post(f"/customers/inline/contact/{world.signed['south1']}", {"part": "new", "name": "x"}).status_code == 403
    assert sign_in("south1").post(f"/customers/inline/nothing/{world.signed['south1']}", form).status_code == 404


def test_a_next_step_is_planned_postponed_and_done(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert "not planned" in page and "Plan the next step" in page
    form = open_form(owner, f"/customers/show/{pk}?edit=next")
    refused = owner.post(f"/customers/inline/next/{pk}", {**form, "next_step": "call"}, headers=EN)
    assert refused.status_code == 422 and "Enter the day of the next step" in refused.text and 'value="call"' in refused.text
    assert owner.post(f"/customers/inline/next/{pk}", {**form, "next_step": "call", "next_step_on": "2999-01-01"}).status_code == 302
    form = open_form(owner, f"/customers/show/{pk}?edit=next")
    assert owner.post(f"/customers/inline/next/{pk}", {**form, "next_step_on": "2999-02-01"}).status_code == 302
    page = owner.get(f"/customers/show/{pk}", headers=EN).text
    assert "postponed once" in page and ">1</b>" in page
    version = re.search(r'/customers/inline/done/\d+">.*?name="row_version" value="(\d+)"', page, re.DOTALL)
    assert version is not None
    stale = owner.post(f"/customers/inline/done/{pk}", {"row_version": "1"}, headers=EN)
    assert stale.status_code == 409 and "Someone else saved this meanwhile." in stale.text
    assert owner.post(f"/customers/inline/done/{pk}", {"row_version": version[1]}).status_code == 302
    with app.app_context(), as_system():
        assert db.session.get_one(Customer, pk).next_step_state == "done"
    assert "not planned" in owner.get(f"/customers/show/{pk}", headers=EN).text
