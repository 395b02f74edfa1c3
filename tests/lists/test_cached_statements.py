"""The first page of a list is one cached statement for everybody, and each viewer gets their own rows from it."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.core.access import scope
from app.core.access.viewer import acting_as, as_system
from app.core.lists import query
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff

from ..conftest import Browser
from ..factories import World, make_customer, make_share


def read_names(browser: Browser, path: str = "/customers/") -> set[str]:
    """Return the names of the customers of a list's page."""
    return set(re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', browser.get(path).text))


def find_names(app: Flask, world: World, username: str) -> set[str]:
    """Return what the scope gives the person by a statement of its own."""
    with app.app_context(), acting_as(world.people[username]):
        return set(db.session.scalars(select(Customer.name)))


def test_viewers_in_turn_get_their_own_rows(app: Flask, world: World, sign_in: Any) -> None:
    browsers = {name: sign_in(name) for name in ("south1", "south2", "north1", "boss_south", "chief")}
    found = {name: find_names(app, world, name) for name in browsers}
    assert len({frozenset(names) for names in found.values()}) == len(browsers)
    for _turn in range(3):
        for name, browser in browsers.items():
            assert read_names(browser) == found[name], name
    assert len(query._pages) == 1


def test_a_new_row_a_share_and_a_bin_show_at_once(app: Flask, world: World, sign_in: Any) -> None:
    browser = sign_in("south1")
    before = read_names(browser)
    with app.app_context(), as_system("import"):
        person, other = (db.session.get_one(Staff, world.people[name]) for name in ("south1", "north1"))
        make_customer("Mine anew", person)
        lent = make_customer("Lent to me", other)
        db.session.flush()
        make_share("Customers", lent.id, person)
        db.session.commit()
        lent_id = lent.id
    assert read_names(browser) == before | {"Mine anew", "Lent to me"}
    with app.app_context(), as_system("import"):
        db.session.delete(db.session.get_one(Customer, lent_id))
        db.session.commit()
    assert read_names(browser) == before | {"Mine anew"}


def test_a_cached_page_is_compiled_once_and_costs_the_same_statements(app: Flask, sign_in: Any) -> None:
    browser = sign_in("south1")
    browser.get("/customers/")
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for path in ("/customers/", "/customers/?size=50", "/customers/?sort=name"):
            browser.get(path)
        cached, narrowed = len(query._pages), len(scope._narrowed)
        seen.clear()
        texts = [browser.get("/customers/").text for _turn in range(3)]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert (len(query._pages), len(scope._narrowed)) == (cached, narrowed)
    assert cached >= 3
    assert len(seen) % 3 == 0 and seen[: len(seen) // 3] * 3 == seen
    assert len({re.sub(r'name="(?:csrf|form)_token" value="[^"]+"', "", text) for text in texts}) == 1


def test_the_caches_stay_small(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, sign_in: Any) -> None:
    monkeypatch.setattr(query._pages, "size", 2)
    monkeypatch.setattr(scope._narrowed, "size", 3)
    browsers = [sign_in("south1"), sign_in("chief")]
    for path in ("/customers/", "/customers/?size=50", "/customers/?size=100", "/activities/", "/contracts/"):
        for browser in browsers:
            assert browser.get(path).status_code == 200
        assert len(query._pages) <= 2
        assert len(scope._narrowed) <= 3


@pytest.fixture
def many(app: Flask, world: World) -> None:
    """Give the company enough customers for five pages, some with the same day or none."""
    with app.app_context(), as_system("import"):
        people = [db.session.get_one(Staff, world.people[name]) for name in ("south1", "north1")]
        for number in range(110):
            day = None if number % 3 == 0 else date(2026, 1, 1 + number % 5)
            make_customer(f"Row {number % 40:02}", people[number % 2], next_step_on=day)
        db.session.commit()


def walk(browser: Browser, sort: str) -> list[tuple[str, list[str], str]]:
    """Return the pages of the customers list as one leafs: forth to the end, to the last, back to the first, and by number."""
    pages = []
    waiting = [f"/customers/?sort={sort}", f"/customers/?sort={sort}&last=1", *(f"/customers/?sort={sort}&page={n}" for n in (2, 3, 9))]
    for start in waiting:
        path: str | None = start
        steps = 0
        while path is not None and steps < 9:
            text = browser.get(path).text
            rows = re.findall(r'<th scope="row"><a href="([^"]+)">', text)
            summary = re.search(r'<nav class="pager"[^>]*>\s*<span>([^<]*)</span>', text)
            pages.append((path, rows, summary.group(1) if summary else ""))
            rel = "prev" if "last=1" in start else "next"
            link = re.search(rf'<a href="([^"]+)"[^>]*rel="{rel}"', text)
            path, steps = (unescape(link.group(1)) if link and "page=" not in start else None), steps + 1
    return pages


@pytest.mark.parametrize("sort", ["", "name", "-name", "number", "next_step_on", "-next_step_on"])
@pytest.mark.slow
def test_cached_pages_are_those_that_a_statement_of_their_own_would_give(
    app: Flask, many: None, sign_in: Any, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    browsers = [sign_in(name) for name in ("south1", "north1", "chief")]
    cached = [walk(browser, sort) for _turn in range(2) for browser in browsers][3:]
    assert query._pages
    query._pages.clear()
    monkeypatch.setattr(query.ListQuery, "_cache_page", query.ListQuery.select_page)
    assert [walk(browser, sort) for browser in browsers] == cached
    assert not query._pages
    for pages in cached:
        forth = [row for path, rows, _summary in pages if not re.search("last=1|page=|before=", path) for row in rows]
        assert len(forth) == len(set(forth)) > 50
