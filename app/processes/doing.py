"""What people do in cases: each action is one transaction, from the lock on the case to its log. Every door comes through here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.access.viewer import Viewer, current_viewer, elevated
from ..core.base import clock
from ..core.base.errors import AccessDenied, HiddenRow, RuleViolation
from ..core.parts.queries import add_attachment
from ..core.writes import commit
from ..core.writes.gate import NOT_ALLOWED, NOT_REACHED
from ..core.writes.inside import inside
from ..extensions import db
from . import rules
from .after import follow
from .designs import ProcessVersion
from .filling import Filled, find_records, keep, read_values, settle
from .flow import case as flow
from .flow import moves
from .flow.actors import Actor
from .flow.case import Case as State
from .flow.case import Task
from .flow.definition import Step
from .flow.events import Event
from .flow.run import Run, begin
from .models import SAID, Case, CaseTask
from .offers import read_offered, read_pinned
from .people import DeskStaff, make_actor, make_actor_of
from .reading import Design, read_design
from .store import append_events, count_log, make_state, read_log, read_tasks, write_state

Move = Callable[[Run, Actor], None]


@dataclass
class Act:
    """One action upon a case, between the lock and the commit."""

    session: Session
    row: Case
    design: Design
    viewer: Viewer
    actor: Actor
    start: State
    tasks: Sequence[CaseTask] = ()
    values: dict[str, Any] = field(default_factory=dict)
    chosen: tuple[int, ...] = ()
    said: str = ""
    stands_for: int | None = None
    log: Sequence[Event] = ()
    filled: Filled = field(default_factory=Filled)

    @property
    def step(self) -> Step:
        """Return the step at which the case stands."""
        return self.design.flow.get(self.start.step)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What an action brings along: the words, what was filled in (None: nothing was asked), and who is chosen for the next step.

    `task`: of which task; `is_sent`: its form is done with; `in_bulk`: together with others.
    """

    said: str = ""
    values: Mapping[str, object] | None = None
    chosen: tuple[int, ...] = ()
    task: int = 0
    is_sent: bool = False
    in_bulk: bool = False


NOTHING = Given()


def find_design(process_id: int) -> Design:
    """Return the published version of a process. Raises RuleViolation when none is."""
    found = db.session.scalar(
        select(ProcessVersion.id).where(ProcessVersion.process_id == process_id, ProcessVersion.state == rules.PUBLISHED)
    )
    if found is None:
        raise RuleViolation(rules.NOT_STARTABLE)
    return read_design(found, current_viewer().version)


def start(design: Design, given: Given) -> Case:
    """Start a case of a version for the viewer; sent at once, or kept as a draft. To be committed by the caller (`commit.refusals`).

    Raises RuleViolation and its kinds.
    """
    viewer, session = current_viewer(), db.session()
    if viewer.profile is None or not viewer.may("can_add", "Cases"):
        raise AccessDenied(NOT_ALLOWED)
    if design.state != rules.PUBLISHED:
        raise RuleViolation(rules.NOT_STARTABLE)
    kept = settle(session, design, design.flow.first, given.values or {}, {}, case_id=0, is_sent=given.is_sent)
    mine = {"owner_id": viewer.id, "department_id": viewer.profile.department_id}
    with elevated():
        row = Case(process_id=design.process_id, version_id=design.id, **mine)
        run = begin(design.flow, viewer.profile.id, DeskStaff(session))
        session.add(row)
        session.flush()
        tasks = write_state(session, row, run.case, [])
        session.flush()
        append_events(session, row, State(viewer.profile.id), run.events, first=0, actor=viewer.id, stands_for=None, said="")
        actor = make_actor(session, viewer, design, **mine)
    act = Act(session, row, design, viewer, actor, run.case, tasks, kept, given.chosen, _check_said(given.said), log=list(run.events))
    _run(act, kept, _send if given.is_sent else None)
    return row


def _send(run: Run, actor: Actor) -> None:
    moves.approve(run, actor, 1)


def act(case_id: int, move: Move | None, given: Given = NOTHING) -> Case:
    """Make a move in a case, in the viewer's name; without a move what was filled in is kept. To be committed by the caller.

    Raises HiddenRow for a case out of reach, RuleViolation and its kinds for what may not be.
    """
    session, viewer = db.session(), current_viewer()
    row = session.scalar(
        select(Case).where(Case.id == case_id).with_for_update(key_share=True, of=Case), execution_options={"populate_existing": True}
    )
    if row is None or viewer.id is None:
        raise HiddenRow(NOT_REACHED)
    design = read_design(row.version_id, viewer.version)
    with elevated():
        tasks = read_tasks(session, row.id)
        found = Act(session, row, design, viewer, make_actor_of(session, viewer, design, row), make_state(row, tasks), tasks)
        found.values = read_values(session, design, row.id)
    found.chosen, found.said = given.chosen, _check_said(given.said)
    if given.in_bulk and not found.step.in_bulk:
        raise RuleViolation(rules.NOT_IN_BULK)
    kept: dict[str, Any] = {}
    if given.values is not None or (given.is_sent and _fills(found.start.find(given.task))):
        kept = settle(session, design, found.step, given.values or {}, found.values, case_id=row.id, is_sent=given.is_sent)
        found.values |= kept
    _run(found, kept, move)
    return row


