"""How many clicks the daily entries cost from the start page; typing and moving the focus by keyboard are not counted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Person

pytestmark = pytest.mark.browser


class Counter:
    """Clicks, and counts them."""

    def __init__(self, person: Person) -> None:
        self.person, self.page, self.clicks = person, person.page, 0

    def click(self, target: Locator) -> None:
        """Click once."""
        target.click()
        self.clicks += 1

    def begin(self, words: str) -> None:
        """Open a new form from the menu of the start page."""
        self.person.open("/")
        self.click(self.page.locator("summary, button").filter(has_text=re.compile("^New$")).first)
        self.click(self.page.get_by_role("link", name=words, exact=True).first)

    def type(self, *texts: str) -> None:
        """Type into one field after another."""
        for place, text in enumerate(texts):
            if place:
                self.page.keyboard.press("Tab")
            self.page.keyboard.type(text)

    def choose_found(self, text: str) -> None:
        """Type into the picker that has the focus, and take what it finds."""
        expect(self.page.locator("#customer-ts-control")).to_be_focused()
        self.page.keyboard.type(text)
        expect(self.page.locator("#customer-ts-control")).to_have_value(text)
        expect(self.page.locator(".ts-wrapper.loading")).to_have_count(0)  # until then Enter takes nothing
        expect(self.page.locator(".ts-dropdown .option.active")).to_contain_text(text)
        self.page.keyboard.press("Enter")

    def save(self) -> None:
        """Save the form."""
        self.click(self.page.get_by_role("button", name="Save", exact=True))
        expect(self.page.locator(".toast-line")).to_be_visible()


def test_a_customer_with_two_contacts_costs_at_most_eight(person: Person) -> None:
    person.sign_in("south1")
    count, page = Counter(person), person.page
    count.begin("Customer")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("Two Contacts Ltd")
    count.click(page.locator("#contacts-0-name"))
    count.type("Chen Jing", "", "020 1234 5678")
    count.click(page.get_by_role("button", name="Add contact"))
    count.type("Li Wei", "", "020 8765 4321")
    count.save()
    expect(page.get_by_text("020 8765 4321").first).to_be_visible()
    assert count.clicks <= 8, count.clicks


def test_three_moves_to_signed_cost_at_most_six(person: Person) -> None:
    person.sign_in("south1")
    count, page = Counter(person), person.page
    person.open("/")
    page.keyboard.press("/")
    expect(page.locator("#quick")).to_be_focused()
    page.keyboard.type("south1 Lead")
    count.click(page.get_by_role("option").filter(has_text="south1 Lead Ltd"))
    present = page.locator(".stages [aria-current]")
    for _ in range(3):
        following = page.locator(".stages li[aria-current] + li button")
        name = following.locator("b").inner_text()
        count.click(following)
        expect(present).to_contain_text(name)
    expect(present).to_contain_text("Signed")
    assert count.clicks <= 6, count.clicks


def test_a_contract_costs_at_most_five(person: Person) -> None:
    person.sign_in("south1")
    count, page = Counter(person), person.page
    count.begin("Contract")
    count.choose_found("south1 Signed")
    count.click(page.locator("#title"))
    count.type("Ten racks", "120000")
    count.save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ten racks")
    assert count.clicks <= 5, count.clicks


def test_a_ticket_costs_at_most_five(person: Person) -> None:
    person.sign_in("service1")
    count, page = Counter(person), person.page
    count.begin("Ticket")
    count.choose_found("south1 Signed")
    count.click(page.locator("#subject"))
    page.keyboard.type("Rack 4 has no power")
    count.save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rack 4 has no power")
    assert count.clicks <= 5, count.clicks


def test_control_enter_saves_and_the_line_goes_by_itself(person: Person) -> None:
    person.sign_in("south1")
    page = person.page
    person.open("/customers/add")
    page.keyboard.type("By keys Ltd")
    page.keyboard.press("Control+Enter")
    toast = page.locator(".toast-line")
    expect(toast).to_contain_text("By keys Ltd saved")
    toast.get_by_role("button", name="Undo").focus()
    page.wait_for_timeout(7_000)
    expect(toast).to_be_visible()  # held by the focus
    page.keyboard.press("Shift+Tab")
    expect(toast).to_have_count(0, timeout=8_000)


def test_a_refused_form_begins_at_the_first_wrong_field(person: Person) -> None:
    person.sign_in("south1")
    page = person.page
    person.open("/customers/add")
    page.keyboard.type("Wrong Ltd")
    page.locator("summary", has_text="More about the customer").click()
    page.locator("#website").fill("nowhere")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#website")).to_be_focused()
    expect(page.locator(".error-summary")).to_contain_text("Website")
