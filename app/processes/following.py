"""What cases do when the world around them changes: an account is closed, a case gets another owner, a pinned fact changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..contracts.models import Contract
from ..core.access.viewer import current_viewer, elevated
from ..core.base.offers import FACTS
from ..core.writes.gate import Change
from .doing import Act, work_on
from .flow import case as flow
from .flow.case import Case as State
from .flow.events import Moved
from .flow.moves import recall
from .flow.remarks import Changed, Handed
from .flow.run import Run, replace_the_gone
from .models import Case, CaseEvent, CaseTask
from .offers import read_pinned


def guard_leaver(change: Change) -> None:
    """Leave no task with an account that is closed: it goes to its substitute, back to its pool, or the step is passed."""
    if change.kind == "edit" and change.old("active") and not change.row.active:
        person = change.row.id
        change.after_write.append(lambda session: _replace_leaver(session, person))


def _replace_leaver(session: Session, person: int) -> None:
    live = CaseTask.state.in_((flow.OPEN, flow.WAITING))
    with elevated("process"):
        cases = session.scalars(
            select(CaseTask.case_id).where(CaseTask.person_id == person, live).distinct().order_by(CaseTask.case_id)
        ).all()
        for case_id in cases:
            work_on(session, case_id, lambda run, _actor: replace_the_gone(run))


def guard_pinned(change: Change) -> None:
    """Send running cases back that rest on a fact of a contract or customer which changes."""
    if change.kind != "edit":
        return
    name = "contract" if isinstance(change.row, Contract) else "customer"
    facts = [fact for fact in FACTS.first_of_each().values() if fact.of == name]
    if any(_read(fact, change.before) != _read(fact, change.row) for fact in facts):
        row_id = change.row.id
        change.after_write.append(lambda session: _compare_pinned(session, name, row_id))


def _read(fact: Any, row: Any) -> object:
    return fact.read(row)


def _compare_pinned(session: Session, name: str, row_id: int) -> None:
    mine: ColumnElement[bool] = Case.contract_id == row_id if name == "contract" else Case.customer_id == row_id
    with elevated("process"):
        cases = session.scalars(select(Case.id).where(mine, Case.state == flow.RUNNING).order_by(Case.id)).all()
        for case_id in cases:
            work_on(session, case_id, None, before=_send_back_if_changed)


def _send_back_if_changed(act: Act) -> Any:
    """Return the move that sends a case back to the first who approved on what has changed; None where nothing did."""
    pinned: dict[str, str] = json.loads(act.row.pinned)
    now = read_pinned(pinned, act.filled.records)
    changed = {code: (old, now.get(code, "")) for code, old in pinned.items() if now.get(code, "") != old}
    if not changed:
        return None
    by = current_viewer().id

    def move(run: Run, _actor: object) -> None:
        for code, (old, new) in changed.items():
            run.emit(Changed(code, old, new, by))
        first = find_first_approver(run.case, run.flow.first.code)
        if first is not None:
            recall(run, first)

    act.row.pinned = json.dumps(now, ensure_ascii=False)
    return move


def find_first_approver(state: State, first: str) -> str | None:
    """Return the step at which somebody approved first since all began anew, the starter's apart; None while nobody did."""
    approved = [task for task in state.tasks if task.verdict == flow.YES and task.round >= state.since and task.step != first]
    return min(approved, key=lambda task: task.number).step if approved else None


def follow_owner(session: Session, case_ids: Sequence[int]) -> None:
    """Let the new owner of cases count as their starter: what waits for the starter waits for them."""
    table = Case.__table__.c
    owners = select(table.id, table.owner_id, table.created_by_id).where(table.id.in_(case_ids), table.deleted_at.is_(None))
    with elevated("process"):
        for row in session.connection().execute(owners.order_by(table.id)).all():
            if find_starter(session, row.id, row.created_by_id) != row.owner_id:
                work_on(session, row.id, None, before=_hand)


def find_starter(session: Session, case_id: int, made_by: int | None) -> int | None:
    """Return who counts as the starter by the case's log: to whom it was handed last, else who made it."""
    event = CaseEvent.__table__.c
    handed = select(event.data).where(event.case_id == case_id, event.kind == Handed.kind).order_by(event.place.desc()).limit(1)
    data = session.connection().scalar(handed)
    return int(json.loads(data)["to"]) if data is not None else made_by


def _hand(act: Act) -> Any:
    """Return the move that makes the case's owner its starter; None where the log says so already."""
    owner, before = act.row.owner_id, find_starter(act.session, act.row.id, act.row.created_by_id)
    if owner is None or before in (None, owner):
        return None
    act.start = replace(act.start, starter=before)
    by = current_viewer().id

    def move(run: Run, _actor: object) -> None:
        run.emit(Handed(owner, by))
        for task in run.case.live:
            if task.person == before:
                run.emit(Moved(task.number, owner, by, "handed"))

    return move
