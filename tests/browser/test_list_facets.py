"""Lists at a browser: facets with several values, sums of what is ticked, and columns that all have room."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Customer, Status
from app.extensions import db
from app.staff.models import Staff

from ..factories import World, make_activity, make_contract, make_customer, make_ticket
from .conftest import Person

pytestmark = pytest.mark.browser
LONG = "Featherstonehaugh and Cholmondeley International Container Terminal Operators (Guangzhou Nansha) Holding Company Limited"
# The texts of the cells that stand beyond the window, and of those whose words do not fit into them.
FIND_CUT = """() => [...document.querySelectorAll(".rows :is(th, td)")]
  .filter((cell) => cell.getBoundingClientRect().right > innerWidth + 0.5 || cell.scrollWidth > cell.clientWidth + 1)
  .map((cell) => cell.textContent)"""


def test_facets_of_several_values_are_chosen_without_scripts(browser: Browser, served: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(served + "/login/")
    page.get_by_label("User name").fill("chief")
    page.get_by_label("Password").fill("chief-chief")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url(served + "/")
    page.goto(served + "/customers/")
    owner, status = page.locator("[data-facet=owner]"), page.locator("[data-facet=status]")
    owner.locator("summary").click()
    owner.get_by_role("button", name="Choose").click()
    page.get_by_label("Search Salesperson").fill("south1")
    owner.get_by_role("button", name="Search").click()
    page.get_by_label("South1 Test").check()
    owner.get_by_role("button", name="Apply").click()
    expect(owner.locator("summary")).to_contain_text("South1 Test")
    status.locator("summary").click()
    status.get_by_label("Signed").check()
    status.get_by_label("In negotiation").check()
    status.get_by_role("button", name="Apply").click()
    expect(status.locator("summary b")).to_have_text(["In negotiation", "Signed"])
    expect(page.locator(".rows tbody th a")).to_have_text(["south1 Signed Ltd"])
    context.close()


def test_a_facet_is_searched_and_applied_by_keyboard(person: Person) -> None:
    page = person.page
    person.sign_in("chief")
    person.open("/customers/")
    owner = page.locator("[data-facet=owner]")
    owner.locator("summary").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Search Salesperson")
    expect(box).to_be_focused()
    expect(owner.get_by_label("North1 Test")).to_be_visible()
    page.keyboard.type("south1")
    expect(owner.get_by_label("North1 Test")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(owner.get_by_label("South1 Test")).to_be_checked()
    box.fill("north1")
    expect(owner.get_by_label("North1 Test")).to_be_visible()
    expect(owner.get_by_label("South1 Test")).to_be_checked()  # what is ticked stays
    owner.get_by_label("North1 Test").check()
    owner.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/customers/\?owner=\d+&owner=\d+$"))
    expect(owner.locator("summary b")).to_have_count(2)
    expect(owner.locator("summary")).to_be_focused()
    page.get_by_role("link", name="Remove filter Salesperson").click()
    expect(page).to_have_url(re.compile(r"/customers/$"))


def test_more_filters_look_their_values_up_when_they_are_unfolded(person: Person) -> None:
    page = person.page
    person.sign_in("chief")
    person.open("/customers/")
    page.locator("summary", has_text="More filters").click()
    page.locator("[data-facet=stage] > summary").click()
    page.locator("[data-facet=stage]").get_by_label("Lead", exact=True).check()
    page.locator(".more-panel").get_by_role("button", name="Apply").click()
    expect(page.locator("[data-facet=stage] > summary b")).to_have_text("Lead")


def test_ticked_amounts_are_added_up_and_the_total_comes_by_itself(person: Person, app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        customer = db.session.get_one(Customer, world.signed["south1"])
        for turn in range(30):
            make_contract(customer, amount=Decimal("1000.50"), currency="USD" if turn % 2 else "CNY")
            db.session.flush()
        db.session.commit()
    page = person.page
    person.sign_in("chief")
    person.open("/contracts/")
    expect(page.locator(".sums b").first).to_be_visible()
    for place in range(3):
        page.locator("[name=rowid]").nth(place).check()
    bar = page.locator("[data-bulk]")
    expect(bar).to_contain_text("3 selected")
    expect(page.locator("[data-bulk-sum]")).to_have_text(re.compile(r"^US\$2,001\s+¥1,000\.50$"))
    page.get_by_role("button", name="Clear selection").click()
    expect(bar).to_be_hidden()


@pytest.fixture
def long_names(app: Flask, world: World) -> World:
    """Return the company with the longest names that one meets, and seven statuses."""
    with app.app_context(), as_system("import"):
        staff = db.session.get_one(Staff, world.people["south1"])
        staff.first_name, staff.last_name = "Wilhelmina Alexandra", "Featherstonehaugh-Cholmondeley"
        for turn in range(len(list(db.session.scalars(select(Status)))), 7):
            names = {"name_zh": f"等待总部批准 {turn}", "name_en": f"Waiting for approval by headquarters {turn}"}
            db.session.add(Status(**names, stage="lead", tone="amber", position=turn))
        db.session.flush()
        for turn, status in enumerate(db.session.scalars(select(Status).where(Status.stage == "lead").order_by(Status.id)).all()):
            customer = make_customer(f"Long {turn}", staff)
            customer.name, customer.contacts[0].name = (
                f"{LONG} {turn}",
                "Maximiliana Theodora Featherstonehaugh-Cholmondeley of the Southern Provinces",
            )
            customer.status_id, customer.next_step_on = status.id, clock.today()
            customer.next_step = "Send the revised quotation for the second phase and ask for the floor plan of the new building"
        signed = db.session.get_one(Customer, world.signed["south1"])
        signed.name = LONG
        db.session.flush()
        make_contract(signed, title=f"Hosting agreement with {LONG}", amount=Decimal("9999999999999.99"), currency="USD")
        make_ticket(signed, subject=f"No answer from {LONG}", assignee_id=world.people["service1"])
        for customer in db.session.scalars(select(Customer).where(Customer.owner_id == staff.id)).all():
            make_activity(customer, staff, text=f"Spoke with {LONG}", contact_id=customer.contacts[0].id)
        db.session.commit()
    return world


def test_no_column_is_cut_at_1280_with_the_longest_names_and_seven_statuses(person: Person, long_names: World) -> None:
    page = person.page
    person.sign_in("chief")
    for path in ("/customers/", "/contracts/", "/tickets/", "/activities/", "/staff/", "/statuses/", "/choices/"):
        person.open(path)
        if page.locator(".rows").count():
            assert (path, page.evaluate(FIND_CUT)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
