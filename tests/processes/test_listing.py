"""The listing process on the desk: from the request to the confirmation, with a return, and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base.errors import HiddenRow, RuleViolation
from app.core.writes import bulk
from app.extensions import db
from app.notices.models import Notice
from app.processes.filling import Misfits
from app.processes.models import Case, CaseEvent, CaseTask, CaseValue
from app.staff.models import Staff

from ..factories import World
from .desk import RACKED, act_as, do, give_managers, replay_case, stands, start_listing


@pytest.fixture
def number(app: Flask, world: World) -> str:
    """Return the number of a contract in force of south1's, in a company whose departments have managers."""
    with app.app_context(), as_system():
        give_managers(world)

        row = db.session.scalars(select(Contract).where(Contract.owner_id == world.people["south1"], Contract.status == "in_force")).first()
        assert row is not None
        return row.number


def test_a_listing_goes_from_request_to_confirmation(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number, devices=[{"device": "Server", "units": "2"}])
    assert stands(app, case) == ("running", "approve")
    do(app, world, "boss_south", case, "approve", said="fine")
    assert stands(app, case) == ("running", "rack")
    do(app, world, "service1", case, "claim")
    with pytest.raises(Misfits) as refusal:
        do(app, world, "service1", case, "approve", {})
    assert set(refusal.value.sentences) == {"rack", "address", "racked_on"}
    do(app, world, "service1", case, "approve", RACKED)
    do(app, world, "south1", case, "approve", {})
    assert stands(app, case) == ("done", "confirm")
    replay_case(app, case)
    with app.app_context(), as_system():
        row = db.session.scalars(select(Case).where(Case.id == case)).one()
        assert row.number.startswith("LC") and row.ended_at is not None and row.started_at is not None
        assert row.contract is not None and row.contract.number == number and row.customer_id == row.contract.customer_id
        assert db.session.scalar(select(func.count()).select_from(CaseTask).where(CaseTask.state == "open")) == 0
        told = db.session.execute(select(Notice.staff_id, Notice.kind).order_by(Notice.id)).all()
        assert [tuple(one) for one in told if one.kind.startswith("case")] == [
            (world.people["boss_south"], "case_task"), (world.people["south1"], "case_task"),
        ]  # fmt: skip


def test_a_return_keeps_each_rounds_values_and_comes_straight_back(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number)
    do(app, world, "boss_south", case, "return", step="submit", said="Another site")
    assert stands(app, case) == ("running", "submit")
    do(app, world, "south1", case, "approve", {"contract": number, "site": "C3"})
    assert stands(app, case) == ("running", "approve")
    replay_case(app, case)
    with app.app_context(), as_system():
        values = db.session.execute(
            select(CaseValue.round, CaseValue.value).where(CaseValue.field == "site").order_by(CaseValue.round)
        ).all()
        assert [tuple(one) for one in values] == [(1, '"B2"'), (2, '"C3"')]
        said = db.session.scalars(select(CaseEvent.said).where(CaseEvent.said != "")).all()
        assert said == ["Another site"]


def test_nobody_acts_out_of_turn_or_sees_what_is_not_theirs(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number)
    for stranger in ("north1", "boss_north", "south2"):
        with pytest.raises(HiddenRow):
            do(app, world, stranger, case, "approve")
    with pytest.raises(HiddenRow):
        do(app, world, "service1", case, "claim")  # it waits for maintenance only later
    with pytest.raises(RuleViolation):
        do(app, world, "south1", case, "approve")
    with pytest.raises(RuleViolation):
        do(app, world, "director", case, "approve")  # sees it, and is not asked
    assert stands(app, case) == ("running", "approve")
    replay_case(app, case)


def test_cases_and_tasks_are_written_by_their_process_alone(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number)
    for person in ("south1", "chief"):
        with act_as(app, world, person) as session:
            row = session.scalars(select(Case).where(Case.id == case)).one()
            row.state = "done"
            with pytest.raises(RuleViolation):
                session.commit()
            session.rollback()
            task = session.scalars(select(CaseTask).where(CaseTask.case_id == case, CaseTask.state == "open")).one()
            task.person_id = world.people[person]
            with pytest.raises(RuleViolation):
                session.commit()
            session.rollback()
    assert stands(app, case) == ("running", "approve")


def test_a_closed_account_keeps_no_task(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number)
    with app.app_context(), as_system():
        boss = db.session.get(Staff, world.people["boss_south"])
        assert boss is not None
        boss.active = False
        db.session.commit()
    with app.app_context(), as_system():
        task = db.session.scalars(select(CaseTask).where(CaseTask.case_id == case, CaseTask.state == "open")).one()
        assert task.person_id == world.people["admin"]  # the process owner
        events = db.session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case).order_by(CaseEvent.place)).all()
        assert events[-1] == "moved"
    replay_case(app, case)


def test_a_pinned_fact_that_changes_sends_the_case_back_to_who_approved_first(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number)
    do(app, world, "boss_south", case, "approve")
    with act_as(app, world, "south1") as session:
        row = session.scalars(select(Contract).where(Contract.number == number)).one()
        row.end_on = row.end_on + timedelta(days=30)
        session.commit()
    assert stands(app, case) == ("running", "approve")
    replay_case(app, case)
    with app.app_context(), as_system():
        kinds = db.session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case).order_by(CaseEvent.place)).all()
        assert "changed" in kinds and "sent_back" in kinds
    do(app, world, "boss_south", case, "approve")
    assert stands(app, case) == ("running", "rack")


def test_a_case_that_is_handed_over_waits_for_its_new_owner(app: Flask, world: World, number: str) -> None:
    case = start_listing(app, world, number)
    do(app, world, "boss_south", case, "return", step="submit")
    with app.app_context(), as_system("handover"):
        bulk.set_values(db.session(), Case, Case.__table__.c.id == case, {"owner_id": world.people["south2"]})
        db.session.commit()
    replay_case(app, case)
    with pytest.raises(RuleViolation):
        do(app, world, "south1", case, "approve", {"contract": number, "site": "C"})
    with app.app_context(), as_system():
        task = db.session.scalars(select(CaseTask).where(CaseTask.case_id == case, CaseTask.state == "open")).one()
        assert task.person_id == world.people["south2"]


def test_an_odd_case_is_shown_all_the_same(app: Flask, world: World, number: str, sign_in: Any) -> None:
    case = start_listing(app, world, number)
    with app.app_context(), as_system():
        table = Case.__table__
        odd = {"step": "no_such_step", "path": "a,b", "resume": "x", "pinned": "[", "stuck": "?", "title": "\u202eodd"}
        db.session.connection().execute(table.update().where(table.c.id == case).values(**odd))
        db.session.commit()
    for person in ("south1", "boss_south", "director"):
        browser = sign_in(person)
        for path in (f"/cases/show/{case}", "/cases/", "/tasks/", "/tasks/?tab=started", f"/contracts/show/{world.contract['south1']}"):
            assert browser.get(path).status_code == 200, (person, path)
