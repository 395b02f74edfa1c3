"""Every route of the URL map × everybody × every record, against the table written by hand; and canaries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core.access.mixins import Owned
from app.core.access.screens import all_screens
from app.core.forms import lookups
from app.extensions import db

from . import made_rows
from .access_records import find_resource
from .access_runner import Matrix
from .access_table import ROUTES, SESSIONS, find_access
from .conftest import Databases
from .factories import World
from .people import ANYBODY, OWNERS, PEOPLE


def list_rules(app: Flask) -> set[str]:
    """Return “METHOD rule” of everything the app answers; a lookup by its name, the ways out of the bin by the module."""
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found.add(f"{method} {rule.rule}")
    found.discard("GET /lookup/<name>")
    with app.app_context():
        binned = [screen.route_base for screen in all_screens() if issubclass(screen.datamodel.obj, Owned)]
    found -= {"POST /bin/restore/<kind>/<pk>", "POST /bin/purge/<kind>/<pk>"}
    found |= {f"POST /bin/{way}{base}/<pk>" for base in binned for way in ("restore", "purge")}
    return found | {f"GET /lookup/{name}" for name in lookups.known()}


@pytest.mark.whole_desk
def test_the_table_knows_every_route(desk: Flask) -> None:
    known, there = set(ROUTES) | SESSIONS, list_rules(desk)
    assert there - known == set(), "routes that follow from no declaration in tests/access"
    assert known - there == set(), "declared routes that are gone"


@pytest.fixture(scope="module")
def matrix(desk: Flask, databases: Databases) -> Iterator[Matrix]:
    """Return the company with an attachment, a comment and a draft of everybody, and everybody signed in."""
    with desk.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.restore()
    with desk.app_context():
        world = World.read()
    made = Matrix(desk, databases, world)
    yield made
    made.close()


@pytest.mark.parametrize("key", sorted(ROUTES))
def test_everybody_gets_what_the_table_says(matrix: Matrix, key: str) -> None:
    route, method = ROUTES[key], key.split(" ", 1)[0]
    pks: list[int | None] = list(matrix.records.of(route.kind)) if route.kind else [None]
    wrong = {}
    for person in [*PEOPLE, ANYBODY]:
        letters, expected = "", route.expected(person)
        if len(expected) == 1:
            expected *= len(pks)
        for pk in pks:
            path, body = matrix.filler.fill(key, route, pk)
            letters += matrix.send(person, method, path, body)[0]
        if letters != expected:
            wrong[person] = f"got {letters}, table says {expected}"
    assert not wrong, f"{key}: {wrong}"
    assert matrix.list_leaks() == []


SEARCHES = ["?q=cnry", "?q=contact", "?size=100&last=1", "?sort=-number", "?page=1&size=100"]
MODULES = [base for base, one in find_access().items() if one.has_rest]


def list_reading_addresses(matrix: Matrix) -> list[str]:
    """Return addresses that read as much as there is: searches, pickers of every customer, REST in full pages, prefills."""
    found = [f"/{name}/{args}" for name in MODULES for args in SEARCHES]
    found += [f"/api/v1/{name}/?q=(page_size:100)" for name in MODULES]
    for name in MODULES:
        resource = find_resource(matrix.app, name)
        column = made_rows.find_text(resource.datamodel.obj, resource.search_columns)
        found.append(f"/api/v1/{name}/?q=(filters:!((col:{column},opr:ct,value:cnry)))")
    customers = [*matrix.records.of("signed"), *matrix.records.of("lead")]
    for name in lookups.known():
        found += [f"/lookup/{name}?q={text}" for text in ("", "cnry", "south", "north1 lead ltd")]
        found += [f"/lookup/{name}?parent={pk}" for pk in customers]
        found += [f"/lookup/{name}?q={canary}" for canary in ("cnry0000x", matrix.text_of("Customer", "lead", "north1"))]
    found += [f"/{name}/add?customer={pk}&renews={pk}&contract={pk}" for name in MODULES for pk in customers]
    found += [f"/customers/show/{pk}" for pk in customers] + [f"/api/v1/customers/{pk}" for pk in customers]
    return found


@pytest.mark.whole_desk
@pytest.mark.parametrize("person", [*PEOPLE, ANYBODY])
def test_no_answer_holds_a_canary_of_a_record_that_is_not_the_readers(matrix: Matrix, person: str) -> None:
    for path in list_reading_addresses(matrix):
        letter, answer = matrix.send(person, "GET", path, None)
        assert letter in "yr34L", (path, answer.status_code)
    assert matrix.list_leaks() == []


@pytest.mark.whole_desk
@pytest.mark.parametrize("person", OWNERS)
def test_owners_see_every_canary_of_their_records(matrix: Matrix, person: str) -> None:
    """The control: what strangers never saw above is really there to be seen."""
    for key, route in ROUTES.items():
        if key.startswith("GET ") and route.kind in matrix.records.ids and key.split()[1].endswith("pk>"):
            for pk in [*matrix.records.of(route.kind), matrix.world.gone if route.kind == "signed" else 0]:
                matrix.send(person, "GET", matrix.filler.fill(key, route, pk)[0], None)
    for name in MODULES:
        matrix.send(person, "GET", f"/api/v1/{name}/?q=(page_size:100)", None)
    for pk in matrix.records.of("lead"):
        matrix.send(person, "GET", f"/customers/show/{pk}", None)
        matrix.send(person, "GET", f"/api/v1/customers/{pk}", None)
    mine = {n for n, canary in enumerate(matrix.canaries) if canary.owner == person}
    assert {matrix.canaries[n] for n in mine - matrix.seen[person]} == set()
