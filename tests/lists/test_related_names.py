"""Lists name what their rows refer to without loading it: the same names, for the same viewers, as the relation gives."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.scope import owned_models
from app.core.access.viewer import acting_as, as_system
from app.core.lists.relations import find_relation, read_names
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import Ticket

from ..factories import PEOPLE, World
from .reading import read_csv, read_list

LISTS = {"activities": Activity, "contracts": Contract, "tickets": Ticket}


def test_a_row_is_called_by_its_columns_as_it_calls_itself(app: Flask, world: World) -> None:
    named = [model for model in owned_models() if model.policy.named_by]
    assert named
    for model in named:
        with app.app_context(), as_system():
            rows = list(db.session.scalars(select(model)))
            assert rows
            assert read_names(model, [row.id for row in rows]) == {row.id: str(row) for row in rows}


def find_names(app: Flask, world: World, person: str, model: Any) -> list[str]:
    """Return what the relation gives the person, newest row first: its customer's name, '' when they may not see it."""
    with app.app_context(), acting_as(world.people[person]):
        rows = db.session.scalars(select(model).order_by(model.id.desc()))
        return [str(row.customer) if row.customer is not None else "" for row in rows]


@pytest.mark.parametrize("base", LISTS)
def test_every_list_names_customers_as_the_relation_does(app: Flask, world: World, sign_in: Any, base: str) -> None:
    compared = set()
    for person in PEOPLE:
        answer = sign_in(person).get(f"/{base}/?sort=", headers={"Accept-Language": "en"})
        table = read_list(answer.text)
        if answer.status_code == 200 and table.rows:
            shown = sorted(table.column("Customer"))
            assert shown == sorted(find_names(app, world, person, LISTS[base])), person
            compared |= set(shown)
    assert len(compared) >= 2


def test_an_export_names_them_too(app: Flask, world: World, sign_in: Any) -> None:
    table = read_csv(sign_in("chief").get("/contracts/export/csv", headers={"Accept-Language": "en"}))
    assert sorted(table.column("Customer")) == sorted(find_names(app, world, "chief", Contract))
    assert all(table.column("Customer"))


def test_only_relations_to_one_row_with_a_name_are_named(app: Flask) -> None:
    assert find_relation(Ticket, "contract") == ("contract_id", Contract)
    assert find_relation(Ticket, "customer") == ("customer_id", Customer)
    assert [find_relation(Contract, name) for name in ("attachments", "owner", "title", "nothing")] == [None] * 4
