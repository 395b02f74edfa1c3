"""What was added or deleted is taken back by the button beside the sentence: once, through the ordinary pages and the gate."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.scope import BIN_OPTION
from app.core.access.viewer import as_system
from app.customers.models import Customer
from app.extensions import db

from .conftest import Browser
from .factories import World, find_choice, find_status
from .forms import read_form

ENGLISH = {"Accept-Language": "en"}


def find_offer(page: str) -> tuple[str, dict[str, str]] | None:
    """Return address and fields of the undo that a page offers."""
    found = re.search(r'<form method="post" action="([^"]+)" class="toast-undo">(.*?)</form>', page, re.DOTALL)
    return (html.unescape(found[1]), dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[2]))) if found else None


def follow(browser: Browser, path: str, fields: dict[str, Any]) -> str:
    """Send a form and return the page behind it."""
    answer = browser.post(path, fields, follow_redirects=True)
    assert answer.status_code == 200, answer.text[:300]
    return str(answer.text)


def add_customer(app: Flask, browser: Browser) -> str:
    """Add a customer by the form; return the page behind it."""
    with app.app_context(), as_system():
        status = find_status("lead").id
    return follow(browser, "/customers/add", {"name": "Fresh Ltd", "status": status})


def read_customer(app: Flask) -> Any:
    """Return the customer that was added."""
    with app.app_context(), as_system():
        return db.session.scalars(select(Customer).where(Customer.name == "Fresh Ltd"), execution_options={BIN_OPTION: True}).one()


def test_a_new_record_goes_to_the_bin_and_comes_back(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    offer = find_offer(add_customer(app, browser))
    assert offer is not None and "csrf_token" in offer[1]
    assert find_offer(browser.get("/customers/").text) is None, "an offer is made once"
    page = follow(browser, *offer)
    assert read_customer(app).deleted_at is not None
    back = find_offer(page)
    assert back is not None
    assert "is back" in follow(browser, *back)
    assert read_customer(app).deleted_at is None


def test_a_logged_activity_is_withdrawn_with_its_reason(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    with app.app_context(), as_system():
        kind = find_choice("activity_kind").id
    body = {"customer": world.signed["south1"], "kind": kind, "happened_at": "2026-01-05T10:00", "text": "Wrongly logged"}
    offer = find_offer(follow(browser, "/activities/add", body))
    assert offer is not None
    assert find_offer(follow(browser, *offer)) is None
    with app.app_context(), as_system():
        row = db.session.scalars(select(Activity).where(Activity.text == "Wrongly logged")).one()
        assert row.withdrawn_at is not None and row.withdrawn_reason == "Undone"


def test_an_edit_a_move_and_what_one_may_not_delete_offer_none(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    pk = world.lead["south1"]
    with app.app_context(), as_system():
        status = find_status("lead").id
    form = {**read_form(browser.get(f"/customers/edit/{pk}").text), "name": "Other Ltd"}
    assert find_offer(follow(browser, f"/customers/edit/{pk}", form)) is None
    assert find_offer(follow(browser, f"/customers/status/{pk}", {"status": status})) is None
    contract = {"customer": world.signed["south1"], "title": "Hosting", "amount": "1", "currency": "CNY"}
    assert find_offer(follow(browser, "/contracts/add", contract)) is None
    service = sign_in("service1")
    ticket = {"customer": world.signed["south1"], "subject": "Down", "priority": 1}
    assert find_offer(follow(service, "/tickets/add", ticket)) is None


def test_an_offer_to_another_s_record_is_worth_nothing(app: Flask, world: World, sign_in: Any) -> None:
    offer = find_offer(add_customer(app, sign_in("south1")))
    assert offer is not None
    assert sign_in("south2").post(offer[0], {}).status_code in (403, 404)
    assert read_customer(app).deleted_at is None


@pytest.mark.parametrize("then", ["", "new"])
def test_save_and_new_opens_the_next_empty_form(app: Flask, world: World, sign_in: Any, then: str) -> None:
    browser = sign_in("south1")
    with app.app_context(), as_system():
        status = find_status("lead").id
    answer = browser.post("/customers/add", {"name": "Fresh Ltd", "status": status, "then": then})
    made = read_customer(app).id
    assert answer.location == ("/customers/add" if then else f"/customers/show/{made}")
    page = browser.get(answer.location).text
    assert find_offer(page) is not None and "Fresh Ltd" in page
    assert ('name="then"' in page) is bool(then)


def test_a_folded_part_opens_when_it_says_something(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    folded, opened = '<details class="form-part">', '<details class="form-part" open>'
    assert folded in browser.get("/customers/add").text
    wrong = browser.post("/customers/add", {"name": "Fresh Ltd", "website": "nowhere"})
    assert wrong.status_code == 422 and opened in wrong.text
    path = f"/customers/edit/{world.lead['south1']}"
    assert "form-part" in browser.get(path).text


def test_a_renewal_copies_title_amount_currency_and_the_next_term(app: Flask, world: World, sign_in: Any) -> None:
    browser, pk = sign_in("south1"), world.contract["south1"]
    link = re.search(r'href="(/contracts/add\?[^"]*renews=[^"]*)"', browser.get(f"/contracts/show/{pk}").text)
    assert link is not None
    page = browser.get(html.unescape(link[1])).text
    with app.app_context(), as_system():
        old = db.session.get_one(Contract, pk)
        title, end = old.title, old.end_on
    assert f'value="{title}"' in page and 'value="12000.00"' in page and '<option value="CNY" selected' in page
    start = re.search(r'name="start_on"[^>]* value="([^"]+)"', page)
    assert start is not None and start[1] == (end.fromordinal(end.toordinal() + 1)).isoformat()
    assert re.search(r'name="end_on"[^>]* value="\d{4}-\d\d-\d\d"', page)
