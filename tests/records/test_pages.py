"""Every record page opens for every person who may see it, whatever it is asked to show; a piece that fails stays away alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import as_system
from app.core.base.registry import Registry
from app.core.base.workspace import BUTTONS, RAIL
from app.core.views import rail, stages
from app.core.views.base import DeskView
from app.core.views.compose import WRITERS
from app.core.views.timeline import EVENTS
from app.core.web.modules import discover
from app.customers import timeline
from app.extensions import db

from ..factories import PEOPLE, World
from ..test_query_budget import list_views, recording

RECORD_BUDGET = 15
EN = {"Accept-Language": "en"}


def find_first(app: Flask, view: DeskView, world: World, person: str) -> int | None:
    """Return the id of a row of a screen: one's own, else north1's for the north, else south1's, where the kind has owners."""
    known = {"customers": world.signed, "contracts": world.contract, "tickets": world.ticket, "activities": world.activity}
    base = view.route_base.strip("/")
    if base in known:
        return known[base].get(person) or known[base]["north1" if "north" in person else "south1"]
    with app.app_context(), as_system():
        found: int | None = db.session.scalar(select(view.datamodel.obj.id).order_by(view.datamodel.obj.id).limit(1))
        return found


@pytest.mark.parametrize("person", list(PEOPLE))
def test_every_record_page_answers_for_every_person_with_all_it_can_show(app: Flask, world: World, sign_in: Any, person: str) -> None:
    browser, opened = sign_in(person), 0
    for view in list_views(app):
        row_id = find_first(app, view, world, person)
        page = browser.get(f"{view.route_base}/show/{row_id}") if row_id is not None else None
        if page is None or page.status_code in (403, 404):
            continue
        assert page.status_code == 200, view.route_base
        opened += 1
        links = {unescape(one) for one in re.findall(r'href="([^"#]*\?(?:[^"#]*)(?:show|edit|before)=[^"#]*)"', page.text)}
        for link in links:
            assert browser.get(link).status_code == 200, link
    assert opened or person == "nobody"


def fail(*_args: Any, **_kwargs: Any) -> Any:
    """Raise what an odd value raises."""
    raise ValueError


def break_registry(monkeypatch: pytest.MonkeyPatch, registry: Registry[Any, Any], make: Callable[[Any], Any]) -> None:
    offers = {key: [(order, make(value)) for order, value in some] for key, some in registry._offers.items()}
    monkeypatch.setattr(registry, "_offers", offers)


def break_piece(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    """Let one piece of the page fail."""
    if piece == "rail":
        break_registry(monkeypatch, RAIL, lambda _make: fail)
    elif piece == "buttons":
        break_registry(monkeypatch, BUTTONS, lambda _make: fail)
    elif piece == "stream":
        break_registry(monkeypatch, EVENTS, lambda source: type(source)(**{**vars(source), "read": fail}))
    elif piece == "composer":
        break_registry(monkeypatch, WRITERS, lambda writer: type(writer)(**{**vars(writer), "kinds": fail}))
    elif piece == "stages":
        monkeypatch.setattr(timeline, "make_steps", fail)
        monkeypatch.setattr(stages, "list_spans", fail)
    elif piece == "next":
        monkeypatch.setattr(timeline, "make_next", fail)
    elif piece == "facts":
        monkeypatch.setattr(timeline, "list_facts", fail)
    else:
        monkeypatch.setattr(rail, "make_card", fail)


# piece -> what of the page it alone brings
PIECES = {
    "rail": "Contract in force", "buttons": "New contract", "stream": "Called south1", "composer": 'id="composer"',
    "stages": 'class="stages"', "next": 'id="next"', "facts": "Last contact",
}  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_that_fails_stays_away_alone(world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    browser, path = sign_in("south1"), f"/customers/show/{world.signed['south1']}"
    whole = browser.get(path, headers=EN).text
    assert all(words in whole for words in PIECES.values())
    break_piece(monkeypatch, piece)
    page = browser.get(path, headers=EN)
    assert page.status_code == 200
    assert {name for name, words in PIECES.items() if words not in page.text} == {piece}


def test_a_card_that_fails_leaves_the_ticket_open(world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    break_piece(monkeypatch, "card")
    page = sign_in("service1").get(f"/tickets/show/{world.ticket['south1']}", headers=EN)
    assert page.status_code == 200 and 'class="stages"' in page.text


def test_maintenance_keeps_the_customers_card_on_a_ticket_and_no_link_to_the_customer(world: World, sign_in: Any) -> None:
    page = sign_in("service1").get(f"/tickets/show/{world.ticket['south1']}", headers=EN).text
    card = page.split('id="root"', 1)[1].split("</section>", 1)[0]
    for words in ("south1 Signed Ltd", "south1 Signed Ltd contact", "020-8888 0000", "Contract in force", "HT20"):
        assert words in card, words
    assert 'href="tel:020-88880000"' in card
    assert "/customers/show/" not in page
    seller = sign_in("south1").get(f"/tickets/show/{world.ticket['south1']}", headers=EN).text
    assert f'href="/customers/show/{world.signed["south1"]}"' in seller.split('id="root"', 1)[1].split("</section>", 1)[0]


def test_every_module_that_hangs_on_a_customer_has_its_card(app: Flask, world: World, sign_in: Any) -> None:
    chief = sign_in("chief")
    for base, row_id in (("contracts", world.contract["south1"]), ("tickets", world.ticket["south1"])):
        assert 'id="root"' in chief.get(f"/{base}/show/{row_id}").text
    assert len(discover("app")) > 5


def test_what_is_empty_is_not_shown(world: World, sign_in: Any) -> None:
    page = sign_in("south1").get(f"/customers/show/{world.lead['south1']}", headers=EN).text
    details = page.split('id="details"', 1)[1].split("</details>", 1)[0]
    assert "<dd></dd>" not in details and "<dd>–</dd>" not in details
    assert "Website" not in page and "Contract in force" not in page and "Open tickets" not in page


def test_a_customers_page_sends_few_statements(app: Flask, world: World, sign_in: Any) -> None:
    """With ten activities, three contracts and three tickets; the second time, when a process has its caches."""
    from ..factories import make_activity, make_contract, make_ticket

    pk = world.signed["south1"]
    with app.app_context(), as_system("import"):
        customer = db.session.get_one(timeline.Customer, pk)
        owner = customer.owner
        for _turn in range(9):
            make_activity(customer, owner)
        for _turn in range(2):
            make_contract(customer)
            make_ticket(customer)
        db.session.commit()
    for person in ("south1", "boss_south", "chief", "director"):
        browser = sign_in(person)
        browser.get(f"/customers/show/{pk}")
        with recording(app) as sent:
            page = browser.get(f"/customers/show/{pk}").text
        assert page.count("Called south1 Signed Ltd") == 10 and page.count("is down") >= 6
        assert len(sent) <= RECORD_BUDGET, (person, len(sent), sent)
