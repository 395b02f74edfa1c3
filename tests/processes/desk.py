"""Cases on the desk, for tests: a listing that south1 starts, and short ways to act in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.access.viewer import acting_as, as_system
from app.extensions import db
from app.processes import doing
from app.processes.asking import APPROVE, FILLS, Asked, make_move
from app.processes.designs import Process
from app.processes.doing import Given
from app.processes.models import Case, CaseTask
from app.staff.models import Department, Staff

from ..factories import World

RACKED = {"rack": "B2-07 U21", "address": "10.0.0.7", "racked_on": "2026-11-28"}


def give_managers(world: World) -> None:
    """Make the bosses managers of their departments."""
    with as_system("import"):
        for boss, name in (("boss_south", "south"), ("boss_north", "north")):
            department = db.session.get(Department, db.session.get(Staff, world.people[boss]).department_id)
            assert department is not None and name
            department.manager_id = world.people[boss]
        db.session.commit()


@contextmanager
def act_as(app: Flask, world: World, person: str) -> Iterator[Any]:
    """Run the block as a person, in a context of its own."""
    with app.app_context(), acting_as(world.people[person], source="form"):
        yield db.session()


def find_process(code: str = "listing") -> int:
    """Return the id of a process."""
    found = db.session.scalar(select(Process.id).where(Process.code == code))
    assert found is not None
    return found


def start_listing(app: Flask, world: World, number: str, person: str = "south1", *, is_sent: bool = True, **values: Any) -> int:
    """Start a listing with a contract's number; return the case's id."""
    with act_as(app, world, person):
        given = Given(values={"contract": number, "site": "B2", **values}, is_sent=is_sent)
        return doing.save(lambda: doing.start(doing.find_design(find_process()), given)).id


def do(
    app: Flask, world: World, person: str, case_id: int, what: str, values: Mapping[str, Any] | None = None, said: str = "", **more: Any
) -> None:
    """Act in a case at the person's own open task, or one of their pool."""
    with act_as(app, world, person) as session:
        rows = session.scalars(
            select(CaseTask).where(CaseTask.case_id == case_id, CaseTask.state == "open").order_by(CaseTask.number)
        ).all()
        mine = [row.number for row in rows if row.person_id == world.people[person]] or [row.number for row in rows]
        number = more.pop("task", mine[0] if mine else 0)
        asked = Asked(what, number, said=said or ("why" if what in ("refuse", "return", "cancel") else ""), **more)
        given = Given(
            said=asked.said, values=values if what in FILLS and values is not None else None, task=number, is_sent=what == APPROVE
        )
        doing.save(lambda: doing.act(case_id, make_move(asked, case_id), given))


def stands(app: Flask, case_id: int) -> tuple[str, str]:
    """Return state and step of a case."""
    with app.app_context(), as_system():
        row = db.session.scalars(select(Case).where(Case.id == case_id)).one()
        return row.state, row.step


def replay_case(app: Flask, case_id: int) -> None:
    """Assert that the log of a case tells the state that its rows hold."""
    from app.processes.flow.events import replay
    from app.processes.store import make_state, read_log, read_tasks

    with app.app_context(), as_system():
        row = db.session.scalars(select(Case).where(Case.id == case_id)).one()
        log = read_log(db.session(), case_id)
        state = make_state(row, read_tasks(db.session(), case_id))
        starter = row.created_by_id
        assert starter is not None
        assert replay(starter, log) == state
