"""What pages cost on the wire, and whom they ask: only us. bench/face.py prints stock FAB's figures beside."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, Request
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.extensions import db
from app.staff.models import Staff
from tests.factories import make_customer

from .conftest import Person
from .test_accessibility import find_screens
from .wire import Load, weigh

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
COLD_BYTES, COLD_REQUESTS, WARM_BYTES = 120_000, 10, 10_000
SPRITE = "/static/ui/icons.svg"
ROWS = 25


def fill_a_page(app: Flask) -> None:
    """Make more customers than a page of the list has rows, with names in both languages."""
    with app.app_context(), as_system("import"):
        owner = db.session.scalars(select(Staff).where(Staff.username == "south1")).one()
        for place in range(ROWS + 5):
            make_customer(f"南方数据中心{place} Southern Data Centre {place}", owner, "signed" if place % 3 else "lead")
        db.session.commit()


def open_anew(person: Person) -> Page:
    """Return a new tab that is signed in and has nothing in its cache."""
    cookies = person.page.context.cookies()
    browser = person.page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context.new_page()


def weigh_twice(person: Person, path: str) -> tuple[Load, Load, int]:
    """Return the first and the second loading of a page, each in a tab of its own, and how many rows it showed."""
    page = open_anew(person)
    cold = weigh(page, lambda: page.goto(person.address + path))
    context = page.context
    page.close()
    page = context.new_page()
    warm = weigh(page, lambda: page.goto(person.address + path))
    rows = page.locator(".rows tbody tr").count()
    context.close()
    return cold, warm, rows


def test_a_page_of_customers_is_light_and_lighter_the_second_time(app: Flask, person: Person) -> None:
    fill_a_page(app)
    person.sign_in("south1")
    cold, warm, rows = weigh_twice(person, "/customers/")
    assert rows == ROWS
    assert len(cold.sent) <= COLD_REQUESTS, cold.sent
    assert 10_000 < cold.size <= COLD_BYTES
    assert f"{person.address}/customers/" in warm.sent
    assert [url for url in warm.sent if SPRITE not in url] == [f"{person.address}/customers/"]
    assert 1_000 < warm.size <= WARM_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("username", ["chief", "south1"])
def test_no_screen_asks_another_host(app: Flask, person: Person, username: str) -> None:
    asked: set[str] = set()

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        asked.add(f"{address.scheme}://{address.netloc}" if address.scheme != "data" else "data:")

    person.page.on("request", note)
    person.sign_in(username)
    screens = [*find_screens(app), "/swagger/v1", "/login/"]
    for screen in screens:
        person.open(screen)
    person.page.wait_for_load_state("networkidle")
    assert asked - {"data:"} == {person.address}
