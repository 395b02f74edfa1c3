"""When a customer was last spoken to: counted anew by every door that changes an activity, and by none a conflict for who edits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select, update

from app.activities.models import Activity
from app.activities.queries import find_wrong_last_contacts
from app.core.access.scope import BIN_OPTION
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base import clock
from app.core.writes import bulk, commit
from app.core.writes.history import HistoryEntry
from app.core.writes.option_sets import Choice
from app.customers import queries
from app.customers.models import Contact, Customer
from app.extensions import db

from ..acting import acting, system
from ..conftest import POSTGRES, RestClient
from ..factories import World
from ..forms import read_form

NOW = datetime(2026, 11, 20, 8, 0)


def read(app: Flask, world: World) -> tuple[Any, ...]:
    """Return time, kind and contact of the last contact, and the row version, as the database has them."""
    table = Customer.__table__.c
    columns = (table.last_contact_at, table.last_contact_kind_id, table.last_contact_with_id, table.row_version)
    with app.app_context(), db.engine.connect() as connection:
        return tuple(connection.execute(select(*columns).where(table.id == world.signed["south1"])).one())


def log(app: Flask, world: World, *, days: int = 0, kind: int = 0, spoken_to: int | None = None) -> int:
    """Log an activity so many days before NOW as south1; return its id."""
    with acting(app, world, "south1") as session:
        row = Activity(
            customer_id=world.signed["south1"], happened_at=NOW - timedelta(days=days), text="Called", kind_id=read_kinds()[kind],
            contact_id=spoken_to,
        )  # fmt: skip
        session.add(row)
        session.commit()
        return row.id


def read_kinds() -> list[int]:
    """Return the kinds of activity."""
    return list(db.session.scalars(select(Choice.id).where(Choice.list_code == "activity_kind").order_by(Choice.position)))


def find_contact(app: Flask, world: World) -> int:
    """Return the contact of south1's customer."""
    with app.app_context(), as_system():
        return db.session.scalars(select(Contact.id).where(Contact.customer_id == world.signed["south1"])).one()


@pytest.fixture
def bare(app: Flask, world: World) -> World:
    """Return the company with no activity of south1's customer, and a row of it that nobody has touched yet."""
    with system(app) as session:
        for row in session.scalars(select(Activity).where(Activity.customer_id == world.signed["south1"])):
            session.delete(row)
    return world


def test_it_follows_what_is_logged_corrected_withdrawn_deleted_and_restored(app: Flask, bare: World) -> None:
    contact, version = find_contact(app, bare), read(app, bare)[3]
    assert read(app, bare) == (None, None, None, version)
    with app.app_context(), as_system():
        kinds = read_kinds()
    older = log(app, bare, days=9, spoken_to=contact)
    assert read(app, bare) == (NOW - timedelta(days=9), kinds[0], contact, version)
    newer = log(app, bare, days=2, kind=1)
    log(app, bare, days=5, spoken_to=contact)  # logged late: not the last one
    assert read(app, bare) == (NOW - timedelta(days=2), kinds[1], None, version)
    client = RestClient(app, "south1")
    body = {"happened_at": "2026-11-19T01:00:00", "kind_id": kinds[2], "contact_id": contact}
    assert client.send("PUT", f"activities/{newer}", body).status_code == 200
    assert read(app, bare) == (datetime(2026, 11, 19, 1), kinds[2], contact, version)
    assert client.send("PUT", f"activities/{newer}", {"happened_at": "2026-11-01T01:00:00"}).status_code == 200
    assert read(app, bare)[0] == NOW - timedelta(days=5)
    assert client.send("PUT", f"activities/{newer}", {"happened_at": "2026-11-19T01:00:00"}).status_code == 200
    assert client.send("PUT", f"activities/{newer}", {"withdrawn_reason": "twice"}).status_code == 200
    assert read(app, bare)[0] == NOW - timedelta(days=5)
    for deleted, at in ((True, 5), (False, 5)):
        with system(app) as session:
            row = session.scalars(select(Activity).where(Activity.id == older), execution_options={BIN_OPTION: True}).one()
            row.deleted_at = clock.now() if deleted else None
        assert read(app, bare)[0] == NOW - timedelta(days=at)
    assert read(app, bare)[3] == version
    assert list_wrong(app) == []


def test_set_based_writes_count_too(app: Flask, bare: World) -> None:
    log(app, bare, days=1)
    table, mine = Activity.__table__, Activity.__table__.c.customer_id == bare.signed["south1"]
    for values, expected in (({"deleted_at": NOW}, None), ({"deleted_at": None}, NOW - timedelta(days=1))):
        with system(app) as session:
            bulk.set_values(session(), Activity, mine & (table.c.happened_at == NOW - timedelta(days=1)), values)
        assert read(app, bare)[0] == expected


