"""The face in figures, ours and a stock FAB's side by side: axe violations over comparable screens, weight of a page of customers.

    python bench/face.py            (needs requirements.txt, tests/requirements.txt and Chromium; no PostgreSQL)

Both run on SQLite behind the same server. Ends with status 1 when ours is over its budget.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - tests and company are found by the line above
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tests.browser.wire import Load, weigh  # noqa: E402

CUSTOMERS, DEMO_PASSWORD = 200, "countersign"
COLD_BYTES, COLD_REQUESTS, WARM_BYTES, WARM_REQUESTS = 120_000, 10, 10_000, 2  # the second request: the icon sprite
SCREENS = {
    "sign-in": ("/login/", "/login/"),
    "list": ("/customers/", "/customermodelview/list/?psize_CustomerModelView=25"),
    "show": ("/customers/show/4", "/customermodelview/show/4"),
    "add": ("/customers/add", "/customermodelview/add"),
    "edit": ("/customers/edit/4", "/customermodelview/edit/4"),
    "users": ("/staff/", "/users/list/"),
    "roles": ("/roles/", "/roles/list/"),
    "role": ("/roles/edit/2", "/roles/edit/1"),
}


def fill_stock(url: str) -> None:
    """Make the stock app's database and fill it with customers as load.py does, in a process of its own."""
    import stock  # reads DATABASE_URL, so only where that is set
    from company import PASSWORD

    app = stock.make_app(url, prepare=True)
    people = stock.make_people(app, ["sales1", "sales2", "sales3"], PASSWORD)
    with app.app_context():
        for table, (columns, rows) in stock.make_tables(CUSTOMERS, people).items():
            names = columns.split()
            stock.db.session.execute(stock.Model.metadata.tables[table].insert(), [dict(zip(names, row, strict=True)) for row in rows])
        stock.db.session.commit()


def find_port() -> int:
    """Return a free port."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def serve(command: list[str], folder: Path, port: int, **environment: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server and wait until it answers; return it and its address."""
    given = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(6000):  # making up the demo company takes minutes on a busy machine
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/login/", timeout=5).close()
            return process, address
        except OSError:
            time.sleep(0.1)
    process.terminate()
    raise RuntimeError(f"{command} does not answer")


def start_ours(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Serve our demo company from a folder of its own."""
    port = find_port()
    return serve(["run.py", "--demo"], ROOT, port, DATA_DIR=str(folder / "ours"), PORT=str(port), DATABASE_URL="", PUBLIC_URL="")


def start_stock(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Fill and serve the stock app."""
    url, port = f"sqlite:///{folder / 'stock.sqlite3'}", find_port()
    filled = subprocess.run(
        [sys.executable, __file__, "--fill-stock", url], env=os.environ | {"DATABASE_URL": url}, capture_output=True, text=True, check=False
    )
    if filled.returncode:
        raise RuntimeError(filled.stderr)
    return serve(["-m", "waitress", f"--listen=127.0.0.1:{port}", "stock:app"], ROOT / "bench", port, DATABASE_URL=url)


def sign_in(browser: Browser, address: str, password: str) -> Page:
    """Return a page signed in as the administrator."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
    page.goto(f"{address}/login/")
    page.fill("#username", "admin")
    page.fill("#password", password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page


def count_violations(page: Page, url: str) -> tuple[int, int]:
    """Return how many rules a screen breaks, and in how many places."""
    page.goto(url)
    page.wait_for_load_state("networkidle")
    found = Axe().run(page).response["violations"]
    return len(found), sum(len(rule["nodes"]) for rule in found)


def weigh_list(page: Page, url: str) -> tuple[Load, Load, int]:
    """Return the first and the second loading of a list, and what the first would be if all of it were gzipped."""
    cookies, browser = page.context.cookies(), page.context.browser
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.add_cookies(cookies)
    first = context.new_page()
    cold = weigh(first, lambda: first.goto(url))
    packed = sum(len(gzip.compress(context.request.get(address).body(), 6)) for address in cold.sent)
    first.close()
    second = context.new_page()
    warm = weigh(second, lambda: second.goto(url))
    context.close()
    return cold, warm, packed


def measure(browser: Browser, place: int, address: str, password: str) -> dict[str, Any]:
    """Return the figures of one application; `place` is its column in SCREENS."""
    anonymous = browser.new_page()
    axe = {"sign-in": count_violations(anonymous, address + SCREENS["sign-in"][place])}
    page = sign_in(browser, address, password)
    axe |= {name: count_violations(page, address + urls[place]) for name, urls in SCREENS.items() if name != "sign-in"}
    cold, warm, packed = weigh_list(page, address + SCREENS["list"][place])
    return {
        "axe": axe,
        "cold": cold,
        "warm": warm,
        "gzipped": packed,
        "rows": page.goto(address + SCREENS["list"][place]) and count_rows(page),
    }


def count_rows(page: Page) -> int:
    """Return how many records the list shows."""
    return page.locator("tbody tr").filter(has=page.locator("a, button")).count() or page.locator("table tr").count() - 1


def report(ours: dict[str, Any], stock: dict[str, Any]) -> str:
    """Return the table, as docs/FACE.md has it."""
    lines = ["| | ours | stock FAB 5.3.0 |", "|---|---|---|"]
    for name in SCREENS:
        mine, theirs = ours["axe"][name], stock["axe"][name]
        lines.append(f"| axe, {name} | {mine[0]} rules, {mine[1]} places | {theirs[0]} rules, {theirs[1]} places |")
    total = [[sum(found[part] for found in desk["axe"].values()) for part in (0, 1)] for desk in (ours, stock)]
    lines.append(f"| axe, together | {total[0][0]} rules, {total[0][1]} places | {total[1][0]} rules, {total[1][1]} places |")
    lines.append(f"| rows of the list | {ours['rows']} | {stock['rows']} |")
    for kind in ("cold", "warm"):
        lines.append(f"| list, {kind}, on the wire | {ours[kind]} | {stock[kind]} |")
    lines.append(f"| list, cold, bodies gzipped | {ours['gzipped'] / 1000:.1f} kB | {stock['gzipped'] / 1000:.1f} kB |")
    return "\n".join(lines)


def check(ours: dict[str, Any]) -> list[str]:
    """Return what is over budget."""
    cold, warm = ours["cold"], ours["warm"]
    budget = {
        "cold bytes": (cold.size, COLD_BYTES), "cold requests": (len(cold.sent), COLD_REQUESTS), "warm bytes": (warm.size, WARM_BYTES),
        "warm requests": (len(warm.sent), WARM_REQUESTS), "axe": (sum(rules for rules, _places in ours["axe"].values()), 0),
    }  # fmt: skip
    return [f"{name}: {value}, may be {limit}" for name, (value, limit) in budget.items() if value > limit]


def main() -> int:
    """Measure both and print the table. Returns the exit status."""
    from company import PASSWORD

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        servers = []
        try:
            for start in (start_ours, start_stock):
                servers.append(start(Path(name)))
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            ours = measure(browser, 0, servers[0][1], DEMO_PASSWORD)
            stock = measure(browser, 1, servers[1][1], PASSWORD)
            browser.close()
        finally:
            for process, _address in servers:
                process.terminate()
                process.wait(20)
    print(report(ours, stock))
    over = check(ours)
    print("Within the budget." if not over else json.dumps(over, indent=1))
    return 1 if over else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill-stock"]:
        fill_stock(sys.argv[2])
    else:
        sys.exit(main())
