"""What the amounts of a list come to: by currency, within reach and filters, and never at the list's cost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base.formatting import money
from app.core.lists import sums
from app.customers.models import Customer
from app.extensions import db

from ..factories import World, make_contract
from ..test_query_budget import recording


@pytest.fixture
def many(app: Flask, world: World) -> World:
    """Return the company with more contracts than a page holds, some of them in dollars and with cents."""
    with app.app_context(), as_system("import"):
        customer = db.session.get_one(Customer, world.signed["south1"])
        made = [make_contract(customer) for _turn in range(30)]
        db.session.flush()
        table = Contract.__table__
        for turn, row in enumerate(made):
            amount, currency = Decimal(f"{1000 + turn}.10"), "USD" if turn % 3 == 0 else "CNY"
            db.session.connection().execute(update(table).where(table.c.id == row.id).values(amount=amount, currency=currency))
        db.session.commit()
    return world


def add_up(app: Flask, *where: Any) -> list[str]:
    """Return what the contracts come to, added up one by one."""
    found: dict[str, Decimal] = {}
    with app.app_context(), as_system():
        for row in db.session.scalars(select(Contract).where(*where)):
            found[row.currency] = found.get(row.currency, Decimal()) + row.amount
    return [money(total, code) for code, total in sorted(found.items())]


def read_shown(page: str) -> list[str]:
    """Return the sums that a page shows."""
    (part,) = re.findall(r'<span class="sums">(.*?)</span>', page)
    return re.findall(r"<b>(.*?)</b>", part)


def test_sums_are_within_reach_and_filters(app: Flask, many: World, sign_in: Any) -> None:
    chief, south, north = sign_in("chief"), sign_in("south1"), many.people["north1"]
    assert chief.get("/contracts/sums").json == {"sums": add_up(app)}
    assert len(add_up(app)) == 2
    assert chief.get(f"/contracts/sums?owner={north}").json == {"sums": add_up(app, Contract.owner_id == north)}
    assert south.get("/contracts/sums").json == {"sums": add_up(app, Contract.owner_id == many.people["south1"])}
    assert south.get(f"/contracts/sums?owner={north}").json == {"sums": []}
    assert chief.get("/contracts/sums?currency=USD&currency=EUR").json == {"sums": add_up(app, Contract.currency == "USD")}
    assert sign_in("it").get("/contracts/sums").status_code in (302, 403)
    assert chief.get("/customers/sums").status_code == 404


def test_a_list_of_one_page_is_added_up_from_its_rows(app: Flask, many: World, sign_in: Any) -> None:
    person = sign_in("chief")
    with recording(app) as plain:
        person.get(f"/customers/?owner={many.people['north1']}")
    with recording(app) as sent:
        page = person.get(f"/contracts/?owner={many.people['north1']}").text
    assert read_shown(page) == add_up(app, Contract.owner_id == many.people["north1"])
    assert not [statement for statement in sent if "sum(" in statement]
    assert len(sent) <= len(plain) + 1  # the names of the customers


def test_a_longer_list_is_summed_when_it_is_asked_for(app: Flask, many: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    person = sign_in("chief")
    with recording(app) as sent:
        page = person.get("/contracts/?status=in_force").text
    assert not [statement for statement in sent if "sum(" in statement]
    assert 'data-sums="/contracts/sums?status=in_force"' in page
    assert "data-now" in page
    assert read_shown(person.get("/contracts/?status=in_force&sums=1").text) == person.get("/contracts/sums?status=in_force").json["sums"]
    assert "sums=1" not in "".join(re.findall(r'href="([^"]*)"', person.get("/contracts/?sums=1").text))
    monkeypatch.setattr(sums, "COUNT_CAP", 10)  # a list beyond the cap waits for its link
    beyond = person.get("/contracts/?status=in_force").text
    assert "data-sums=" in beyond
    assert "data-now" not in beyond
