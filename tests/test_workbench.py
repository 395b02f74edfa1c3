"""The start page: what each figure counts and each block shows is what its link opens, row by row."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from app.core.access.viewer import acting_as, as_system
from app.core.base import clock
from app.customers.models import Customer
from app.extensions import db
from app.home import queries
from app.staff.models import Staff

from .factories import World, make_activity, make_contract, make_customer, make_ticket

FIGURE = re.compile(r'<a class="stat" href="([^"]+)"><span class="label"><svg.*?</svg>([^<]+)</span> <span class="figure">([^<]+)<')
READERS = ("south1", "boss_south", "director", "chief")


def list_ids(page: str) -> list[int]:
    """Return the ids of a list's rows in their order."""
    return [int(pk) for pk in re.findall(r'<th scope="row"><a href="[^"]*/show/(\d+)"', page)]


@pytest.fixture
def mixed(app: Flask, world: World) -> World:
    """Return the company with rows that a figure must leave out beside those it counts."""
    with app.app_context(), as_system("import"):
        south, north = (db.session.get_one(Staff, world.people[name]) for name in ("south1", "north1"))
        ours = db.session.get_one(Customer, world.signed["south1"])
        now, today = clock.now(), clock.today()
        for author in (south, north):
            make_activity(ours, author, happened_at=now)
            make_activity(ours, author, happened_at=now, withdrawn_at=now, withdrawn_reason="twice")
            make_activity(ours, author, happened_at=now - timedelta(days=40))
        make_activity(ours, db.session.get_one(Staff, world.people["chief"]), happened_at=now)
        for days, status in ((30, "in_force"), (60, "in_force"), (61, "in_force"), (-1, "in_force"), (20, "void")):
            make_contract(ours, end_on=today + timedelta(days=days), status=status, status_reason="wrong" if status == "void" else "")
        for status in ("in_progress", "waiting", "resolved", "closed"):
            make_ticket(ours, status=status, status_reason="why")
        for days, stage in ((-3, "lead"), (7, "signed"), (8, "signed"), (2, "terminated")):
            make_customer(f"Due {days}", south, stage, next_step_on=today + timedelta(days=days))
        db.session.commit()
    return world


@pytest.mark.parametrize("person", READERS)
def test_each_figure_opens_the_list_of_exactly_what_it_counts(app: Flask, mixed: World, sign_in: Any, person: str) -> None:
    browser, found = sign_in(person), {}
    for url, name, value in FIGURE.findall(browser.get("/").text):
        found[name] = int(value)
        assert len(list_ids(browser.get(unescape(url) + "&size=100").text)) == int(value), (name, url)
    assert found.keys() == {"Signed customers", "My call volume this month", "Contracts ending within 60 days", "Open tickets"}
    if person == "chief":
        assert found["My call volume this month"] == 1 and found["Contracts ending within 60 days"] == 2
        assert found["Open tickets"] == 5


@pytest.mark.parametrize("person", READERS)
def test_show_all_begins_with_the_rows_of_its_block(app: Flask, mixed: World, sign_in: Any, person: str) -> None:
    browser = sign_in(person)
    with app.test_request_context(), acting_as(mixed.people[person]) as viewer:
        blocks = queries.make_blocks(viewer)
    assert len(blocks) == 2
    for block in blocks:
        shown = [int(url.rsplit("/", 1)[1]) for _name, url, *_rest in block["rows"]]
        listed = list_ids(browser.get(block["more_url"]).text)
        assert shown and listed[: queries.ROWS] == shown, block["more_url"]
        assert len(shown) == queries.ROWS or listed == shown


def test_facets_of_mine_and_of_what_is_open_narrow_the_lists(mixed: World, sign_in: Any) -> None:
    browser = sign_in("chief")
    everything = {path: set(list_ids(browser.get(f"/{path}/?size=100").text)) for path in ("activities", "tickets", "customers")}
    for path, halves in (("activities", ("withdrawn=yes", "withdrawn=no")), ("customers", ("stage=current", "stage=terminated"))):
        parts = [set(list_ids(browser.get(f"/{path}/?size=100&{half}").text)) for half in halves]
        assert all(parts) and parts[0] | parts[1] == everything[path] and not parts[0] & parts[1]
    assert 0 < len(list_ids(browser.get("/tickets/?status=unresolved").text)) < len(everything["tickets"])
    for odd in ("activities/?author=you", "activities/?withdrawn=perhaps", "tickets/?status=odd", "customers/?stage=odd"):
        assert list_ids(browser.get(f"/{odd}").text) == []
