"""A day's work without a mouse: each stop of the focus is on screen, in a ring that can be seen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Person

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
MAX_STOPS = 80
# The focused control, and the ring: its own, or that of the box drawn around it (a picker's inner input has none of its own).
READ_FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const ringed = [at, at.closest(".ts-control"), at.closest(".search")].find((node) => {
    if (!node) return false;
    const style = getComputedStyle(node);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && style.outlineColor !== "rgba(0, 0, 0, 0)";
  });
  const box = (ringed ?? at).getBoundingClientRect();
  return {
    id: at.id, tag: at.tagName, text: (at.getAttribute("aria-label") || at.textContent || "").trim(),
    ring: Boolean(ringed), isShown: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keyboard:
    """Someone who has only keys, and looks where the focus is before each of them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops = 0

    def look(self) -> dict[str, Any]:
        """Return where the focus is, after checking that it can be seen."""
        focus: dict[str, Any] | None = self.page.evaluate(READ_FOCUS)
        assert focus is not None, "nothing has the focus"
        if not focus["isShown"]:  # the browser scrolls to it in its next frames
            self.page.evaluate("new Promise((done) => setTimeout(done, 300))")
            focus = self.page.evaluate(READ_FOCUS) or focus
        assert focus["ring"], f"no ring around {focus}"
        assert focus["isShown"], f"off the screen: {focus}"
        self.stops += 1
        return focus

    def tab_to(self, *, ident: str = "", text: str = "") -> None:
        """Press Tab until the control with this id or these words has the focus; a form may have begun there."""
        for stop in range(MAX_STOPS):
            if stop or self.page.evaluate(READ_FOCUS) is None:
                self.page.keyboard.press("Tab")
            focus = self.look()
            if (ident and focus["id"] == ident) or (text and re.fullmatch(text, focus["text"])):
                return
        raise AssertionError(f"Tab never reaches {ident or text}")

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.look()
        self.page.keyboard.type(text, delay=10)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)


def sign_in(keyboard: Keyboard, address: str) -> None:
    """Sign in: the user name has the focus already."""
    keyboard.page.goto(f"{address}/login/")
    assert keyboard.look()["id"] == "username"
    keyboard.type("south1")
    keyboard.tab_to(ident="password")
    keyboard.type("south1-south1")
    keyboard.press("Enter")
    expect(keyboard.page.get_by_role("heading", level=1)).to_contain_text("Good day")


def find_customer(keyboard: Keyboard, name: str) -> None:
    """Open a customer by the quick search."""
    page = keyboard.page
    keyboard.press("Control+k")
    assert keyboard.look()["id"] == "quick"
    keyboard.type(name)
    expect(page.get_by_role("option").filter(has_text=name)).to_be_visible()
    keyboard.press("ArrowDown")
    chosen = page.locator("#quick-results [aria-selected=true]")
    expect(chosen).to_contain_text(name)
    others = page.evaluate("getComputedStyle(document.querySelector('#quick-results')).backgroundColor")
    assert chosen.evaluate("node => getComputedStyle(node).backgroundColor") not in {others, "rgba(0, 0, 0, 0)"}
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def log_activity(keyboard: Keyboard, text: str) -> None:
    """Open the composer of the customer's page by its key, type, and save."""
    page = keyboard.page
    page.keyboard.press("l")
    assert keyboard.look()["id"] == "compose-text"
    keyboard.type(text)
    keyboard.tab_to(text="Save")
    keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Activity logged")).to_be_visible()


def save(keyboard: Keyboard) -> None:
    """Go to the form's button, press it and wait for the record."""
    keyboard.tab_to(text="Save")
    keyboard.press("Enter")
    expect(keyboard.page.get_by_role("status").filter(has_text="saved")).to_be_visible()


def pick(keyboard: Keyboard, name: str, text: str) -> None:
    """Go to a remote picker, type, and take the first offer with the arrow and Enter."""
    page = keyboard.page
    expect(page.locator(f"#{name}-ts-control")).to_be_focused()  # there the form begins, once the picker is made
    keyboard.tab_to(ident=f"{name}-ts-control")
    keyboard.type(text)
    expect(page.locator(".ts-wrapper.loading")).to_have_count(0)
    expect(page.locator(".ts-dropdown .option.active")).to_contain_text(text)
    keyboard.press("Enter")
    expect(page.locator(f"#{name}-card")).to_be_visible()
    assert keyboard.look()["id"] == f"{name}-ts-control"


def test_a_salesperson_signs_in_finds_a_customer_logs_an_activity_and_writes_a_contract_by_keyboard(person: Person) -> None:
    page, keyboard = person.page, Keyboard(person.page)
    sign_in(keyboard, person.address)
    find_customer(keyboard, "south1 Signed Ltd")

    log_activity(keyboard, "Rang about ten racks")
    expect(page.get_by_text("Rang about ten racks").first).to_be_visible()

    keyboard.tab_to(text="New")
    keyboard.press("Enter", "ArrowDown")
    for _turn in range(5):
        if keyboard.look()["text"] == "Contract":
            break
        keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New contract")
    pick(keyboard, "customer", "south1 Sign")
    keyboard.tab_to(ident="title")
    keyboard.type("Ten racks in hall 3")
    keyboard.tab_to(ident="amount")
    keyboard.type("120000")
    save(keyboard)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ten racks in hall 3")
    expect(page.get_by_text("south1 Signed Ltd").first).to_be_visible()
    assert keyboard.stops > 40


