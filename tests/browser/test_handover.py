"""A manager hands a leaver's work over by hand; the receiver opens an old call; the leaver cannot sign in any more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ..factories import World
from .conftest import Person
from .test_accessibility import describe

pytestmark = pytest.mark.browser


def find_violations(page: Page) -> list[str]:
    """Return what axe finds on a page."""
    return describe(Axe().run(page).response["violations"])


def listen(page: Page) -> list[str]:
    """Collect what a page's scripts throw and what its console calls an error."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    return heard


def assert_the_scripts_live(page: Page, heading: str) -> None:
    """Check that a page with this heading takes a click and Ctrl+K."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Control+k")
    expect(page.locator("#quick")).to_be_focused()


@pytest.fixture
def company(world: World) -> Iterator[World]:
    """Return the small company: south1 leaves, south2 takes over."""
    yield world


def test_a_handover_from_the_menu_to_the_receivers_old_calls(person: Person, company: World) -> None:
    page = person.page
    person.sign_in("boss_south")
    page.get_by_role("link", name="Handovers").click()
    page.get_by_role("link", name="New handover").first.click()
    page.locator("#leaver-ts-control").press_sequentially("South1", delay=15)
    page.locator("#leaver-ts-dropdown").get_by_role("option").filter(has_text="South1").first.click()
    page.locator("#to-ts-control").click()
    page.locator("#to-ts-dropdown").get_by_role("option", name="South2 Test").click()
    page.keyboard.press("Escape")
    assert find_violations(page) == []
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hand over from South1 Test")
    page.get_by_label("How to divide them").first.select_option(label="All to one")
    page.get_by_label("Note to the receivers").fill("They expect a call on Monday")
    page.get_by_label("Close the account afterwards").check()
    assert find_violations(page) == []
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Nothing has been moved yet.")).to_be_visible()
    assert find_violations(page) == []
    expect(page.get_by_role("link", name="south1 Signed Ltd")).to_be_visible()
    page.get_by_role("button", name="Hand over and close the account").click()
    expect(page.get_by_role("status").filter(has_text="is done: 3 moved")).to_be_visible()
    assert find_violations(page) == []
    page.get_by_role("link", name="Print").click()
    assert find_violations(page) == []

    person.sign_out()
    person.sign_in("south2")
    person.open("/notices/")
    page.get_by_role("button", name=re.compile("handed work over to you")).click()
    expect(page.get_by_text("They expect a call on Monday")).to_be_visible()
    assert find_violations(page) == []
    page.get_by_role("link", name="south1 Signed Ltd").click()
    call = page.get_by_role("listitem").filter(has_text="Called south1 Signed Ltd").first
    expect(call).to_contain_text("South1 Test")  # who logged it stays who logged it

    person.sign_out()
    person.open("/login/")
    page.get_by_label("User name").fill("south1")
    page.get_by_label("Password").fill("south1-south1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page).to_have_url(re.compile("/login/"))


def test_rows_ticked_in_a_list_are_given_to_someone_else_without_an_error_of_the_scripts(person: Person, company: World) -> None:
    page = person.page
    heard = listen(page)
    person.sign_in("boss_south")
    person.open("/customers/")
    page.get_by_role("checkbox", name="Select south1 Signed Ltd").check()
    page.get_by_role("button", name="Give to someone else").click()
    assert_the_scripts_live(page, "Give to someone else")
    page.get_by_label("New owner").select_option(label="South2 Test")
    page.get_by_role("button", name="Preview").click()
    assert_the_scripts_live(page, "Preview")
    page.get_by_role("button", name="Hand over now").click()
    expect(page.get_by_role("status").filter(has_text="1 moved")).to_be_visible()
    assert heard == []


def test_several_receivers_are_chosen_by_typing_one_after_the_other(person: Person, company: World) -> None:
    page = person.page
    person.sign_in("boss_south")
    person.open("/handover/add")
    box = page.locator("#to-ts-control")
    box.click()
    for name in ("South2", "Selling_Boss"):
        box.press_sequentially(name, delay=15)
        expect(page.locator("#to-ts-dropdown .active")).to_contain_text(name)
        page.keyboard.press("Enter")
        expect(box).to_have_value("")
    expect(page.locator("#to option:checked")).to_have_text(["South2 Test", "Selling_Boss Test"])
