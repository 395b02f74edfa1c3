"""What one person sees through each surface of the desk, as sets of ids."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_jwt_extended import create_access_token

from app.core.access.viewer import read_profile

from .access_records import find_form
from .lists.reading import read_csv
from .made_rows import find_text
from .oracle import DECLARED

PATHS = {module: declared.base for module, declared in DECLARED.items()}
SIZE = 5  # rows of a page: the tests make the desk allow it, so that short histories fill several
REFUSED = None  # the surface itself is not this person's


def label_column(app: Flask, module: str) -> str:
    """Return the column by which exports tell a module's rows apart: the number, else what people wrote."""
    screen = find_form(app, PATHS[module])
    return "number" if "number" in screen.list_columns else find_text(screen.datamodel.obj, screen.list_columns)


def list_sorts(app: Flask, module: str) -> list[str]:
    """Return the orders of a module's list, as its address says them."""
    names = find_form(app, PATHS[module]).sort_columns
    return ["", *names, *(f"-{name}" for name in names)]


class Eyes:
    """A person's cookie and token, and what they open."""

    def __init__(self, app: Flask, person: int) -> None:
        self.app, self.person = app, person
        self.client = app.test_client()
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        with app.app_context():
            profile = read_profile(person)
            self.headers = {"Authorization": f"Bearer {create_access_token(identity=str(person))}", "Accept-Language": "en"}
        epoch = profile.epoch if profile is not None else 0
        cookie = {"_user_id": str(person), "_fresh": True, "epoch": epoch, "begun": int(time.time()), "locale": "en"}
        self.client.set_cookie("countersign", str(signer.dumps(cookie)))

    def get(self, path: str) -> Any:
        """Open an address; None when it is refused as a whole (no right, or signed out)."""
        answer = self.client.get(path)
        assert answer.status_code in (200, 302, 401, 403, 404), (path, answer.status_code, answer.text[:300])
        if answer.status_code == 302:
            assert answer.location.startswith("/login/"), (path, answer.location)
        return answer if answer.status_code == 200 else REFUSED

    def rest(self, path: str) -> Any:
        """Open an address of the REST API."""
        answer = self.client.get(f"/api/v1/{path}", headers=self.headers)
        assert answer.status_code in (200, 401, 403, 404), (path, answer.status_code, answer.text[:300])
        return answer.json if answer.status_code == 200 else REFUSED

    # -- surfaces -------------------------------------------------------------------------------------------------

    def list(self, module: str, args: str = "") -> tuple[list[int], int] | None:
        """Return the ids of every page of a list, in order, and the total it names."""
        found: list[int] = []
        path, total = f"/{PATHS[module]}/?{args}", 0
        for _ in range(50):
            page = self.get(path)
            if page is REFUSED:
                return REFUSED
            if not found:
                total = _read_total(page.text)
            found += _read_links(_read_table(page.text), PATHS[module])
            following = re.search(r'<a href="([^"]+)"[^>]* rel="next">', page.text)
            if following is None:
                return found, total
            path = unescape(following.group(1))
        raise AssertionError(f"{path} has no last page")

    def picker(self, name: str, args: str = "") -> set[int] | None:
        """Return what a picker offers, page after page."""
        found: set[int] = set()
        for number in range(1, 51):
            answer = self.get(f"/lookup/{name}?page={number}&{args}")
            if answer is REFUSED:
                return REFUSED
            found |= {entry["id"] for entry in answer.json["results"] if not entry.get("disabled")}
            if not answer.json["more"]:
                return found
        raise AssertionError(f"{name} has no last page")

    def export(self, module: str) -> list[str] | None:
        """Return the labels of a CSV export."""
        answer = self.get(f"/{PATHS[module]}/export/csv")
        place = find_form(self.app, PATHS[module]).list_columns.index(label_column(self.app, module))
        return REFUSED if answer is REFUSED else [row[place] for row in read_csv(answer).rows]

    def resource(self, module: str) -> tuple[list[int], int] | None:
        """Return the ids of every page of a REST list, and the count it names."""
        found: list[int] = []
        for number in range(50):
            answer = self.rest(f"{PATHS[module]}/?q=(page:{number},page_size:{SIZE})")
            if answer is REFUSED:
                return REFUSED
            found += [entry["id"] for entry in answer["result"]]
            if len(answer["result"]) < SIZE:
                return found, answer["count"]
        raise AssertionError(f"{module} has no last page")

    def opens(self, module: str, row_id: int) -> dict[str, bool]:
        """Tell by which address one record opens: its page, REST."""
        path = f"{PATHS[module]}/"
        return {
            "page": self.get(f"/{path}show/{row_id}") is not REFUSED,
            "REST get": self.rest(f"{path}{row_id}") is not REFUSED,
        }

    def tabs(self, customer: int) -> dict[str, set[int]]:
        """Return the children that a customer's page shows, by module."""
        page = self.get(f"/customers/show/{customer}")
        text = page.text if page is not REFUSED else ""
        return {module: set(_read_links(text, PATHS[module])) for module in PATHS if module != "Customers"}

    def figures(self) -> dict[str, int]:
        """Return the figures of the workbench."""
        page = self.get("/")
        text = page.text if page is not REFUSED else ""
        return {name: int(value) for name, value in re.findall(r'</svg>([^<]+)</span> <span class="figure">(\d+)<', text)}


def _read_table(page: str) -> str:
    found = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return found.group(1) if found else ""


def _read_links(text: str, path: str) -> list[int]:
    return [int(key) for key in re.findall(rf'href="/{path}/show/(\d+)"', text)]


def _read_total(page: str) -> int:
    found = re.search(r"\d–\d+ of (\d+)<|>(\d+) in total<", page)
    return int(found.group(1) or found.group(2)) if found else 0
