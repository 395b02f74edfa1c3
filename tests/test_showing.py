"""Showing never fails because of one row: whatever a column holds, every page, export and answer with it still opens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Group
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.scope import owned_models
from app.core.access.viewer import as_system
from app.core.base import clock, showing
from app.core.base.formatting import show
from app.core.web.modules import discover
from app.core.writes.option_sets import Choice
from app.customers.models import Contact, Customer, CustomerAttachment, CustomerComment, Status
from app.extensions import db
from app.handover.models import Handover, HandoverItem
from app.staff.models import Department, Staff
from app.tickets.models import Priority, Ticket, TicketComment

from . import odd_rows
from .factories import World, list_other_models, make_activity, make_contract, make_customer, make_ticket
from .surfaces import Eyes

discover("app")  # so that the models of every module are known
UNOWNED = [Status, Choice, Priority, Department]
# Cases are written by their process alone: tests/processes/test_listing.py shows an odd one.
# The odd values of a file are those of its contract's page; its bytes are served, never shown.
OWNED = [model for model in owned_models() if model is not ContractAttachment and not model.__module__.startswith("app.processes")]
MODELS = [*OWNED, *UNOWNED]
RECORDS = [model for model in OWNED if not model.policy.part_label and model is not Handover]
FEW = settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


class Desk:
    """The company with something in every table, and who looks at it."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        self.customer = world.signed["south1"]
        with app.app_context(), as_system("import"):
            self._fill()
            db.session.commit()
            odd_rows.retire_something()
            self.others = list_other_models()
        self.rows = self._find_rows()
        self.eyes = [Eyes(app, world.people[name]) for name in ("chief", "south1")]

    def _fill(self) -> None:
        session, people = db.session, self.world.people
        owner = session.get_one(Staff, people["south1"])
        deleted = make_customer("In the bin Ltd", owner)
        session.flush()
        things = [make_activity(deleted, owner), make_contract(deleted), make_ticket(deleted)]
        session.add(CustomerComment(record_id=self.customer, root_id=self.customer, text="a comment"))
        content = b"%PDF-1.4 odd"
        session.add(CustomerAttachment(record_id=self.customer, root_id=self.customer, name="odd.pdf", media_type="", size=len(content),
                                       sha256="0", content=content))  # fmt: skip
        session.add(TicketComment(record_id=self.world.ticket["south1"], root_id=self.customer, text="a comment"))
        handover = Handover(leaver_id=people["north1"], note="all of it")
        session.add(handover)
        session.flush()
        moved = {"handover_id": handover.id, "model": "Customer", "field": "owner_id", "row_id": self.customer, "row_version": 1}
        session.add(HandoverItem(**moved, old_staff_id=people["north1"], new_staff_id=people["south1"], outcome="moved"))
        session.flush()
        odd_rows.put_in_bin(*things, deleted)

    def _find_rows(self) -> dict[str, int]:
        with self.app.app_context(), as_system():
            first = {one: db.session.scalars(select(one.id).order_by(one.id)).first() for one in MODELS}
            contact = db.session.scalars(select(Contact.id).where(Contact.customer_id == self.customer)).first()
        own = {"Customer": self.customer, "Contact": contact}
        own |= {"Activity": self.world.activity["south1"], "Contract": self.world.contract["south1"], "Ticket": self.world.ticket["south1"]}
        own |= {model.__name__: self.world.others[base]["south1"] for base, model in self.others.items()}
        found = {one.__name__: own.get(one.__name__) or row_id for one, row_id in first.items()}
        return {name: row_id for name, row_id in found.items() if row_id is not None}

    def values_of(self, model: type[Any]) -> dict[str, list[Any]]:
        """Return the odd values of every column of a model."""
        with self.app.app_context(), as_system():
            found = {column.name: odd_rows.values_for(model, column) for column in model.__table__.columns}
            if model is Customer:
                found["status"] = odd_rows.list_statuses()
        return {name: values for name, values in found.items() if values}

    def write(self, model: type[Any], values: dict[str, Any]) -> list[str]:
        """Write odd values into the row that is looked at."""
        with self.app.app_context(), as_system():
            return odd_rows.write_odd(model, self.rows[model.__name__], dict(values))

    def look(self, model: type[Any]) -> None:
        """Open every place where the row may be shown; each must answer."""
        for eyes, as_admin in zip(self.eyes, (True, False), strict=True):
            odd_rows.visit_all(self.app, eyes, model, self.rows[model.__name__], self.customer, as_admin=as_admin)
        odd_rows.visit_handover(self.eyes[0], self.rows["Handover"], self.world.people["south1"], self.world.people["south2"])


@pytest.fixture
def odd_desk(app: Flask, world: World) -> Desk:
    """Return the company to be written odd values into."""
    return Desk(app, world)


