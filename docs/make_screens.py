"""Take the pictures in docs/screens from a running demo: `python docs/make_screens.py http://127.0.0.1:8080`.

Needs tests/requirements.txt, Chromium (CHROMIUM or /usr/bin/chromium) and a Chinese font.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screens"
PASSWORD = "countersign"
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 780}}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# name -> (account, address)
SCREENS = {
    "sign-in": (None, "/login/"),
    "workbench": ("manager1", "/"),
    "customers": ("manager1", "/customers/"),
    "customer": ("director", "/customers/show/4"),
    "contract-new": ("sales1", "/contracts/add"),
    "tickets": ("service1", "/tickets/"),
    "handover": ("manager1", "/handover/plan?leaver={leaver}&to={one}&to={two}"),
    "history": ("manager1", "/history/"),
    "timeline": ("director", "/customers/show/4?show=history"),
    "numbers": ("it", "/numbers/"),
    "role": ("it", "/roles/edit/2"),
}


def open_as(browser: Browser, address: str, account: str | None, size: str, language: str) -> Page:
    """Return a page signed in as the account."""
    page = browser.new_context(viewport=SIZES[size], locale=LOCALES[language], color_scheme="light").new_page()  # type: ignore[arg-type]
    if account is not None:
        page.goto(f"{address}/login/")
        page.fill("#username", account)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
    return page


def fill(page: Page, address: str, screen: str) -> str:
    """Return a screen's address with the ids of people who sell, as far as it names any."""
    if "{" not in screen:
        return screen
    people = page.request.get(f"{address}/lookup/leavers?q=sales").json()["results"]
    return screen.format(**dict(zip(("leaver", "one", "two"), (one["id"] for one in people), strict=False)))


def main(address: str) -> None:
    """Take every picture."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for language in LOCALES:
            for size in SIZES:
                for name, (account, screen) in SCREENS.items():
                    page = open_as(browser, address, account, size, language)
                    page.goto(address + fill(page, address, screen))
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=FOLDER / f"{name}-{size}-{language}.png")
                    page.context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8080")