def test_a_stage_is_moved_and_a_contact_edited_in_place_by_keyboard(person: Person) -> None:
    page, keyboard = person.page, Keyboard(person.page)
    sign_in(keyboard, person.address)
    find_customer(keyboard, "south1 Lead Ltd")
    keyboard.tab_to(text="In negotiation")
    keyboard.press("Enter")
    expect(page.locator(".stages [aria-current]")).to_contain_text("In negotiation")
    keyboard.tab_to(text="Edit south1 Lead Ltd contact")
    keyboard.press("Enter")
    expect(page.locator("#inline-name")).to_be_focused()
    keyboard.look()
    keyboard.press("Escape")
    expect(page.get_by_label("Edit south1 Lead Ltd contact")).to_be_focused()
    assert keyboard.look()["text"] == "Edit south1 Lead Ltd contact"
    keyboard.press("Enter")
    expect(page.locator("#inline-name")).to_be_focused()
    keyboard.tab_to(ident="inline-phone")
    page.keyboard.press("Control+a")
    keyboard.type("020 7777")
    keyboard.press("Enter")
    expect(page.get_by_role("link", name="020 7777").first).to_be_visible()


def test_what_a_termination_needs_is_asked_by_keyboard(person: Person) -> None:
    page, keyboard = person.page, Keyboard(person.page)
    sign_in(keyboard, person.address)
    find_customer(keyboard, "south1 Lead Ltd")
    keyboard.tab_to(text="Terminated.*")
    keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    keyboard.tab_to(ident="stage-5-status_reason")
    keyboard.type("closed down")
    keyboard.press("Enter")
    expect(page.locator(".stages .left")).to_contain_text("Terminated")


def test_a_picker_takes_nothing_before_the_answer_to_what_was_typed(person: Person) -> None:
    """Enter comes before the server's answer: it must not pick the first of those offered before, and not send the form."""
    page, keyboard = person.page, Keyboard(person.page)
    sign_in(keyboard, person.address)
    person.open("/activities/add")
    keyboard.tab_to(ident="customer-ts-control")
    expect(page.locator(".ts-dropdown .option.active")).to_contain_text("Gone")
    page.keyboard.type("Lead")
    keyboard.press("Enter")
    assert page.locator("#customer").input_value() == ""
    expect(page.locator(".ts-dropdown .option.active")).to_contain_text("south1 Lead Ltd")
    expect(page.locator(".ts-wrapper.loading")).to_have_count(0)
    keyboard.press("Enter", "Tab")
    expect(page.locator("#customer option:checked")).to_have_text("south1 Lead Ltd")
    page.wait_for_load_state("networkidle")  # nothing that comes late takes the focus back
    assert keyboard.look()["id"] != "customer-ts-control"


def test_a_menu_closes_on_escape_and_the_focus_returns_to_its_button(person: Person) -> None:
    keyboard = Keyboard(person.page)
    sign_in(keyboard, person.address)
    keyboard.tab_to(text="New")
    keyboard.press("Enter", "ArrowDown")
    assert keyboard.look()["text"] == "Customer"
    keyboard.press("Escape")
    assert keyboard.look()["text"] == "New"
    expect(person.page.locator("details.menu[open]")).to_have_count(0)


def test_the_first_stop_of_a_page_skips_to_its_content(person: Person) -> None:
    keyboard = Keyboard(person.page)
    sign_in(keyboard, person.address)
    person.open("/customers/")
    keyboard.tab_to(text="Skip to content")
    keyboard.press("Enter", "Tab")
    assert person.page.evaluate("document.querySelector('main').contains(document.activeElement)")
    keyboard.look()


def test_what_is_typed_elsewhere_on_the_page_is_not_lost_in_silence(person: Person) -> None:
    """Saving one form of a page asks before what is typed into another goes; a form given up asks no more."""
    page, asked = person.page, []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    person.sign_in("south1")
    find_customer(Keyboard(page), "south1 Lead Ltd")
    page.get_by_label("Edit south1 Lead Ltd contact").click()
    page.locator("#inline-title").fill("given up")
    page.locator("#inline-title").dispatch_event("keydown", {"key": "Escape", "isComposing": True, "bubbles": True})
    expect(page.locator("#inline-title")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#inline-title")).to_have_count(0)
    page.reload()
    assert asked == []
    page.locator("#compose-text").fill("half a note")
    page.locator(".stages li[aria-current] + li button").click()
    expect(page.locator(".stages [aria-current]")).to_contain_text("First contact")
    assert asked == ["beforeunload"]
