"""A customer's next step, by every door: what is stored, what the history tells of it, and which lists it stands in."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.activities.models import Activity
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.base.errors import RuleViolation
from app.customers.models import Customer
from app.customers.rules import STEP_DAY_NEEDED
from app.extensions import db

from ..acting import acting, hear_commit
from ..conftest import Browser, RestClient
from ..factories import World, find_choice, find_status
from ..forms import read_form
from ..lists.reading import read_csv, read_list
from ..snapshots import take_snapshot

DAY = date(2027, 3, 1)
STEP = {"next_step": "Send the offer", "next_step_on": DAY.isoformat(), "next_step_at": "14:30"}
DOORS = ["form", "REST", "session"]


def read_step(app: Flask, pk: int) -> tuple[Any, ...]:
    """Return text, day, time, state and count as the database has them."""
    table = Customer.__table__.c
    columns = (table.next_step, table.next_step_on, table.next_step_at, table.next_step_state, table.next_step_postponed)
    with app.app_context(), db.engine.connect() as connection:
        return tuple(connection.execute(select(*columns).where(table.id == pk)).one())


def plan(app: Flask, world: World, door: str, **changes: Any) -> str | None:
    """Change the next step of south1's customer by a door; return the sentence that refuses it."""
    pk = world.signed["south1"]
    if door == "REST":
        client = RestClient(app, "south1")
        client.headers["Accept-Language"] = "en"
        answer = client.send("PUT", f"customers/{pk}", changes)
        return None if answer.status_code == 200 else str(next(iter(answer.json["message"].values()))[0])
    if door == "form":
        browser = Browser(app).sign_in("south1")
        form = read_form(browser.get(f"/customers/edit/{pk}").text)
        answer = browser.post(f"/customers/edit/{pk}", {**form, **{name: value or "" for name, value in changes.items()}})
        return None if answer.status_code == 302 else str(STEP_DAY_NEEDED) if str(STEP_DAY_NEEDED) in answer.text else answer.text
    with acting(app, world, "south1") as session:
        row = session.scalars(select(Customer).where(Customer.id == pk)).one()
        kinds: dict[str, Any] = {"next_step_on": date.fromisoformat, "next_step_at": time.fromisoformat}
        for name, value in changes.items():
            setattr(row, name, kinds.get(name, str)(value) if value else None if name != "next_step" else "")
        return hear_commit(session)


@pytest.mark.parametrize("door", DOORS)
def test_a_step_is_set_postponed_replaced_and_taken_away(app: Flask, world: World, door: str) -> None:
    pk = world.signed["south1"]
    assert plan(app, world, door, **STEP) is None
    assert read_step(app, pk) == ("Send the offer", DAY, time(14, 30), "open", 0)
    for turn in (1, 2):
        assert plan(app, world, door, next_step_on=(DAY + timedelta(days=turn)).isoformat()) is None
        assert read_step(app, pk)[3:] == ("open", turn)
    assert plan(app, world, door, next_step="Visit", next_step_on="2027-04-01", next_step_at=None) is None
    assert read_step(app, pk) == ("Visit", date(2027, 4, 1), None, "open", 0)
    assert plan(app, world, door, next_step_on=None) == str(STEP_DAY_NEEDED)
    assert plan(app, world, door, next_step="", next_step_on=None) is None
    assert read_step(app, pk) == ("", None, None, None, 0)
    assert plan(app, world, door, next_step="Call") == str(STEP_DAY_NEEDED)


@pytest.mark.parametrize("door", ["REST", "session"])
def test_a_step_that_is_done_keeps_its_text_and_day_and_waits_in_no_list(app: Flask, world: World, sign_in: Any, door: str) -> None:
    pk, today = world.signed["south1"], clock_today(app)
    assert plan(app, world, door, **STEP | {"next_step_on": today}) is None
    person = sign_in("south1")
    due = f"/customers/?stage=current&follow_up_to={today}&sort=next_step_on"
    assert "Send the offer" in person.get("/").text and "south1 Signed Ltd" in person.get(due).text
    assert plan(app, world, door, next_step_state="done") is None
    assert read_step(app, pk)[0] == "Send the offer" and read_step(app, pk)[3] == "done"
    assert "Send the offer" not in person.get("/").text and "south1 Signed Ltd" not in person.get(due).text
    assert "Send the offer" in person.get(f"/customers/show/{pk}?show=history").text
    assert read_list(person.get("/customers/?step=done").text).column("Name") == ["south1 Signed Ltd"]
    assert plan(app, world, door, next_step_state="open") is None
    assert "Send the offer" in person.get("/").text


def clock_today(app: Flask) -> str:
    """Return the company's day."""
    with app.app_context():
        return clock.today().isoformat()


