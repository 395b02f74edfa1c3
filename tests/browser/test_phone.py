"""At 390 px: what a table says is on the screen, and the page does not move sideways."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Customer, Status
from app.extensions import db
from app.staff.models import Staff

from ..factories import World
from .conftest import Person
from .test_accessibility import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
# The words of what stands outside the window, of all cells and controls within a root that take up room; and how far it scrolls.
FIND_CUT = """root => [...root.querySelectorAll("td, th, button, select, a")]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().width)
  .filter((node) => node.getBoundingClientRect().right > innerWidth || node.getBoundingClientRect().left < 0)
  .map((node) => `${node.tagName} ${node.textContent.trim()}`)
  .concat(root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} wide`] : [])"""


def hold_a_phone(person: Person, username: str) -> Page:
    """Sign in and make the window as wide as a phone."""
    person.sign_in(username)
    person.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return person.page


def assert_fits(page: Page, tables: Locator) -> None:
    """Check that each cell and control of the tables is within the window, as is the page."""
    expect(tables.first).to_be_visible()
    assert [tables.nth(place).evaluate(FIND_CUT) for place in range(tables.count())] == [[]] * tables.count()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_handover_is_divided_previewed_and_read_on_a_phone(person: Person, app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        receiver = db.session.get_one(Staff, world.people["south2"])
        receiver.first_name, receiver.last_name = "Wilhelmina Alexandra", "Featherstonehaugh of the Southern Provinces"
        db.session.commit()
    page = hold_a_phone(person, "boss_south")
    person.open(f"/handover/plan?leaver={world.people['south1']}&to={world.people['south2']}")
    for fold in page.locator("details.fold summary").all():
        fold.click()
    assert_fits(page, page.locator("main table:visible"))
    page.get_by_role("radiogroup", name="south1 Signed Ltd", exact=True).get_by_text("Wilhelmina").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Nothing has been moved yet.")).to_be_visible()
    assert_fits(page, page.locator("main table:visible"))
    row = page.locator("tr", has_text="south1 Signed Ltd").first
    expect(row.locator("[data-label='To whom']")).to_contain_text("Southern Provinces")
    page.get_by_role("button", name="Hand over now").click()
    expect(page.get_by_role("status").filter(has_text="is done")).to_be_visible()
    assert_fits(page, page.locator("#pane-rows"))

    person.sign_out()
    page.set_viewport_size({"width": 1280, "height": 800})
    hold_a_phone(person, "south2")
    person.open("/notices/")
    page.get_by_role("button", name=re.compile("handed work over to you")).click()
    assert_fits(page, page.locator("main table:visible"))


def test_the_bin_is_used_on_a_phone(person: Person, app: Flask) -> None:
    with app.app_context(), as_system("import"):
        customer = db.session.scalars(select(Customer).where(Customer.name == "south1 Lead Ltd")).one()
        customer.name, customer.deleted_at = "South China Container Terminal Operators Group", clock.now()
        db.session.commit()
    page = hold_a_phone(person, "chief")
    person.open("/bin/")
    expect(page.get_by_role("button", name="Restore")).to_be_visible()
    assert_fits(page, page.locator("main table:visible"))
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_label("Reason")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("status").first).to_be_visible()


@pytest.mark.parametrize("path", ["/customers/?status=4&status=3", "/contracts/", "/tickets/", "/activities/", "/staff/"])
def test_a_list_begins_within_200_px_and_fits(person: Person, path: str) -> None:
    page = hold_a_phone(person, "chief")
    person.open(path)
    row = page.locator(".rows tbody tr").first
    expect(row).to_be_visible()
    assert row.bounding_box()["y"] <= 200  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    targets = page.locator(".filters > .facet:visible > details > summary, .filters .facet-off:visible, .rows tbody th a")
    assert [box for target in targets.all() if (box := target.bounding_box()) and box["height"] < 39.5] == []
    page.locator(".filters > .facet:visible > details > summary").first.click()
    box = page.locator(".filters .menu-panel:visible").first.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


@pytest.mark.parametrize("tab", ["shares", "history"])
def test_the_tab_in_the_address_is_in_sight_on_a_phone(person: Person, world: World, tab: str) -> None:
    page = hold_a_phone(person, "south1")
    person.open(f"/customers/show/{world.signed['south1']}?show={tab}")
    active = page.locator(".stream-tools [aria-current]")
    expect(active).to_have_attribute("href", re.compile(f"show={tab}"))
    expect(active).to_be_in_viewport(ratio=0.99)
    assert page.evaluate("scrollY") == 0


def test_a_record_is_read_and_moved_on_a_phone_with_seven_statuses(person: Person, app: Flask, world: World) -> None:
    """Nothing moves sideways but the stage bar within itself; contacts stand before what one writes."""
    with app.app_context(), as_system("import"):
        for place, name in enumerate(("Waiting for the tender", "Procurement")):
            db.session.add(Status(name_zh=f"新{place}", name_en=name, stage="lead", tone="blue", position=31 + place))
        db.session.commit()
    page = hold_a_phone(person, "south1")
    for path in (f"/customers/show/{world.lead['south1']}", f"/customers/show/{world.signed['south1']}?edit=contact:new"):
        person.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        expect(page.locator(".stages [aria-current]")).to_be_in_viewport(ratio=0.99)
    tops = [page.locator(one).first.bounding_box() for one in (".stages", "#next", "#contact", "#composer", ".stream", "#term")]
    places = [box["y"] for box in tops if box is not None]
    assert len(places) == 6 and places == sorted(places)


def test_seven_statuses_fit_beside_each_other_at_1280(person: Person, app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        for place, name in enumerate(("Waiting for the tender", "Procurement")):
            db.session.add(Status(name_zh=f"新{place}", name_en=name, stage="lead", tone="blue", position=31 + place))
        db.session.commit()
    person.sign_in("south1")
    person.open(f"/customers/show/{world.lead['south1']}")
    assert person.page.locator(".stages li").count() == 7
    assert person.page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.stages-box'))") <= 0
