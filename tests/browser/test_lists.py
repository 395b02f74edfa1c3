"""Lists at a browser: columns and views by their menus, with and without scripts, and a new customer from a picker."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Person

pytestmark = pytest.mark.browser


def read_heads(page: Page) -> list[str]:
    """Return the column heads of the list, with what sorts by their second lines."""
    heads = page.locator(".rows thead th").all()
    return [" · ".join(head.locator("a").all_inner_texts() or [head.inner_text()]) for head in heads]


def open_tools(page: Page) -> None:
    """Open the menu of columns and row height."""
    page.locator("summary[title='Columns and view']").click()


def test_columns_row_height_and_a_named_view_are_chosen_and_kept(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/customers/?stage=lead")
    open_tools(page)
    page.get_by_role("checkbox", name="Industry").check()
    page.get_by_role("checkbox", name="Last contact", exact=True).uncheck()
    page.get_by_label("Compact").check()
    page.locator(".menu-form").get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator(".rows.compact")).to_be_visible()
    assert read_heads(page) == ["Name · Number", "Status", "Salesperson", "Next step", "Industry"]
    page.locator("summary", has_text="Save as view").click()
    page.get_by_label("Name of the view").fill("Leads to call")
    page.get_by_label("Open this list with it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Leads to call saved")).to_be_visible()
    person.open("/customers/")
    tabs = page.get_by_role("navigation", name="Views")
    expect(tabs.locator("[aria-current=page]")).to_contain_text("Leads to call")
    expect(page).to_have_url(re.compile(r"\?view=\d+&stage=lead$"))
    open_tools(page)
    page.get_by_role("button", name="Delete this view").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete this view").click()
    expect(tabs.locator("[aria-current=page]")).to_contain_text("All")
    expect(page.get_by_role("link", name="south1 Signed Ltd")).to_be_visible()


def test_columns_are_chosen_without_scripts(browser: Browser, served: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(served + "/login/")
    page.get_by_label("User name").fill("south1")
    page.get_by_label("Password").fill("south1-south1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good day")
    page.goto(served + "/customers/?q=ltd")
    open_tools(page)
    page.get_by_label("Website").check()
    page.locator(".menu-form").get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator(".rows thead")).to_contain_text("Website")
    assert "q=ltd" in page.url
    context.close()


def test_a_customer_that_a_picker_does_not_find_is_added_in_a_new_tab_and_found_on_return(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/activities/add")
    page.get_by_label("What was said or done").fill("Met at the fair")
    box = person.picker("customer")
    box.click()
    box.press_sequentially("Fresh Harbour", delay=15)
    with page.context.expect_page() as opened:
        page.get_by_role("option", name="New customer…").click()
    tab = opened.value
    expect(tab.locator("#name")).to_have_value("Fresh Harbour")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_role("status").filter(has_text="saved")).to_be_visible()
    tab.close()
    page.evaluate("dispatchEvent(new Event('focus'))")  # a headless browser keeps every page in focus
    page.get_by_role("option").filter(has_text="Fresh Harbour").click()
    expect(page.get_by_label("What was said or done")).to_have_value("Met at the fair")
    page.get_by_label("Kind").select_option(label="Call")
    person.save()
    expect(page.get_by_text("Fresh Harbour").first).to_be_visible()


def test_the_new_tab_gets_what_is_in_the_box_however_late_the_answers_come(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/activities/add")
    box = person.picker("customer")
    box.click()
    box.press_sequentially("F")
    offer = page.get_by_role("option", name="New customer…")
    expect(offer).to_be_visible()
    page.route("**/lookup/**", lambda _route: None)  # from here on nothing is answered
    box.press_sequentially("resh Harbour")
    with page.context.expect_page() as opened:
        offer.click()
    expect(opened.value.locator("#name")).to_have_value("Fresh Harbour")


def test_a_picker_drops_the_answer_to_what_is_no_longer_typed(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/activities/add")
    box = person.picker("customer")
    offers = page.locator("#customer-ts-dropdown .option")
    box.click()
    expect(offers.first).to_be_visible()
    page.route("**/lookup/**q=Gone*", lambda _route: None)
    with page.expect_request("**/lookup/**q=Gone*"):
        box.press_sequentially("Gone")
    with page.expect_event("requestfailed", lambda asked: "q=Gone" in asked.url):
        box.fill("Lead")
    expect(offers).to_have_text([re.compile("south1 Lead Ltd")])
    # what was asked and dropped is asked again
    page.unroute("**/lookup/**q=Gone*")
    box.fill("Gone")
    expect(offers).to_have_text([re.compile("south1 Gone Ltd")])


def test_a_picker_whose_search_fails_says_so_and_offers_nothing_found_before(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/activities/add")
    box, offers = person.picker("customer"), page.locator("#customer-ts-dropdown .option")
    box.click()
    expect(offers.first).to_be_visible()
    page.route("**/lookup/**q=Lead*", lambda route: route.abort())
    box.fill("Lead")
    expect(page.locator("#customer-ts-dropdown .no-results")).to_have_text("Could not load. Try again.")
    expect(offers).to_have_count(0)
    page.unroute("**/lookup/**q=Lead*")
    box.fill("south1 Lead")
    expect(offers).to_have_text([re.compile("south1 Lead Ltd")])


def test_the_panel_of_a_view_returns_the_focus_to_its_button(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/customers/")
    opener = page.locator("summary", has_text="Save as view")
    name = page.get_by_label("Name of the view")
    opener.click()
    expect(name).to_be_focused()
    page.keyboard.press("Escape")
    expect(name).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(name).to_be_focused()
    page.keyboard.press("Escape")
    expect(name).to_be_hidden()
    expect(opener).to_be_focused()


def test_who_may_not_add_customers_is_not_offered_to(person: Person) -> None:
    page = person.page
    person.sign_in("service1")
    person.open("/tickets/add")
    box = person.picker("customer")
    box.click()
    box.press_sequentially("Fresh Harbour", delay=15)
    expect(page.get_by_text("No matches").first).to_be_visible()
    expect(page.get_by_text("New customer…")).to_have_count(0)


def test_the_name_is_prefilled_as_text_and_nothing_else_is(person: Person) -> None:
    page = person.page
    person.sign_in("south1")
    person.open("/customers/add?name=%3Cb%3E%22Bold%22&address=Elsewhere&remark=x")
    expect(page.locator("#name")).to_have_value('<b>"Bold"')
    expect(page.locator("#address")).to_have_value("")
