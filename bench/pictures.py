"""Pictures of every screen, to be looked at: state × width × language × theme, into a folder.

    python bench/pictures.py OUT                                   everything: some nine hundred pictures, half an hour
    python bench/pictures.py OUT --only /handover --language zh    narrowed; every option may be given several times

`full` is the demo company, `empty` a desk on its first day, `error` forms sent empty and pages that refuse. Each picture is named
after its address. Needs requirements.txt, tests/requirements.txt and Chromium; serves both desks itself, on SQLite.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from face import DEMO_PASSWORD, find_port, serve  # noqa: E402 - found by the line above
from flask import Flask  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from sqlalchemy import create_engine, func, select  # noqa: E402

from app import create_app  # noqa: E402
from config import make_settings  # noqa: E402

WIDTHS = {1280: 800, 390: 780}
TALLEST = 2400  # pixels of a picture
PASSWORD = "first-day-desk"
NO_PAGES = ("/api/", "/static", "/swagger", "/lookup", "/health", "/language", "/logout", "/login", "/back")
NO_PAGE_ENDS = ("/list/", "/export/<kind>", "/download")
# Whose start page and menu are others than the administrator's.
PEOPLE = ("sales1", "manager1", "service1", "director", "it")


@dataclass(frozen=True)
class Sight:
    """One way of looking: a window, a language and a theme."""

    width: int
    language: str
    theme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.language}-{self.theme}"


@dataclass
class Desk:
    """A served desk and where its pictures go."""

    address: str
    folder: Path
    password: str
    screens: list[str] = field(default_factory=list)


def list_screens(app: Flask, database: Path, only: list[str]) -> list[str]:
    """Return the address of every page of the URL map, with the first record where one is needed; no page without one."""
    engine, found = create_engine(f"sqlite:///{database}"), set()
    views = {view.endpoint: view for view in app.extensions["appbuilder"].baseviews}
    with engine.connect() as connection:
        for rule in app.url_map.iter_rules():
            path = str(rule)
            if "GET" not in (rule.methods or ()) or path.startswith(NO_PAGES) or path.endswith(NO_PAGE_ENDS) or rule.arguments - {"pk"}:
                continue
            if "pk" in rule.arguments:
                model = getattr(getattr(views.get(rule.endpoint.split(".")[0]), "datamodel", None), "obj", None)
                first = connection.scalar(select(func.min(model.__table__.c.id))) if model is not None else None
                if first is None:
                    continue
                path = re.sub(r"<(?:\w+:)?pk>", str(first), path)
            found.add(path)
    engine.dispose()
    return sorted(path for path in found if not only or path.startswith(tuple(only)))


def open_page(browser: Browser, desk: Desk, sight: Sight, person: str) -> Page:
    """Return a page of somebody signed in, in this window, language and theme."""
    context = browser.new_context(
        viewport={"width": sight.width, "height": WIDTHS.get(sight.width, 800)},
        locale="zh-CN" if sight.language == "zh" else "en-GB",
        color_scheme="dark" if sight.theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{desk.address}/login/")
    if not person:
        return page
    page.fill("#username", person)
    page.fill("#password", desk.password)
    page.keyboard.press("Enter")
    page.wait_for_selector(".topbar", state="attached")
    if page.evaluate("document.documentElement.lang.slice(0, 2)") != sight.language:
        page.evaluate(f"document.querySelector('form[action$=\"/language/{sight.language}\"]').submit()")
        page.wait_for_selector(f"html[lang^={sight.language}]")
    return page


def keep(page: Page, desk: Desk, state: str, sight: Sight, name: str) -> None:
    """Write the picture of what the page shows now; say so where it is wider than its window."""
    page.wait_for_load_state("networkidle")
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    if width > sight.width:
        print(f"{name} {sight}: {width} px wide")
    folder = desk.folder / state
    folder.mkdir(parents=True, exist_ok=True)
    file = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "home"
    window = WIDTHS.get(sight.width, 800)
    # The window is made as high as the page, so that what sticks to its edges is where it belongs.
    page.set_viewport_size({"width": sight.width, "height": min(max(height, window), TALLEST)})
    page.screenshot(path=folder / f"{file}-{sight}.png")
    page.set_viewport_size({"width": sight.width, "height": window})


def take(browser: Browser, desk: Desk, state: str, sight: Sight) -> None:
    """Take the administrator's screens; of a full desk others' start pages, the sign-in and the way of a handover too."""
    page = open_page(browser, desk, sight, "admin")
    for path in desk.screens:
        page.goto(desk.address + path)
        keep(page, desk, state, sight, path)
    page.context.close()
    if state != "full":
        return
    for person in PEOPLE:
        page = open_page(browser, desk, sight, person)
        keep(page, desk, state, sight, f"home of {person}")
        page.context.close()
    page = open_page(browser, desk, sight, "")
    keep(page, desk, state, sight, "login")
    page.context.close()
    take_handover(browser, desk, sight)


def take_handover(browser: Browser, desk: Desk, sight: Sight) -> None:
    """Take the plan and the preview of a handover between the manager's first people; nothing is run."""
    page = open_page(browser, desk, sight, "manager1")
    page.goto(f"{desk.address}/handover/add")
    people = page.eval_on_selector_all("#to option", "options => options.map(option => option.value)")[:3]
    if len(people) == 3:
        leaver, *receivers = people
        page.goto(f"{desk.address}/handover/plan?leaver={leaver}&to=" + "&to=".join(receivers))
        keep(page, desk, "full", sight, "handover plan")
        page.locator(".decide .btn-primary").click()
        keep(page, desk, "full", sight, "handover preview")
    page.context.close()


