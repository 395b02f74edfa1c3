"""The filter by a contract's state lists those that show this state, those without an end among them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.contracts.models import Contract
from app.contracts.queries import covering
from app.contracts.rules import LIFECYCLE, Span, covers
from app.core.access.viewer import as_system
from app.core.base import clock
from app.customers.models import Customer
from app.extensions import db

from ..factories import World, make_contract


@pytest.mark.parametrize("state", list(LIFECYCLE.states))
def test_a_state_lists_the_contracts_that_show_it(app: Flask, world: World, sign_in: Any, state: str) -> None:
    with app.app_context(), as_system("import"):
        customer = db.session.get_one(Customer, world.signed["south1"])
        made = [make_contract(customer) for _turn in range(7)]
        db.session.flush()
        ids, table, today = [row.id for row in made], Contract.__table__, clock.today()
        ends = (None, today, today - timedelta(days=1), today + timedelta(days=1))
        rows = [("in_force", end) for end in ends] + [("draft", None), ("void", ends[2]), ("terminated", None)]
        for pk, (status, end) in zip(ids, rows, strict=True):
            db.session.connection().execute(update(table).where(table.c.id == pk).values(status=status, start_on=None, end_on=end))
        db.session.commit()
        wanted = {row.id for row in db.session.scalars(select(Contract)) if row.state == state}
    assert wanted & set(ids)
    page = sign_in("chief").get(f"/contracts/?size=100&status={state}").text
    assert {int(pk) for pk in re.findall(r'<th scope="row"><a href="[^"]*/show/(\d+)"', page)} == wanted


def test_the_condition_of_what_covers_today_and_its_python_twin_agree(app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        customer, today = db.session.get_one(Customer, world.signed["south1"]), clock.today()
        days = (None, *(today + timedelta(days=turn) for turn in (-1, 0, 1)))
        cases = [(status, start, end) for status in LIFECYCLE.states if status != "expired" for start in days for end in days]
        cases = [(status, start, end) for status, start, end in cases if not start or not end or start <= end]
        made = [make_contract(customer) for _case in cases]
        db.session.flush()
        table = Contract.__table__
        for row, (status, start, end) in zip(made, cases, strict=True):
            db.session.connection().execute(update(table).where(table.c.id == row.id).values(status=status, start_on=start, end_on=end))
        db.session.commit()
        rows = list(db.session.scalars(select(Contract)))
        wanted = {row.id for row in rows if covers(Span(status=row.status, start_on=row.start_on, end_on=row.end_on), today)}
        assert 0 < len(wanted) < len(rows)
        assert set(db.session.scalars(select(Contract.id).where(covering(today)))) == wanted
