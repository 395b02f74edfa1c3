"""Facets with several values: any of a facet, all of the facets; looked up, only what a row within one's reach has."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.lists.facets import MAX_VALUES
from app.customers.models import Customer, Status
from app.extensions import db
from app.tickets.models import Ticket

from ..factories import World
from .reading import read_csv, read_list

LEAD, SIGNED = "lead", "signed"


def find_status(app: Flask, stage: str) -> int:
    """Return the first status of a stage that a customer has."""
    with app.app_context(), as_system():
        return db.session.scalar(select(Customer.status_id).where(Customer.stage == stage).order_by(Customer.id)) or 0


def read_names(page: str) -> list[str]:
    """Return the names of a list's rows, sorted."""
    return sorted(row[0] for row in read_list(page).rows)


def find(person: Any, path: str) -> list[str]:
    """Return the labels that a facet finds."""
    answer = person.get(path)
    assert answer.status_code == 200, answer.text[:300]
    return [result["text"] for result in answer.json["results"]]


def test_a_facet_takes_any_of_its_values_and_facets_are_all_asked(app: Flask, world: World, sign_in: Any) -> None:
    person, people = sign_in("chief"), world.people
    lead, signed = find_status(app, LEAD), find_status(app, SIGNED)
    everything = read_names(person.get("/customers/").text)
    one = read_names(person.get(f"/customers/?status={lead}").text)
    other = read_names(person.get(f"/customers/?status={signed}").text)
    assert one and other and not set(one) & set(other)
    assert read_names(person.get(f"/customers/?status={lead}&status={signed}&status={lead}").text) == sorted(one + other)
    owners = f"owner={people['south1']}&owner={people['north1']}"
    both = read_names(person.get(f"/customers/?status={lead}&{owners}").text)
    assert both == [name for name in one if name.startswith(("south1", "north1"))]
    assert 0 < len(both) < len(one) <= len(everything)


def test_old_links_of_one_value_still_work_and_odd_values_add_nothing(app: Flask, world: World, sign_in: Any) -> None:
    person, people, lead = sign_in("chief"), world.people, find_status(app, LEAD)
    one = read_names(person.get(f"/customers/?status={lead}").text)
    for odd in ("x", "0", "-1", "99999999999999999999", "1e3", "none", "’"):
        assert read_names(person.get(f"/customers/?status={odd}").text) == []
        assert read_names(person.get(f"/customers/?status={odd}&status={lead}").text) == one
    assert read_names(person.get("/customers/?status=").text) == read_names(person.get("/customers/").text)
    many = "&".join(f"status={number}" for number in range(1000, 1000 + MAX_VALUES))
    assert read_names(person.get(f"/customers/?{many}&status={lead}").text) == []  # what is too much is not read
    worker = sign_in("service1")
    with app.app_context(), as_system("import"):
        first, second = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()[:2]
        first.assignee_id, second.assignee_id = people["service1"], None
        db.session.commit()
        subject = first.subject
    mine = read_names(worker.get("/tickets/?assigned=me").text)
    nobodys = read_names(worker.get("/tickets/?assigned=none").text)
    assert mine == [subject] and nobodys
    assert read_names(worker.get("/tickets/?assigned=me&assigned=none").text) == sorted(mine + nobodys)
    assert person.get("/activities/?author=me&withdrawn=no").status_code == 200