def take_errors(browser: Browser, desk: Desk, sight: Sight) -> None:
    """Take what refuses: wrong sign-in, no such page, no right, and every form sent with nothing in it."""
    page = open_page(browser, desk, sight, "")
    page.fill("#username", "sales1")
    page.fill("#password", "not this one")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    keep(page, desk, "error", sight, "login")
    page.context.close()
    page = open_page(browser, desk, sight, "sales1")
    for name, path in {"no such page": "/no-such-page", "no such customer": "/customers/show/999999", "no right": "/roles/"}.items():
        page.goto(desk.address + path)
        keep(page, desk, "error", sight, name)
    page.context.close()
    page = open_page(browser, desk, sight, "admin")
    for path in desk.screens:
        if path.endswith("/add"):
            page.goto(desk.address + path)
            page.evaluate("document.querySelector('main form[method=post]')?.submit()")  # past what the browser would ask itself
            keep(page, desk, "error", sight, path)
    page.context.close()


def read_options() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder of the pictures")
    parser.add_argument("--data", type=Path, help="a folder with the database of a demo company; else one is made up first")
    parser.add_argument("--only", action="append", help="addresses that begin so")
    parser.add_argument("--width", action="append", type=int)
    parser.add_argument("--language", action="append", choices=("zh", "en"))
    parser.add_argument("--theme", action="append", choices=("light", "dark"))
    parser.add_argument("--state", action="append", choices=("full", "empty", "error"))
    return parser.parse_args()


def list_sights(options: argparse.Namespace) -> Iterator[Sight]:
    """Yield every way of looking that was asked for."""
    for width in options.width or WIDTHS:
        for language in options.language or ("zh", "en"):
            for theme in options.theme or ("light", "dark"):
                yield Sight(width, language, theme)


def serve_full(app: Flask, options: argparse.Namespace, folder: Path) -> tuple[subprocess.Popen[bytes], Desk]:
    """Serve the demo company, from the folder that was given or made up in this one."""
    data = options.data or folder
    port = find_port()
    process, address = serve(["run.py", "--demo"], ROOT, port, DATA_DIR=str(data), PORT=str(port), DATABASE_URL="", PUBLIC_URL="")
    return process, Desk(address, options.out, DEMO_PASSWORD, list_screens(app, data / "demo.sqlite3", options.only or []))


def serve_empty(app: Flask, options: argparse.Namespace, folder: Path) -> tuple[subprocess.Popen[bytes], Desk]:
    """Serve a desk on its first day."""
    port = find_port()
    given = {"DATA_DIR": str(folder), "PORT": str(port), "ADMIN_PASSWORD": PASSWORD, "DATABASE_URL": "", "PUBLIC_URL": ""}
    process, address = serve(["run.py"], ROOT, port, **given)
    screens = list_screens(app, folder / "countersign.sqlite3", options.only or [])
    return process, Desk(address, options.out, PASSWORD, [path for path in screens if path != "/_face"])


def main() -> int:
    """Serve the desks and take the pictures. Returns the exit status."""
    options = read_options()
    states = options.state or ["full", "empty", "error"]
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder, served = Path(name), {}
        app = create_app(make_settings({"DATA_DIR": str(folder / "map")}, demo=True))
        try:
            if {"full", "error"} & set(states):
                served["full"] = serve_full(app, options, folder / "full")
            if "empty" in states:
                served["empty"] = serve_empty(app, options, folder / "empty")
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            for sight in list_sights(options):
                for state in states:
                    if state == "error":
                        take_errors(browser, served["full"][1], sight)
                    else:
                        take(browser, served[state][1], state, sight)
            browser.close()
        finally:
            for process, _desk in served.values():
                process.terminate()
                process.wait(20)
    print(f"{len(list(options.out.rglob('*.png')))} pictures in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
