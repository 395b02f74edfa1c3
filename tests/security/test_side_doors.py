"""Further ways in that an attacker would look for."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.forms import lookups
from app.core.forms.lookups import known
from app.customers import forms
from app.customers.models import Contact
from app.extensions import db
from app.staff import authviews

from ..conftest import Browser
from ..factories import World

FOREIGN = [
    "http://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "http://localhost//evil.example/",
    "http://localhost/\\evil.example/",
    "http://localhost@evil.example/",
    "/\t/evil.example",
    "/%0d%0aX:y",
    " //evil.example",
    "http://localhost///evil.example",
    "http://LOCALHOST//evil.example",
    "data:text/html,x",
    "//localhost//evil.example",
    "ftp://localhost/",
]


def list_redirects(app: Flask) -> list[str]:
    """Return the targets after the sign-in that lead off this site."""
    found = []
    for target in FOREIGN:
        fields = {"username": "south1", "password": "south1-south1"}
        answer = Browser(app).post(f"/login/?next={quote(target, safe='')}", fields)
        assert answer.status_code == 302
        if not answer.location.startswith("/") or answer.location[1:2] in ("/", "\\") or "\r" in answer.location:
            found.append(target)
    return found


def test_signing_in_leads_nowhere_else(app: Flask) -> None:
    assert list_redirects(app) == []


def test_leading_elsewhere_would_be_noticed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authviews, "safe_next", lambda target: target or "/")
    assert "//evil.example/" in list_redirects(app)


def test_signing_in_leads_on_to_a_page_of_ours(app: Flask) -> None:
    fields = {"username": "south1", "password": "south1-south1"}
    assert Browser(app).post(f"/login/?next={quote('/customers/?q=a')}", fields).location == "/customers/?q=a"


@pytest.mark.parametrize("referrer", ["http://localhost//evil.example/", "http://localhost/\\evil.example", "//evil.example"])
def test_switching_the_language_leads_nowhere_else(sign_in: Any, referrer: str) -> None:
    answer = sign_in("south1").post("/language/en", headers={"Referer": referrer})
    assert answer.status_code in (302, 400)
    if answer.status_code == 302:
        assert answer.location.startswith("/") and answer.location[1:2] not in ("/", "\\")


def read_contacts(app: Flask, customer: int) -> list[tuple[int, str]]:
    """Return (id, name) of a customer's contacts."""
    with app.app_context(), as_system("import"):
        return [(row.id, row.name) for row in db.session.scalars(select(Contact).where(Contact.customer_id == customer))]


def steal_contact(app: Flask, world: World) -> bool:
    """Send another customer's contact id with the form of one's own customer; tell whether that contact changes."""
    foreign = read_contacts(app, world.signed["north1"])
    browser = Browser(app).sign_in("south1")
    with app.app_context(), as_system("import"):
        from app.customers.models import Customer

        mine = db.session.get_one(Customer, world.signed["south1"])
        kept = {"name": mine.name, "status": mine.status_id, "row_version": mine.row_version}
    fields = {**kept, "contacts-0-id": foreign[0][0], "contacts-0-name": "Stolen"}
    assert browser.post(f"/customers/edit/{world.signed['south1']}", fields).status_code in (302, 404, 422)
    return read_contacts(app, world.signed["north1"]) != foreign


def test_another_customer_s_contact_cannot_be_edited(app: Flask, world: World) -> None:
    assert not steal_contact(app, world)


def test_a_contact_found_by_id_alone_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def populate(self: Any, obj: Any, name: str) -> None:
        with as_system("import"):
            db.session.connection().execute(
                db.update(Contact.__table__).where(Contact.__table__.c.id == int(self.entries[0].form.id.data)).values(name="Stolen")
            )

    monkeypatch.setattr(forms.ContactsField, "populate_obj", populate)
    assert steal_contact(app, world)


def list_opened_lookups(app: Flask, name: str) -> set[str]:
    """Return the lookups that give a person any row."""
    browser = Browser(app).sign_in(name)
    return {key for key in known() if browser.get(f"/lookup/{key}?parent=1").status_code == 200}


def test_lookups_answer_only_who_needs_them(app: Flask, world: World) -> None:
    assert list_opened_lookups(app, "nobody") == set()
    assert "signed-customers" not in list_opened_lookups(app, "it") and "contracts-of" not in list_opened_lookups(app, "it")
    assert "customers" not in list_opened_lookups(app, "service1")
    assert app.test_client().get("/lookup/customers").status_code == 401


def test_an_open_lookup_would_be_noticed(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.access.viewer.Viewer.may", lambda self, action, module: True)
    assert "signed-customers" in list_opened_lookups(app, "it")


@pytest.mark.parametrize("name", ["contracts-of", "renewable-contracts"])
def test_contracts_of_a_foreign_customer_are_not_listed(app: Flask, world: World, sign_in: Any, name: str) -> None:
    browser = sign_in("south1")
    assert browser.get(f"/lookup/{name}?parent={world.signed['north1']}").json["results"] == []
    assert len(browser.get(f"/lookup/{name}?parent={world.signed['south1']}").json["results"]) == 1
    assert browser.get(f"/lookup/{name}").json["results"] == []
    assert browser.get(f"/lookup/{name}?id={world.contract['north1']}").json["results"] == []


def test_the_present_row_of_a_form_is_no_way_around_the_reach(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    for name in ("customers", "signed-customers", "contract-customers"):
        for foreign in (world.signed["north1"], world.lead["north1"], world.lead["south2"]):
            assert browser.get(f"/lookup/{name}?id={foreign}").json["results"] == []


def test_foreign_contracts_in_a_lookup_would_be_noticed(app: Flask, world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = lookups.find_rows

    def find_all(*args: Any) -> Any:
        with as_system("import"):
            return real(*args)

    monkeypatch.setattr(lookups, "find_rows", find_all)
    assert sign_in("south1").get(f"/lookup/contracts-of?parent={world.signed['north1']}").json["results"] != []


@pytest.mark.parametrize(
    "path", ["/api/v1/menu/", "/api/v1/_openapi", "/swagger/v1", "/numbers/", "/staff/", "/roles/", "/series/", "/departments/"]
)
def test_a_person_without_roles_reads_nothing(app: Flask, sign_in: Any, rest: Any, path: str) -> None:
    answer = rest("nobody").send("GET", path.removeprefix("/api/v1/")) if path.startswith("/api") else sign_in("nobody").get(path)
    assert answer.status_code in (302, 401, 403, 404) or "Customers" not in answer.text


def test_it_reads_no_customer_by_any_screen(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("it")
    for path in (
        "/",
        "/numbers/",
        "/customers/",
        f"/customers/show/{world.signed['south1']}",
        "/contracts/",
        f"/contracts/show/{world.contract['south1']}",
    ):
        assert "Signed Ltd" not in browser.get(path).text, path