def test_nobody_writes_the_count(app: Flask, world: World) -> None:
    assert plan(app, world, "session", **STEP) is None
    with acting(app, world, "south1") as session:
        row = session.scalars(select(Customer).where(Customer.id == world.signed["south1"])).one()
        row.next_step_postponed = 9
        session.commit()
    assert read_step(app, world.signed["south1"])[4] == 0
    answer = RestClient(app, "south1").send("PUT", f"customers/{world.signed['south1']}", {"next_step_postponed": 9})
    assert answer.status_code == 422


@pytest.mark.parametrize("door", DOORS)
def test_the_step_of_an_activity_takes_the_place_of_the_customer_s(app: Flask, world: World, door: str, sign_in: Any) -> None:
    pk = world.signed["south1"]
    assert plan(app, world, "session", next_step="Old", next_step_on="2027-02-01", next_step_state="done") is None
    with app.app_context(), as_system():
        kind = find_choice("activity_kind").id
    body = {"happened_at": "2026-01-05T02:00", "text": "Called", **STEP}
    if door == "REST":
        answer = RestClient(app, "south1").send("POST", "activities/", {**body, "customer_id": pk, "kind_id": kind})
        assert answer.status_code == 201, answer.text
    elif door == "form":
        assert sign_in("south1").post("/activities/add", {**body, "customer": pk, "kind": kind}).status_code == 302
    else:
        log(app, world, next_step="Send the offer", next_step_on=DAY, next_step_at=time(14, 30))
    assert read_step(app, pk) == ("Send the offer", DAY, time(14, 30), "open", 0)


def log(app: Flask, world: World, **values: Any) -> None:
    """Log an activity in a session as south1."""
    with acting(app, world, "south1") as session:
        kind = find_choice("activity_kind").id
        given = {"happened_at": clock.now(), "text": "Called", "kind_id": kind, "customer_id": world.signed["south1"]}
        session.add(Activity(**given | values))
        session.commit()


def test_an_activity_s_step_needs_its_day_too(app: Flask, world: World) -> None:
    with pytest.raises(RuleViolation, match="day of the next step"):
        log(app, world, next_step="Call again")
    with pytest.raises(RuleViolation, match="day of the next step"):
        log(app, world, next_step_at=time(9))


def test_the_history_tells_it_in_words(app: Flask, world: World, sign_in: Any) -> None:
    assert plan(app, world, "REST", **STEP) is None
    assert plan(app, world, "REST", next_step_on="2027-03-09", next_step_at="09:00") is None
    assert plan(app, world, "REST", next_step_state="done") is None
    page = sign_in("south1").get(f"/customers/show/{world.signed['south1']}?show=history").text
    for words in (
        "Next step: <del>–</del> → <ins>Send the offer</ins>", "Next step on: <del>2027-03-01</del> → <ins>2027-03-09</ins>",
        "Next step at: <del>14:30</del> → <ins>09:00</ins>", "Next step postponed: <del>0</del> → <ins>1</ins>",
        "State of the next step: <del>Open</del> → <ins>Done</ins>",
    ):  # fmt: skip
        assert words in page, words


def test_lists_exports_and_old_views_carry_it(app: Flask, world: World, sign_in: Any) -> None:
    assert plan(app, world, "REST", **STEP) is None
    person = sign_in("south1")
    table = read_csv(person.get("/customers/export/csv?sort=number"))
    place = table.column("Name").index("south1 Signed Ltd")
    row = [table.column(head)[place] for head in ("Next step", "Next step on", "Next step at", "State of the next step")]
    assert row == ["Send the offer", "2027-03-01", "14:30", "Open"]
    renamed, former = (read_list(person.get(f"/customers/?sort={name}").text) for name in ("-next_step_on", "-next_follow_up"))
    assert former.column("Name") == renamed.column("Name") and former.column("Name")[0] != ""
    person.post("/views/layout", {"screen": "customers", "view": "0", "query": "", "columns": ["number", "next_follow_up"]})
    assert read_list(person.get("/customers/").text).heads == ["Name", "Number", "Next step on"]


def test_who_only_reads_the_customer_changes_no_step(app: Flask, world: World) -> None:
    before = take_snapshot(app, "customer")
    answer = RestClient(app, "south2").send("PUT", f"customers/{world.signed['north1']}", STEP)
    assert answer.status_code in (403, 404)
    assert take_snapshot(app, "customer") == before


def test_a_new_customer_has_its_step_by_one_form(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system():
        status = find_status("lead").id
    assert sign_in("south1").post("/customers/add", {"name": "Fresh Ltd", "status": status, **STEP}).status_code == 302
    with app.app_context(), as_system():
        made = db.session.scalars(select(Customer.id).where(Customer.name == "Fresh Ltd")).one()
    assert read_step(app, made) == ("Send the offer", DAY, time(14, 30), "open", 0)