def test_what_is_set_is_shown_with_its_first_two_values_and_cleared_by_a_link(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system():
        statuses = list(db.session.scalars(select(Status).order_by(Status.position)))[:3]
        chosen = "&".join(f"status={row.id}" for row in statuses)
    page = sign_in("chief").get(f"/customers/?{chosen}&q=ltd&sort=name", headers={"Accept-Language": "en"}).text
    (facet,) = re.findall(r'<details class="menu" data-facet="status">\s*<summary>(.*?)</summary>', page)
    assert re.findall(r"<b>(.*?)</b>", facet) == [statuses[0].name_en, statuses[1].name_en, "+1"]
    ticked = re.findall(r'name=status value="(\d+)" checked', page)
    assert ticked == [str(row.id) for row in statuses]
    assert page.index(f'value="{ticked[0]}" checked') < page.index("<div data-rest><label><input type=checkbox name=status")
    assert '<a class="facet-off" href="/customers/?q=ltd&amp;sort=name">' in page
    assert f"/customers/export/csv?{chosen}&q=ltd&sort=name".replace("&", "&amp;") in page


def test_a_view_and_an_export_keep_several_values(app: Flask, world: World, sign_in: Any) -> None:
    person = sign_in("chief")
    query = f"status={find_status(app, LEAD)}&status={find_status(app, SIGNED)}&owner={world.people['south1']}&sort=name&sort=-name"
    made = person.post("/views/save", {"screen": "customers", "name": "Two", "query": query + "&status=&password=1", "view": "0"})
    assert made.location.endswith(query.removesuffix("&sort=-name"))
    shown = read_names(person.get(made.location).text)
    assert len(shown) > 1
    assert sorted(read_csv(person.get(f"/customers/export/csv?{query}")).column("Name")) == shown


def test_people_who_own_nothing_within_reach_are_neither_found_nor_named(app: Flask, world: World, sign_in: Any) -> None:
    own, boss, chief = sign_in("south1"), sign_in("boss_south"), sign_in("chief")
    assert find(own, "/customers/facet/owner") == ["South1 Test"]
    south = find(boss, "/customers/facet/owner")
    assert {"South1 Test", "South2 Test"} <= set(south)
    assert "North1 Test" not in south
    assert "North1 Test" in find(chief, "/customers/facet/owner")
    assert find(chief, "/customers/facet/owner?q=north1") == ["North1 Test"]
    assert find(boss, "/customers/facet/owner?q=north1") == find(chief, "/customers/facet/owner?q=service1") == []
    hidden = boss.get(f"/customers/?owner={world.people['north1']}").text
    assert read_names(hidden) == []
    assert "North1 Test" not in hidden
    assert f'name=owner value="{world.people["north1"]}" checked>{world.people["north1"]}<' in hidden


def test_a_deleted_row_names_nobody(app: Flask, world: World, sign_in: Any) -> None:
    chief = sign_in("chief")
    assert "North1 Test" in find(chief, "/contracts/facet/owner")
    with app.app_context(), as_system("import"):
        for row in db.session.scalars(select(Contract).where(Contract.owner_id == world.people["north1"])):
            row.deleted_at = clock.now()
        db.session.commit()
    assert "North1 Test" not in find(chief, "/contracts/facet/owner")


@pytest.mark.parametrize("facet", ["/customers/facet/department", "/activities/facet/author", "/tickets/facet/assigned"])
def test_every_facet_that_is_looked_up_answers_who_may_list_and_nobody_else(world: World, sign_in: Any, stranger: Any, facet: str) -> None:
    assert find(sign_in("chief"), facet)
    assert stranger.get(facet).status_code in (302, 401)
    assert sign_in("it").get(facet).status_code in (302, 403)
    assert sign_in("chief").get(f"{facet}x").status_code == 404


def test_without_scripts_the_page_brings_what_a_facet_finds(world: World, sign_in: Any) -> None:
    person = sign_in("chief")
    page = person.get("/customers/?q=ltd&owner_find=north1&find=owner").text
    assert '<details class="menu" data-facet="owner" data-far open>' in page
    assert f'name=owner value="{world.people["north1"]}">North1 Test<' in page
    assert "South1 Test</label>" not in page
    assert "find=" not in "".join(re.findall(r'href="([^"]*)"', page))  # no link opens it again
    assert 'name=stage value="lead"' in person.get("/customers/?find=stage").text


@pytest.mark.parametrize("base", ["activities", "contracts", "tickets"])
def test_a_list_of_one_customer_s_rows_names_it_to_those_alone_who_see_it(world: World, sign_in: Any, base: str) -> None:
    """What the record page links to as “… as a list”."""
    person, customer, other = sign_in("south1"), world.signed["south1"], world.signed["north1"]
    page = person.get(f"/customers/show/{customer}?show={base}").text
    link = re.search(rf'href="(/{base}/\?[^"]*customer={customer}[^"]*)"', page)
    assert base == "activities" or link is not None, "the stream leads to the list"
    shown = person.get(link[1].replace("&amp;", "&") if link else f"/{base}/?customer={customer}").text
    assert set(read_list(shown).column("Customer")) == {"south1 Signed Ltd"}
    assert "south1 Signed Ltd" in find(person, f"/{base}/facet/customer?q=signed")
    assert "north1 Signed Ltd" not in find(person, f"/{base}/facet/customer")
    hidden = person.get(f"/{base}/?customer={other}").text
    assert read_names(hidden) == [] and "north1 Signed Ltd" not in hidden