def test_a_customer_that_comes_out_of_the_bin_has_it_again(app: Flask, world: World) -> None:
    lead = world.lead["south1"]
    with acting(app, world, "south1") as session:
        session.add(Activity(customer_id=lead, happened_at=NOW, text="Called", kind_id=read_kinds()[0]))
        session.commit()
    for is_deleted in (True, False):
        with system(app) as session:
            row = session.scalars(select(Customer).where(Customer.id == lead), execution_options={BIN_OPTION: True}).one()
            row.deleted_at = clock.now() if is_deleted else None
        with app.app_context(), as_system():
            row = db.session.scalars(select(Customer).where(Customer.id == lead), execution_options={BIN_OPTION: True}).one()
            assert row.last_contact_at == (None if is_deleted else NOW)
    assert list_wrong(app) == []


def test_nobody_else_writes_it_and_no_history_tells_of_it(app: Flask, world: World) -> None:
    before = read(app, world)
    with acting(app, world, "south1") as session:
        row = session.scalars(select(Customer).where(Customer.id == world.signed["south1"])).one()
        row.last_contact_at, row.last_contact_with_id, row.remark = NOW, None, "Changed"
        session.commit()
    assert read(app, world)[:3] == before[:3]
    answer = RestClient(app, "south1").send("PUT", f"customers/{world.signed['south1']}", {"last_contact_at": "2026-11-19T01:00:00"})
    assert answer.status_code == 422
    with app.app_context(), as_system():
        fields = set(db.session.scalars(select(HistoryEntry.field).where(HistoryEntry.model == "Customer")))
    assert not {field for field in fields if field.startswith("last_contact")}


def test_who_has_the_customer_open_meets_no_conflict(app: Flask, bare: World, sign_in: Any) -> None:
    person = sign_in("south1")
    path = f"/customers/edit/{bare.signed['south1']}"
    form = read_form(person.get(path).text)
    log(app, bare)
    assert person.post(path, {**form, "remark": "Typed meanwhile"}).status_code == 302
    assert read(app, bare)[0] == NOW


def test_two_who_log_and_withdraw_at_once_leave_it_right(app: Flask, bare: World) -> None:
    rounds = 20 if POSTGRES else 4
    for turn in range(rounds):
        first = log(app, bare, days=rounds - turn)
        barrier = Barrier(2)

        def act(is_withdrawing: bool, first: int = first, turn: int = turn, barrier: Barrier = barrier) -> None:
            if not POSTGRES:
                barrier.wait(20)  # SQLite has one writer at a time, from its first statement on
            with app.app_context(), acting_as(load_viewer(bare.people["south1"])):
                if is_withdrawing:
                    row = db.session.scalars(select(Activity).where(Activity.id == first)).one()
                    row.withdrawn_reason = "twice"
                else:
                    at = NOW - timedelta(days=rounds - turn, hours=1)
                    row = Activity(customer_id=bare.signed["south1"], happened_at=at, text="Called", kind_id=read_kinds()[0])
                    db.session.add(row)
                if POSTGRES:
                    barrier.wait(20)
                with commit.refusals():
                    db.session.commit()
                db.session.remove()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(act, (True, False)))
        assert list_wrong(app) == []
        assert read(app, bare)[0] == NOW - timedelta(days=rounds - turn, hours=1)


def list_wrong(app: Flask) -> list[str]:
    """Return the customers whose last contact is wrong."""
    with app.app_context(), db.engine.connect() as connection:
        return list(find_wrong_last_contacts(connection))


def test_the_doctor_finds_a_wrong_one(app: Flask, world: World) -> None:
    assert app.test_cli_runner().invoke(args=["crm", "doctor"]).exit_code == 0
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Customer.__table__).where(Customer.__table__.c.id == world.signed["south1"]).values(last_contact_at=NOW))
    done = app.test_cli_runner().invoke(args=["crm", "doctor"])
    assert done.exit_code == 1 and "1 customers with a wrong last contact" in done.output


def test_its_age_is_counted_in_the_company_s_days(app: Flask, world: World) -> None:
    with app.app_context():
        midnight = clock.from_local(datetime.combine(clock.today(), datetime.min.time()))
        told = {
            midnight: "Today 00:00",
            midnight - timedelta(seconds=1): "Yesterday",
            midnight - timedelta(days=3): "3 days ago",
            None: "Never",
        }
        with app.test_request_context(), force_locale("en"):
            for at, words in told.items():
                assert f">{words}<" in queries.describe_contact_day(Customer(last_contact_at=at))
