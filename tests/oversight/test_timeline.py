"""The stream of a customer: what every module tells, for those who may see it, a page at a time; and how long each status lasted."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.base.workspace import Event
from app.core.views import timeline
from app.core.views.stages import list_spans, read_changes
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Staff

from ..factories import World, make_activity, make_ticket

LINE = re.compile(r'<li class="ev(?: ev-minor)?">(.*?)</li>', re.DOTALL)


def read_stream(browser: Any, path: str) -> list[str]:
    """Return the lines of a record's stream as text, in order."""
    page = browser.get(path, headers={"Accept-Language": "en"}).text.split('id="stream"', 1)[1].split("</section>", 1)[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in LINE.findall(page)]


def test_the_customers_page_tells_it_all_newest_first(world: World, sign_in: Any) -> None:
    lines = read_stream(sign_in("boss_south"), f"/customers/show/{world.signed['south1']}")
    places = [next(n for n, line in enumerate(lines) if words in line) for words in ("Ticket reported", "Called south1", "Contract signed")]
    assert places[0] < places[2] < places[1]  # now, the beginning of today, a day ago
    assert any(line.startswith("Entered") for line in lines)


def test_a_signature_is_told_by_its_day_alone(world: World, app: Flask, sign_in: Any) -> None:
    page = sign_in("south1").get(f"/customers/show/{world.signed['south1']}").text
    with app.app_context(), as_system():
        day = db.session.get_one(Contract, world.contract["south1"]).signed_on
    signed = page[page.index("Contract signed") :].split('<time datetime="', 1)[1].split('"', 1)[0]
    assert signed == str(day)
    called = page[page.index("Called south1 Signed Ltd") - 400 :].split('<time datetime="', 1)[1].split('"', 1)[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", called)


def test_statuses_follow_each_other_from_entry_to_termination(app: Flask, world: World, sign_in: Any) -> None:
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
            spans = list_spans(read_changes(customer, "status_id"), str(customer.status_id), start)
            assert [(span.state, span.lasted) for span in spans[:-1]] == [("1", "10 days"), ("2", "10 days"), ("4", "10 days")]
            assert spans[-1].state == "5" and spans[-1].end is None
            assert spans[0].start == start and all(a.end == b.start for a, b in pairwise(spans))


def clock_day(app: Flask) -> str:
    with app.app_context():
        return clock.today().isoformat()


def test_it_shows_nothing_of_modules_that_the_reader_does_not_have(app: Flask, world: World, sign_in: Any) -> None:
    from flask_appbuilder.security.sqla.models import Role

    with app.app_context(), as_system("import"):
        role = db.session.scalars(select(Role).where(Role.name == "Salesperson")).one()
        role.permissions = [p for p in role.permissions if p.view_menu.name not in ("Contracts", "Tickets")]
        db.session.commit()
    page = sign_in("south1").get(f"/customers/show/{world.signed['south1']}").text
    assert "Called south1" in page and "Contract signed" not in page and "Ticket reported" not in page
    assert "show=contracts" not in page and "Contract in force" not in page and "Open tickets" not in page
    assert "Ticket reported" not in sign_in("south1").get(f"/customers/show/{world.signed['south1']}?show=tickets").text


@pytest.mark.parametrize(
    ("show", "words"), [("activities", "Called south1"), ("contracts", "Contract signed"), ("tickets", "Ticket reported")]
)
def test_a_filter_shows_one_kind_alone_and_leads_to_the_list(world: World, sign_in: Any, show: str, words: str) -> None:
    lines = read_stream(sign_in("south1"), f"/customers/show/{world.signed['south1']}?show={show}")
    assert len(lines) == 1 and words in lines[0]


def test_the_older_ones_follow_page_by_page_and_each_event_comes_once(app: Flask, world: World, sign_in: Any) -> None:
    pk, same = world.signed["south1"], datetime(2026, 2, 3, 4, 5)
    with app.app_context(), as_system("import"):
        customer, owner = db.session.get_one(Customer, pk), db.session.get_one(Staff, world.people["south1"])
        for turn in range(40):  # many at one instant: the cursor tells them apart
            make_activity(customer, owner, text=f"Said {turn:03}", happened_at=same + timedelta(days=turn % 2))
        for turn in range(20):
            ticket = make_ticket(customer, subject=f"Fault {turn:03}", reported_at=same + timedelta(days=1))
            ticket.status, ticket.resolved_at = "resolved", same + timedelta(days=turn)
        db.session.commit()
    browser, path, seen, pages = sign_in("south1"), f"/customers/show/{pk}", [], 0
    while path:
        page = browser.get(path).text
        lines = read_stream(browser, path)
        seen += lines
        pages += 1
        assert len(lines) <= timeline.PAGE
        older = re.search(r'href="([^"]*before=[^"#]*)', page)
        path = unescape(older[1]) if older else ""
    said = [line for line in seen if "Said " in line]
    assert pages > 2
    assert len(said) == len(set(said)) == 40
    assert sum("Ticket reported Fault" in line for line in seen) == sum("Ticket resolved Fault" in line for line in seen) == 20


ODD_CURSORS = ["", "x", "~~", "2026-01-01T00:00:00~1~x", "2026-13-01T00:00:00~1~1", "9999-12-31T23:59:59~999~999999999"]


@pytest.mark.parametrize("cursor", ODD_CURSORS)
def test_an_odd_cursor_opens_the_page(world: World, sign_in: Any, cursor: str) -> None:
    assert sign_in("south1").get(f"/customers/show/{world.signed['south1']}?before={cursor}").status_code == 200


def test_days_are_grouped_by_the_companys_calendar(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 11, 27))  # a Friday
    instants = [
        "2026-11-26T16:30", "2026-11-26T15:00", "2026-11-24T02:00", "2026-11-20T02:00", "2026-11-16T01:00", "2026-10-03T01:00",
        "2025-10-03T01:00",
    ]  # fmt: skip
    with app.test_request_context(headers={"Accept-Language": "en"}):
        days = timeline.group_days([Event(datetime.fromisoformat(one), "x", "point") for one in instants])
        heads = [(str(day.title), str(day.dates)) for day in days]
        assert heads == [
            ("Today", "11-27 Friday"), ("Yesterday", "11-26 Thursday"), ("Tuesday", "11-24"), ("Last week", "11-16 – 11-22"), ("Oct", ""),
            ("Oct 2025", ""),
        ]  # fmt: skip
        assert [event.when for day in days for event in day.events] == ["00:30", "23:00", "10:00", "11-20", "11-16", "10-03", "2025-10-03"]
