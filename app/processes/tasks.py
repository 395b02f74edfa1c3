"""One's tasks: what waits for the viewer, the pools of their roles, copies, what they did and what they started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from ..core.access.directory import name_of_person
from ..core.access.viewer import Viewer, elevated
from ..core.base import clock
from ..core.base.days import Told, tell_age, tell_due_time
from ..core.base.i18n import Words
from ..core.lists.query import match_words
from ..extensions import db
from ..staff.queries import list_stood_for
from .designs import Process
from .flow import case as flow
from .flow.definition import Who
from .models import Case, CaseCopy, CaseTask
from .people import list_roles
from .reading import read_design

PAGE = 50
MINE, POOL, COPIES, DONE, STARTED = "mine", "pool", "copies", "done", "started"
TABS: dict[str, Words] = {
    MINE: _l("Mine"), POOL: _l("My roles'"), COPIES: _l("Copies"), DONE: _l("Done by me"), STARTED: _l("Started by me"),
}  # fmt: skip


@dataclass(frozen=True)
class TaskLine:
    """A line of the inbox: which case, what is to be done, since when and until when. `task`: its number, where it can be acted upon."""

    case_id: int
    number: str
    title: str
    process: str
    step: str
    starter: str
    when: Told | None
    since: Told | None
    lead: str = ""
    task: int = 0
    may_claim: bool = False
    in_bulk: bool = False
    state: str = ""


@dataclass(frozen=True)
class Inbox:
    """One page of the inbox, and the key of the next one; `older` None: these are the last."""

    lines: Sequence[TaskLine]
    older: int | None


def in_pools(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the open tasks that lie in the pools of the viewer's roles."""
    roles = sorted(list_roles(viewer))
    return and_(CaseTask.role_id.in_(roles), CaseTask.state == flow.OPEN, CaseTask.person_id.is_(None)) if roles else false()


def with_me(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the open tasks that are the viewer's, or of somebody absent whose deputy they are."""
    assert viewer.id is not None
    people = sorted({viewer.id, *list_stood_for(db.session(), viewer.id, clock.today())})
    return and_(CaseTask.person_id.in_(people), CaseTask.state == flow.OPEN)


def read_inbox(viewer: Viewer, tab: str, text: str, before: int | None) -> Inbox:
    """Return a page of one of the tabs, narrowed to the words of `text`; newest first, those with a due time before the others."""
    found = _read_cases(viewer, tab, text, before) if tab in (COPIES, STARTED) else _read_tasks(viewer, tab, text, before)
    return Inbox(found[:PAGE], _key_of(found[PAGE - 1]) if len(found) > PAGE else None)


def _key_of(line: TaskLine) -> int:
    return line.case_id


def _narrow(statement: Select, text: str, before: int | None) -> Select:
    if before is not None:
        statement = statement.where(Case.id < before)
    return statement.where(*match_words(Case.search_text, text)) if text.strip() else statement


def _read_tasks(viewer: Viewer, tab: str, text: str, before: int | None) -> list[TaskLine]:
    """Return the lines of tasks. Tasks are reached by whose they are, whatever the roles say of cases."""
    where = {MINE: with_me, POOL: in_pools}.get(tab, lambda one: and_(CaseTask.actor_id == one.id, CaseTask.state == flow.CLOSED))(viewer)
    statement = select(CaseTask, Case, Process).join(Case, Case.id == CaseTask.case_id).join(Process, Process.id == Case.process_id)
    statement = _narrow(statement.where(where), text, before).order_by(Case.id.desc(), CaseTask.number.desc()).limit(PAGE + 1)
    with elevated():
        rows = db.session.execute(statement).all()
    return [_make_line(viewer, case, process, task, tab) for task, case, process in rows]


def _make_line(viewer: Viewer, case: Case, process: Process, task: CaseTask, tab: str) -> TaskLine:
    design = read_design(case.version_id, viewer.version)
    step = design.flow.get(task.step)
    absent = task.person_id if tab == MINE and task.person_id != viewer.id else None
    lead = _("for %(name)s", name=name_of_person(absent)) if absent is not None else ""
    if task.lender_id is not None and tab == MINE:
        lead = _("your opinion, for %(name)s", name=name_of_person(task.lender_id))
    may_claim = tab == POOL and (step.starter_may_approve or case.owner_id != viewer.id)
    return TaskLine(
        case.id, case.number, case.title, process.label, design.call(task.step), name_of_person(case.owner_id),
        tell_due_time(task.due_at, clock.now()) if task.due_at is not None and tab in (MINE, POOL) else None,
        _tell(task.closed_at if tab == DONE else task.opened_at), lead, task.number, may_claim,
        step.in_bulk and tab == MINE and step.who is not Who.STARTER, case.state,
    )  # fmt: skip


def _tell(at: datetime | None) -> Told | None:
    return tell_age(at) if at is not None else None


def _read_cases(viewer: Viewer, tab: str, text: str, before: int | None) -> list[TaskLine]:
    mine = Case.owner_id == viewer.id if tab == STARTED else Case.id.in_(select(CaseCopy.case_id).where(CaseCopy.person_id == viewer.id))
    statement = select(Case, Process).join(Process, Process.id == Case.process_id).where(or_(mine))
    with elevated():
        rows = db.session.execute(_narrow(statement, text, before).order_by(Case.id.desc()).limit(PAGE + 1)).all()
    return [
        TaskLine(
            case.id, case.number, case.title, process.label, read_design(case.version_id, viewer.version).call(case.step),
            name_of_person(case.owner_id), None, _tell(case.started_at or case.created_at), state=case.state,
        )
        for case, process in rows
    ]  # fmt: skip


def count_pool(viewer: Viewer) -> int:
    """Return how many open tasks lie in the pools of the viewer's roles."""
    statement = select(CaseTask.id).where(in_pools(viewer)).limit(1000)
    return len(db.session.scalars(statement).all())
