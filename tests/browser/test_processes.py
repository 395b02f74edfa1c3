"""Processes by hand: the listing as four people, at a desk and on a phone; and IT's way to a new version, its clicks counted."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.extensions import db

from ..factories import World
from ..processes.desk import give_managers, start_listing
from .conftest import Person
from .test_clicks import Counter

pytestmark = pytest.mark.browser
SIZES = {1280: {"width": 1280, "height": 800}, 390: {"width": 390, "height": 844}}


def prepare(app: Flask, world: World) -> tuple[int, str]:
    """Make the bosses managers; return id and number of south1's contract."""
    with app.app_context(), as_system("import"):
        give_managers(world)
        row = db.session.scalars(select(Contract).where(Contract.id == world.contract["south1"])).one()
        return row.id, row.number


@pytest.mark.parametrize("width", SIZES)
def test_a_listing_is_asked_for_approved_racked_and_confirmed(app: Flask, world: World, person: Person, width: int) -> None:
    contract, number = prepare(app, world)
    page = person.page
    page.set_viewport_size(SIZES[width])  # type: ignore[arg-type]  # width and height
    person.sign_in("south1")
    person.open(f"/cases/start/listing?contract={number}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#f-contract")).to_have_value(number)
    page.get_by_label("Data centre").fill("Suzhou B2")
    expect(page.get_by_text("Next: Manager approves")).to_be_visible()
    page.locator("#said").fill("As agreed")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".who-line")).to_contain_text("Step 2")

    person.sign_out()
    person.sign_in("boss_south")
    person.open("/tasks/")
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("As agreed").first).to_be_visible()
    page.locator("#said").fill("Fine")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".who-line")).to_contain_text("Step 3")

    person.sign_out()
    person.sign_in("service1")
    person.open("/tasks/?tab=pool")
    page.get_by_role("button", name="Take it").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Racked", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Rack and units")
    page.get_by_label("Rack and units").fill("B2-07 U21")
    page.get_by_label("Address", exact=False).last.fill("10.0.0.7")
    page.get_by_label("Racked on").fill("2026-11-28")
    expect(page.locator(".case-decide")).to_be_in_viewport()
    page.get_by_role("button", name="Racked", exact=True).click()
    expect(page.locator(".who-line")).to_contain_text("Step 4")

    person.sign_out()
    person.sign_in("south1")
    person.open("/tasks/")
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".who-line")).to_contain_text("Done")
    person.open(f"/contracts/show/{contract}")
    expect(page.locator("#cases")).to_contain_text("B2-07 U21")


def test_it_adds_a_step_for_large_amounts_and_publishes_it_in_at_most_25_clicks(app: Flask, world: World, person: Person) -> None:
    _contract, number = prepare(app, world)
    start_listing(app, world, number)
    page = person.page
    person.sign_in("it")
    count = Counter(person)
    count.click(page.get_by_role("link", name="Process design"))
    count.click(page.get_by_role("link", name="Listing", exact=True))
    count.click(page.get_by_role("button", name="Copy to a new draft"))
    count.click(page.get_by_role("button", name="Add a step after “Manager approves”"))
    page.get_by_label("Name in Chinese").fill("财务复核")
    page.get_by_label("Name in English").fill("Finance checks")
    count.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".check-list")).to_contain_text("No role is chosen.")
    count.click(page.locator("tbody th a").filter(has_text="Finance checks").first)
    count.click(page.locator("#roles-ts-control"))
    count.click(page.locator(".ts-dropdown .option").filter(has_text=re.compile("^Management$")))
    page.keyboard.press("Escape")
    count.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".check-list")).to_contain_text("Nothing is wrong")
    count.click(page.locator("tbody th a").filter(has_text="Manager approves").first)
    page.get_by_label("When", exact=True).first.select_option(label="Contract amount")
    page.get_by_label("Comparison").first.select_option(label="is more than")
    page.get_by_label("Value").first.fill("100000")
    page.get_by_label("Go to").first.select_option(label="3 Finance checks")
    page.get_by_label("Otherwise, go to").select_option(label="4 Racking")
    count.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".way-line").first).to_contain_text("Contract amount is more than 100000")
    count.click(page.get_by_role("link", name="Trial run"))
    count.click(page.get_by_role("button", name="Approve as this person"))
    count.click(page.get_by_role("button", name="Approve as this person"))
    expect(page.locator("[aria-current=step]")).to_contain_text("Finance checks")
    count.click(page.locator(".crumbs").get_by_role("link", name="Listing"))
    count.click(page.get_by_role("button", name="Publish"))
    count.click(page.locator("dialog[open]").get_by_role("button", name="Publish"))
    expect(page.get_by_text("Published. New cases start by this version.")).to_be_visible()
    assert count.clicks <= 25
    person.sign_out()
    person.sign_in("south1")
    person.open("/cases/start/listing")
    expect(page.locator(".case-steps")).to_contain_text("Finance checks")