@pytest.fixture
def odd_lines() -> Iterator[list[str]]:
    """Return what the log says of values that cannot be shown."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    showing.log.addHandler(handler)
    yield lines
    showing.log.removeHandler(handler)


def test_everything_opens_before_anything_is_odd(odd_desk: Desk, odd_lines: list[str]) -> None:
    for model in (Customer, Handover, Status):
        odd_desk.look(model)
    assert odd_lines == []


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.__name__)
def test_each_extreme_of_each_column_is_shown(odd_desk: Desk, model: type[Any], odd_lines: list[str]) -> None:
    """All columns at once hold their first odd value, then their second, and so on; none is too odd to be shown."""
    columns = odd_desk.values_of(model)
    taken: set[str] = set()
    for turn in range(max(len(values) for values in columns.values())):
        taken |= set(odd_desk.write(model, {name: values[turn % len(values)] for name, values in columns.items()}))
        odd_desk.look(model)
    assert set(columns) - taken <= {"status", *(link.column for link in getattr(model.policy, "links", ()))}
    assert odd_lines == []


@pytest.mark.slow
@FEW
@given(data=st.data())
@pytest.mark.parametrize("model", RECORDS, ids=lambda one: one.__name__)
def test_extremes_in_any_mixture_are_shown(odd_desk: Desk, model: type[Any], data: st.DataObject) -> None:
    columns = odd_desk.values_of(model)
    odd_desk.write(model, data.draw(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in columns.items()})))
    odd_desk.look(model)


# -- what has been seen to break -------------------------------------------------------------------------------------------

SEEN = {
    "a contract signed in the year 1": (Contract, {"signed_on": date(1, 1, 1)}),
    "a contract signed on the last day": (Contract, {"signed_on": date(9999, 12, 31)}),
    "an activity at the end of time": (Activity, {"happened_at": odd_rows.LAST}),
    "a ticket due at the end of time": (Ticket, {"due_at": odd_rows.LAST}),
    "a customer entered at the beginning": (Customer, {"created_at": odd_rows.FIRST}),
}


@pytest.mark.parametrize("name", SEEN)
def test_one_odd_value_breaks_no_page(odd_desk: Desk, name: str) -> None:
    model, values = SEEN[name]
    assert odd_desk.write(model, values) == list(values)
    odd_desk.look(model)


@pytest.mark.parametrize("person", ["it", "chief"])
def test_a_group_with_a_member_leaves_the_history_open(app: Flask, world: World, sign_in: Any, person: str) -> None:
    with app.app_context(), as_system("import"):
        db.session.add(Group(name="night", label="Night", description="", users=[db.session.get_one(Staff, world.people["south1"])]))
        db.session.commit()
    page = sign_in(person).get("/history/")
    assert page.status_code == 200 and "South1 Test" in page.text


# -- the net below: codes that no word knows -------------------------------------------------------------------------------

LOST = {"Contract": "status", "Ticket": "status", "Handover": "state"}


@pytest.mark.parametrize("model", [Contract, Ticket, Handover], ids=lambda one: one.__name__)
def test_what_cannot_be_shown_is_a_dash_and_a_line_in_the_log(odd_desk: Desk, model: type[Any], odd_lines: list[str]) -> None:
    column, row_id = LOST[model.__name__], odd_desk.rows[model.__name__]
    with odd_desk.app.app_context(), as_system():
        odd_rows.drop_checks(model)
        assert odd_rows.write_odd(model, row_id, {column: "zzz"}) == [column]
    odd_desk.look(model)
    said = [line for line in odd_lines if line.startswith(f"{model.__name__} {row_id}: ") and "(KeyError)" in line]
    assert any(f": {column} cannot" in line for line in said) and any(": badge cannot" in line for line in said), odd_lines
    assert not any("zzz" in line for line in odd_lines)


def test_the_other_rows_of_the_list_stay_whole(odd_desk: Desk, sign_in: Any) -> None:
    with odd_desk.app.app_context(), as_system():
        odd_rows.drop_checks(Contract)
        odd_rows.write_odd(Contract, odd_desk.rows["Contract"], {"status": "zzz"})
    chief = sign_in("chief")
    page = chief.get("/contracts/").text
    assert "south1 Signed Ltd hosting" in page and "north1 Signed Ltd hosting" in page and page.count("In force") >= 2
    assert "<td>–" in page
    assert "zzz" not in chief.get("/contracts/export/csv").text
    page = chief.get(f"/customers/show/{odd_desk.customer}").text
    assert "Ticket reported" in page and "<b>Contracts</b> –" in page


def test_rest_answers_null_for_what_it_cannot_say(odd_desk: Desk, rest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_row: Any) -> str:
        raise OverflowError

    monkeypatch.setattr(Contract, "state", property(fail))
    client, pk = rest("chief"), odd_desk.rows["Contract"]
    answer = client.send("GET", f"contracts/{pk}")
    assert answer.status_code == 200
    assert answer.json["result"]["state"] is None and answer.json["result"]["title"] == "south1 Signed Ltd hosting"
    answer = client.send("GET", "contracts/?q=(columns:!(id,state,amount))")
    assert answer.status_code == 200 and all(row["state"] is None and row["amount"] for row in answer.json["result"])


# -- the edges of the calendar ---------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(when=st.datetimes())
def test_no_instant_is_beyond_the_clock(desk: Flask, when: datetime) -> None:
    with desk.app_context():
        for made in (clock.to_local(when), clock.from_local(when)):
            assert made.tzinfo is None and odd_rows.FIRST <= made <= odd_rows.LAST
        assert len(show(when)) == len("2026-01-01 00:00")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
@pytest.mark.parametrize("edge", [odd_rows.FIRST, odd_rows.LAST])
def test_the_edges_stay_edges_in_every_zone(desk: Flask, monkeypatch: pytest.MonkeyPatch, zone: str, edge: datetime) -> None:
    monkeypatch.setitem(desk.config, "TIMEZONE", zone)
    with desk.app_context():
        for made in (clock.to_local(edge), clock.from_local(edge)):
            assert abs(made - edge).days == 0
