"""From the first contact to the first ticket, by hand; and the picker that refuses an unsigned customer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import Person

pytestmark = pytest.mark.browser


def test_a_customer_is_logged_called_signed_contracted_and_served(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/customers/add")
    page.locator("#name").fill("Pearl River Data 珠江数据")
    page.locator("#contacts-0-phone").fill("020 1234 5678")
    page.locator("#contacts-0-name").fill("陈静")
    person.save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pearl River Data 珠江数据")

    page.keyboard.press("l")
    expect(page.get_by_label("What was said or done")).to_be_focused()
    page.keyboard.type("Rang Ms Chen about 10 racks")
    page.get_by_role("radio", name="Call", exact=True).check(force=True)
    page.get_by_label("Spoken to").select_option(label="陈静")
    page.locator("#composer").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Activity logged")).to_be_visible()
    expect(page.locator(".ev", has_text="Rang Ms Chen about 10 racks")).to_contain_text("陈静")

    person.open("/customers/?q=pearl")
    page.get_by_role("link", name="Pearl River Data 珠江数据").click()
    page.locator(".stages").get_by_role("button", name="Signed").click()
    expect(page.locator(".stages [aria-current]")).to_contain_text("Signed")

    person.open("/contracts/add")
    person.pick("customer", "Pearl River")
    page.get_by_label("Title").fill("Ten racks in hall 3")
    page.get_by_label("Amount").fill("120000")
    person.save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ten racks in hall 3")
    expect(page.get_by_text(re.compile(r"^HT\d{10}$")).first).to_be_visible()

    person.sign_out()
    person.sign_in("service1")
    person.open("/tickets/add")
    person.pick("customer", "Pearl River")
    expect(page.get_by_text("No contract covers today.")).to_be_visible()
    page.get_by_label("Subject").fill("Rack 4 has no power")
    page.get_by_label("Priority").select_option(label="High")
    person.save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rack 4 has no power")
    expect(page.get_by_text("Pearl River Data 珠江数据").first).to_be_visible()


def test_an_unsigned_customer_cannot_be_picked_and_the_picker_says_why(person: Person) -> None:
    page = person.page
    person.sign_in("service1")
    person.open("/tickets/add")
    box = person.picker("customer")
    box.click()
    box.press_sequentially("south1 Lead Ltd", delay=15)
    expect(page.get_by_text("This customer has not signed yet. Only signed customers can be chosen.").first).to_be_visible()
    box.press("Enter")
    page.get_by_label("Subject").fill("Should not be logged")
    page.get_by_label("Priority").select_option(label="High")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Choose a customer")).to_be_visible()
    person.open("/tickets/?q=should+not")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
