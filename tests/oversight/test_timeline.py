"""The timeline of a customer: what every module knows, for those who may see it, and how long each status lasted."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.customers.timeline import read_spans
from app.extensions import db


def test_the_customers_page_tells_it_all_newest_first(world: Any, sign_in: Any) -> None:
    page = sign_in("boss_south").get(f"/customers/show/{world.signed['south1']}").text
    part = page.split('id="pane-timeline"', 1)[1].split('id="pane-', 1)[0]
    places = [part.index(words) for words in ("Ticket reported", "Called south1 Signed Ltd", "Contract signed")]
    assert places[0] < places[2] < places[1]  # now, the beginning of today, a day ago
    assert "How long in each status" in part and "Signed" in part


def test_a_signature_is_told_by_its_day_alone(world: Any, app: Flask, sign_in: Any) -> None:
    part = sign_in("south1").get(f"/customers/show/{world.signed['south1']}").text.split('id="pane-timeline"', 1)[1]
    signed = part[part.index("Contract signed") :].split('<p class="meta">', 1)[1].split("<", 1)[0]
    with app.app_context(), as_system():
        day = db.session.get_one(Contract, world.contract["south1"]).signed_on
    assert signed.split(" · ")[0].strip() == str(day)
    called = part[part.index("Called south1 Signed Ltd") :].split('<p class="meta">', 1)[1].split("<", 1)[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", called.split(" · ")[0].strip())


def test_statuses_follow_each_other_from_first_contact_to_termination(app: Flask, world: Any, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    owner.post(f"/customers/status/{pk}", {"status": "2"})
    owner.post(f"/customers/status/{pk}", {"status": "4"})
    owner.post(f"/customers/status/{pk}", {"status": "5", "status_reason": "moved away", "ended_on": clock_day(app)})
    start = datetime(2026, 1, 1, 2)
    with app.app_context():
        with as_system():
            customer = db.session.scalars(select(Customer).where(Customer.id == pk)).one()
            line = HistoryEntry.__table__.c
            lines = select(line.id).where(line.model == "Customer", line.row_id == pk, line.field == "status_id").order_by(line.id)
            ids = list(db.session.connection().execute(lines).scalars())
        for place, line_id in enumerate(ids):
            table = HistoryEntry.__table__
            db.session.connection().execute(table.update().where(table.c.id == line_id).values(at=start + timedelta(days=10 * (place + 1))))
        with app.test_request_context(headers={"Accept-Language": "en"}):
            spans = read_spans(customer, start)
            stood = [(str(span.name), span.lasted) for span in spans[:-1]]
            assert stood == [("Entered", "10 days"), ("First contact", "10 days"), ("Signed", "10 days")]
            assert str(spans[-1].name) == "Terminated" and spans[-1].end is None
            assert spans[0].start == start and all(a.end == b.start for a, b in pairwise(spans))


def clock_day(app: Flask) -> str:
    with app.app_context():
        return clock.today().isoformat()


def test_it_shows_nothing_of_modules_that_the_reader_does_not_have(app: Flask, world: Any, sign_in: Any) -> None:
    from flask_appbuilder.security.sqla.models import Role

    with app.app_context(), as_system("import"):
        role = db.session.scalars(select(Role).where(Role.name == "Salesperson")).one()
        role.permissions = [p for p in role.permissions if p.view_menu.name not in ("Contracts", "Tickets")]
        db.session.commit()
    part = sign_in("south1").get(f"/customers/show/{world.signed['south1']}").text.split('id="pane-timeline"', 1)[1]
    assert "Called south1" in part and "Contract signed" not in part and "Ticket reported" not in part
