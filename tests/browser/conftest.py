"""A served app and a Chromium page."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from waitress.server import create_server

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start Debian's Chromium, quiet on the network."""
    return {
        "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Open pages as a desktop in English."""
    return {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """Serve the app of the test on a free port; return its address."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=6)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)  # by the thread that waits on its sockets: closed under its hands, they fail it now and then
    thread.join(timeout=5)


@dataclass
class Person:
    """Someone at a browser."""

    page: Page
    address: str

    def sign_in(self, username: str) -> None:
        """Sign in by the form."""
        self.page.goto(self.address + "/login/")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password").fill(f"{username}-{username}")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Good day")

    def sign_out(self) -> None:
        """Leave this browser's session behind."""
        self.page.context.clear_cookies()

    def open(self, path: str) -> None:
        """Open a page of the desk."""
        self.page.goto(self.address + path)

    def picker(self, name: str) -> Locator:
        """Return the box of a remote picker."""
        return self.page.locator(f"#{name}-ts-control")

    def pick(self, name: str, text: str) -> None:
        """Type into a remote picker and take the first offer."""
        box = self.picker(name)
        box.click()
        box.press_sequentially(text, delay=15)
        self.page.get_by_role("option").filter(has_text=text).first.click()

    def save(self) -> None:
        """Press the form's button and wait for the record."""
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.get_by_role("status").filter(has_text="saved")).to_be_visible()


@pytest.fixture
def person(page: Page, served: str) -> Iterator[Person]:
    """Return somebody at a fresh browser, closed before the server: it would wait for the connections kept alive."""
    yield Person(page, served)
    page.context.close()
