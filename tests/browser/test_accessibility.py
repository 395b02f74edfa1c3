"""Every screen, in both languages and both themes: no axe violation, no sideways scroll on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from .conftest import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]
# Swagger UI's own page, and answers that are not pages.
NOT_SCREENS = ("/api/", "/static", "/swagger", "/lookup", "/health", "/contracts/attachment", "/_face")
PHONE = {"width": 390, "height": 780}


def find_screens(app: Flask) -> list[str]:
    """Return the address of every screen of the URL map, with the first record where one is needed."""
    screens = []
    for rule in app.url_map.iter_rules():
        if (
            "GET" not in (rule.methods or ())
            or str(rule).startswith(NOT_SCREENS)
            or str(rule).endswith(("/list/", "/export/<kind>", "/sums", "/bpmn", "/document", "/attachment/<pk>"))
        ):
            continue
        screens.append(str(rule).replace("<pk>", "1"))
    return sorted(set(screens))


def describe(violations: list[dict[str, Any]]) -> list[str]:
    """Return each violation as rule and first element."""
    return [f"{found['id']}: {found['nodes'][0]['html'][:160]}" for found in violations]


def prepare(person: Person, language: str, theme: str) -> Page:
    """Sign the administrator in, in a language and a theme."""
    page = person.page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    person.sign_in("chief")
    if language == "zh":
        page.get_by_role("button", name="中文").click()
        page.wait_for_selector("html[lang=zh-CN]")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_screen_has_an_accessibility_violation(person: Person, app: Flask, language: str, theme: str) -> None:
    page, axe, found = prepare(person, language, theme), Axe(), {}
    screens = find_screens(app)
    assert len(screens) > 35
    for screen in screens:
        person.open(screen)
        violations = axe.run(page).response["violations"]
        if violations:
            found[screen] = describe(violations)
    assert found == {}


def test_the_sign_in_page_and_refusals_are_accessible(person: Person) -> None:
    axe = Axe()
    person.open("/login/")
    assert describe(axe.run(person.page).response["violations"]) == []
    person.page.get_by_label("User name").fill("south1")
    person.page.get_by_label("Password").fill("wrong password")
    person.page.keyboard.press("Enter")
    person.page.wait_for_selector("[role=alert]")
    assert describe(axe.run(person.page).response["violations"]) == []
    person.sign_in("south1")
    for path in ("/roles/", "/customers/show/9999", "/customers/?q=nothing-like-this"):
        person.open(path)
        assert describe(axe.run(person.page).response["violations"]) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_is_accessible_in_each_theme(person: Person, theme: str) -> None:
    page, axe = prepare(person, "en", "light"), Axe()
    person.open(f"/_face?theme={theme}")
    assert page.locator(".face-theme").count() > 5
    assert describe(axe.run(page).response["violations"]) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert describe(axe.run(page).response["violations"]) == []


# What a finger must hit: everything but links within a sentence or a cell, whose rows and lines are hit as well. A box is hit by
# its label or its whole cell too.
FINGERS = "button, summary, select, textarea, input:not([type=hidden]), a.btn, nav a, .menu-panel a, .seg a"
FIND_SMALL = """([fingers, least]) => [...document.querySelectorAll(fingers)]
  .filter((node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((node) => !node.closest(".visually-hidden, .toast-line, .ts-control"))
  .map((node) => [node, (node.closest("label, td:has(> input)") ?? node.labels?.[0] ?? node)])
  .map(([node, hit]) => [node, Math.max(node.getBoundingClientRect().height, hit.getBoundingClientRect().height)])
  .filter(([node, height]) => height > 1 && height < least)
  .map(([node, height]) => `${node.tagName} ${node.className} ${(node.ariaLabel ?? node.textContent).trim().slice(0, 30)}: ${height}`)"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_screen_fits_a_phone_and_a_finger(person: Person, app: Flask, language: str) -> None:
    page, wide, small = prepare(person, language, "light"), {}, {}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for screen in find_screens(app):
        person.open(screen)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide[screen] = width
        if found := page.evaluate(FIND_SMALL, [FINGERS, 39.5]):
            small[screen] = found
    assert (wide, small) == ({}, {})
