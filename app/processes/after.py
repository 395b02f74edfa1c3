"""What follows from an action: due times, copies, notices, and the effect of a case that ends well. In the action's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..core.access.viewer import acting_as, elevated
from ..core.base import clock
from ..core.base.errors import RuleViolation
from ..core.base.offers import EFFECTS
from ..notices.queries import notify
from ..staff.queries import add_working_hours, count_working_hours, read_calendar
from . import rules
from .flow import case as flow
from .flow.definition import END
from .flow.events import Decided, Ended, Entered, GivenBack, Lent, Moved, Opened, SentBack, Woke
from .flow.remarks import Reminded
from .flow.run import Run
from .models import CaseCopy, CaseEvent
from .people import DeskStaff
from .reading import Copy

if TYPE_CHECKING:
    from .doing import Act

_effecting: ContextVar[bool] = ContextVar("effect_of_a_case", default=False)


def is_effecting() -> bool:
    """Tell whether a case that ends brings its effect about: then a reserved move is not refused."""
    return _effecting.get()


def follow(act: Act, run: Run) -> None:
    """Do what follows from the events of a run. Raises RuleViolation when the effect of the end is refused: then nothing happened."""
    with elevated("process"):
        _set_due(act)
        _remind(act, run)
        told = _tell(act, run)
        _send_copies(act, run, told)
        act.session.flush()
    if run.case.state == flow.DONE and act.design.effect:
        _bring_about(act, run)


def _set_due(act: Act) -> None:
    """Say until when the tasks that are open now are to be done, and how long those took that are closed: in working time."""
    for task in act.tasks:
        if task.state == flow.CLOSED and task.worked is None and task.closed_at is not None:
            task.worked = round(count_working_hours(read_calendar(act.session), task.opened_at, task.closed_at) * 60)
        hours = act.design.flow.get(task.step).hours
        if task.state == flow.OPEN and task.due_at is None and hours is not None:
            task.due_at = add_working_hours(read_calendar(act.session), clock.now(), hours)


def _remind(act: Act, run: Run) -> None:
    """Call on those who must act, at most once a day for a case."""
    if not any(isinstance(event, Reminded) for event in run.events):
        return
    since = clock.from_local(datetime.combine(clock.today(), time()))
    today = select(CaseEvent.id).where(CaseEvent.case_id == act.row.id, CaseEvent.kind == Reminded.kind, CaseEvent.at >= since)
    if len(act.session.scalars(today.limit(2)).all()) > 1:  # the one of this action is written already
        raise RuleViolation(rules.REMINDED_TODAY)
    for person in dict.fromkeys(task.person for task in run.case.open if task.person is not None):
        notify(act.session, person, "case_reminded", act.row)


def _tell(act: Act, run: Run) -> set[int]:
    """Tell those who must act now, and the starter of what became of the case; return who was told. A pool is a count, and told nothing."""
    starter, told = act.row.owner_id, set[int]()
    sent_back = any(isinstance(event, SentBack) for event in run.events)
    for event in run.events:
        if isinstance(event, Ended):
            notify(act.session, starter, f"case_{event.state}", act.row)
            told |= {starter} if starter is not None else set()
        elif isinstance(event, Opened | Woke | Moved | Lent | GivenBack):
            number = event.task.number if isinstance(event, Opened) else event.number
            task = run.case.find(number)
            if task is None or task.state != flow.OPEN or task.person is None or task.person in told:
                continue
            is_return = sent_back and task.person == starter
            notify(act.session, task.person, "case_returned" if is_return else "case_task", act.row)
            told.add(task.person)
    return told


def list_left(run: Run) -> Iterator[str]:
    """Yield the steps that were done in a run, and END where the case ended well."""
    decided = {task.step for event in run.events if isinstance(event, Decided) and (task := run.case.find(event.number)) is not None}
    goes_on = any(isinstance(event, Entered) for event in run.events) and not any(isinstance(event, SentBack) for event in run.events)
    if goes_on or run.case.state == flow.DONE:
        yield from decided
    if run.case.state == flow.DONE:
        yield END


def _send_copies(act: Act, run: Run, told: set[int]) -> None:
    left = set(list_left(run))
    people = {person: copy.step for copy in act.design.copies if copy.step in left for person in _find_people(act, copy)}
    known = set(act.session.scalars(select(CaseCopy.person_id).where(CaseCopy.case_id == act.row.id)))
    for person, step in people.items():
        if person in known:
            continue
        act.session.add(CaseCopy(case_id=act.row.id, person_id=person, step=step))
        if person not in told:
            act.session.flush()
            notify(act.session, person, "case_copied", act.row)


def _find_people(act: Act, copy: Copy) -> list[int]:
    staff, starter = DeskStaff(act.session), act.row.owner_id
    found: list[int | None]
    if copy.who == "role":
        found = list(staff.holders_of(copy.role_id or 0))
    elif copy.who == "person":
        found = [copy.person_id]
    else:
        found = [starter if copy.who == "starter" or starter is None else staff.manager_of(starter)]
    return [person for person in found if person is not None and staff.is_living(person)]


@contextmanager
def _bringing_about() -> Iterator[None]:
    token = _effecting.set(True)
    try:
        yield
    finally:
        _effecting.reset(token)


def _bring_about(act: Act, run: Run) -> None:
    """Bring the effect of the end about, in the name and with the rights of whom the version names."""
    effect = EFFECTS.find(act.design.effect)
    record = act.filled.records.get(effect.of) if effect is not None else None
    if effect is None or record is None:
        raise RuleViolation(rules.NO_RECORD)
    by_approver = act.design.effect_by == "approver"
    approvers = [task.actor for task in run.case.tasks if task.verdict == flow.YES and task.actor is not None]
    who = approvers[-1] if by_approver and approvers else act.design.flow.owner
    with acting_as(who, source="process"), _bringing_about():
        effect.apply(record, act.values)
        act.session.flush()