def work_on(session: Session, case_id: int, move: Move | None, *, before: Callable[[Act], Move | None] | None = None) -> None:
    """Let a case do by itself what follows from a write elsewhere, inside that write. `before` makes the move from what the case is."""
    with inside(session, Case, CaseTask) as inner:
        row = inner.scalars(select(Case).where(Case.id == case_id).with_for_update(key_share=True, of=Case)).one()
        viewer, design = current_viewer(), read_design(row.version_id)
        tasks = read_tasks(inner, case_id)
        found = Act(inner, row, design, viewer, Actor(viewer.id or 0), make_state(row, tasks), tasks, read_values(inner, design, case_id))
        found.filled = find_records(inner, design, found.values)
        move = before(found) if before is not None else move
        if move is not None:
            _run(found, {}, move)


def _fills(task: Task | None) -> bool:
    """Tell whether who decides a task fills in its step's form: neither an added signer nor who only says an opinion."""
    return task is not None and task.is_seat and task.lender is None


def _check_said(text: str) -> str:
    said = SAID.check(text)
    return said if isinstance(said, str) else ""


def _run(act: Act, kept: Mapping[str, Any], move: Move | None) -> None:
    """Keep what was filled in, let the engine move, write what it did and what follows from it."""
    session, row = act.session, act.row
    with elevated("process"):
        act.filled = find_records(session, act.design, act.values)
        row.contract_id = act.filled.contract.id if act.filled.contract is not None else None
        row.customer_id = act.filled.customer.id if act.filled.customer is not None else None
        row.title = _make_title(act)
        keep(session, row, _hang_files(act, kept))
        if move is None:
            session.flush()
            return
        values = {**act.values, **read_offered(act.filled.records)}
        run = Run(act.design.flow, act.start, DeskStaff(session), values, act.chosen)
        act.stands_for = _find_lender(act)
        move(run, act.actor)
        _pin(act, run.case)
        act.tasks = write_state(session, row, run.case, act.tasks)
        session.flush()
        first = count_log(session, row.id)
        append_events(session, row, act.start, run.events, first=first, actor=act.viewer.id, stands_for=act.stands_for, said=act.said)
    follow(act, run)


def _hang_files(act: Act, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Hang new files on the case; return what is kept, with their ids."""
    found = dict(kept)
    for code, value in kept.items():
        if isinstance(value, dict):
            files = [add_attachment(act.row, name, content) for name, content in value["new"]]
            act.session.flush()
            found[code] = act.values[code] = [*value["kept"], *(file.id for file in files)]
    return found


def _find_lender(act: Act) -> int | None:
    """Return for whom a deputy acts: the person whose task it is, when it is not the viewer's own."""
    mine = [task.person for task in act.start.open if task.person in act.actor.stands_for]
    own = any(task.person == act.actor.id for task in act.start.open)
    return mine[0] if mine and not own else None


def _make_title(act: Act) -> str:
    """Return what a case is called: its customer, else the first text of its form."""
    if act.filled.customer is not None:
        return act.filled.customer.name
    texts = (act.values.get(code) for code, one in act.design.fields.items() if one.kind.value == "text")
    return next((str(text)[:200] for text in texts if text), "")


def _pin(act: Act, after: State) -> None:
    """Keep the binding facts as they are when a case is sent: approvals rest on them."""
    row = act.row
    if act.start.state == flow.DRAFT and after.state != flow.DRAFT and row.started_at is None:
        row.started_at = clock.now()
    if act.start.step == act.design.flow.first.code and after.state == flow.RUNNING:
        row.pinned = json.dumps(read_pinned(act.design.binding, act.filled.records), ensure_ascii=False)


def take_back(case_id: int) -> Case:
    """Undo the viewer's own last decision in a case. To be committed by the caller."""
    return act(case_id, lambda run, actor: moves.take_back(run, actor, read_log(db.session(), case_id)))


def save(work: Callable[[], Case]) -> Case:
    """Do something in a case and commit it; refusals are raised with nothing saved."""
    with commit.refusals():
        row = work()
        db.session.commit()
    return row


__all__ = ["NOTHING", "Act", "Given", "Move", "act", "find_design", "save", "start", "take_back"]
