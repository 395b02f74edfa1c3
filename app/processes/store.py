"""A case between the database and the engine: rows to state and log, and what a run did back to rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.base import clock
from ..core.writes import bulk
from .flow import case as flow
from .flow import events, remarks
from .flow.case import Case as State
from .flow.case import Task
from .flow.events import Event
from .models import Case, CaseEvent, CaseTask

KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (*vars(events).values(), *vars(remarks).values())
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
# A task's parts that a row keeps under another name.
_ROW_NAMES = {"person": "person_id", "role": "role_id", "lender": "lender_id", "adder": "adder_id", "actor": "actor_id"}
_TASK_PARTS = [part.name for part in fields(Task) if part.name != "waits_for"]


def _join(parts: Iterable[object]) -> str:
    return ",".join(str(part) for part in parts)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def read_tasks(session: Session, case_id: int) -> list[CaseTask]:
    """Return the rows of a case's tasks, by their numbers; as the database has them, whatever the session held before the lock."""
    found = select(CaseTask).where(CaseTask.case_id == case_id).order_by(CaseTask.number)
    return list(session.scalars(found, execution_options={"populate_existing": True}))


def make_task(row: CaseTask) -> Task:
    """Return a task as the engine knows it."""
    parts = {name: getattr(row, _ROW_NAMES.get(name, name)) for name in _TASK_PARTS}
    return Task(**parts, waits_for=tuple(int(number) for number in _split(row.waits_for)))


def make_state(row: Case, tasks: Iterable[CaseTask]) -> State:
    """Return a case as the engine knows it."""
    return State(
        starter=row.owner_id or 0, state=row.state, step=row.step, visit=row.visit, round=row.round, since=row.since,
        path=_split(row.path), resume=tuple(int(visit) for visit in _split(row.resume)), stuck=row.stuck,
        tasks=tuple(make_task(task) for task in tasks),
    )  # fmt: skip


def write_state(session: Session, row: Case, state: State, rows: Sequence[CaseTask]) -> list[CaseTask]:
    """Write the engine's state to the rows of a case; return the rows of all its tasks."""
    row.state, row.step, row.visit, row.round, row.since = state.state, state.step, state.visit, state.round, state.since
    row.path, row.resume, row.stuck = _join(state.path), _join(state.resume), state.stuck
    if row.state not in (flow.DRAFT, flow.RUNNING) and row.ended_at is None:
        row.ended_at = clock.now()
    by_number = {task.number: task for task in rows}
    found = []
    for task in state.tasks:
        known = by_number.get(task.number)
        if known is None:
            known = CaseTask(case_id=row.id, number=task.number, opened_at=clock.now())
            session.add(known)
        elif make_task(known) == task:
            found.append(known)
            continue
        _write_task(known, task)
        found.append(known)
    return found


def _write_task(row: CaseTask, task: Task) -> None:
    was_live = row.state in (flow.OPEN, flow.WAITING, None)
    for name in _TASK_PARTS:
        setattr(row, _ROW_NAMES.get(name, name), getattr(task, name))
    row.waits_for = _join(task.waits_for)
    if task.is_live:
        row.closed_at = None
    elif was_live or row.closed_at is None:
        row.closed_at = clock.now()


def to_data(event: Event) -> dict[str, Any]:
    """Return what an event says, as JSON keeps it."""
    return asdict(event)


def from_data(kind: str, data: dict[str, Any]) -> Event:
    """Return the event of a kind that JSON kept."""
    made = KINDS[kind]
    if made is events.Opened:
        task = data["task"]
        return events.Opened(Task(**{**task, "waits_for": tuple(task["waits_for"])}))
    return made(**data)


def read_log(session: Session, case_id: int) -> list[Event]:
    """Return the log of a case as the engine knows it."""
    rows = session.execute(select(CaseEvent.kind, CaseEvent.data).where(CaseEvent.case_id == case_id).order_by(CaseEvent.place))
    return [from_data(kind, json.loads(data)) for kind, data in rows]


def append_events(
    session: Session, row: Case, start: State, done: Sequence[Event], *, first: int, actor: int | None, stands_for: int | None, said: str
) -> None:
    """Write what happened to a case that stood as `start`, behind the `first` events of its log.

    The words, and whom a deputy stood for, belong to the first event that the actor brought about.
    """
    at, state = clock.now(), start
    mine = next((place for place, event in enumerate(done) if getattr(event, "by", None) == actor), 0)
    for place, event in enumerate(done):
        state = state if isinstance(event, events.TakenBack) else event.apply(state)
        bulk.append(
            session,
            CaseEvent,
            {
                "case_id": row.id, "place": first + place, "at": at, "actor_id": getattr(event, "by", None),
                "stands_for_id": stands_for if place == mine else None, "kind": event.kind, "step": state.step, "round": state.round,
                "data": json.dumps(to_data(event), ensure_ascii=False), "said": said if place == mine else "",
            },
        )  # fmt: skip


def count_log(session: Session, case_id: int) -> int:
    """Return how many events the log of a case has."""
    table = CaseEvent.__table__
    return session.connection().scalar(select(func.count()).select_from(table).where(table.c.case_id == case_id)) or 0
