"""What time brings about: reminders and what else happens to tasks that are overdue, each once, whatever the number of processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.access.viewer import as_system
from ..core.base import clock
from ..core.writes import commit
from ..extensions import db
from ..notices.queries import notify
from .doing import work_on
from .flow import case as flow
from .flow.actors import Actor
from .flow.definition import Overdue
from .flow.events import Moved
from .flow.run import Run
from .models import Case, CaseTask
from .people import DeskStaff
from .reading import read_design

BATCH = 200  # tasks of one run; the next minute takes up the others


def tick() -> int:
    """Do what is due for overdue tasks; return for how many. Two processes at once divide the work: a row is taken by one of them."""
    now, done = clock.now(), 0
    with as_system("tick"):
        due = db.session.scalars(
            select(CaseTask.id)
            .where(CaseTask.state == flow.OPEN, CaseTask.due_at < now, CaseTask.overdue_at.is_(None))
            .order_by(CaseTask.due_at, CaseTask.id)
            .limit(BATCH)
        ).all()
        db.session.rollback()
        for task_id in due:
            with commit.refusals():
                done += _call(db.session(), task_id, now)
                db.session.commit()
    return done


def _call(session: Session, task_id: int, now: datetime) -> bool:
    """Do what a step says of an overdue task, once: the row that is locked says whether it was done."""
    locked = select(CaseTask).where(CaseTask.id == task_id).with_for_update(skip_locked=True)
    task = session.scalars(locked, execution_options={"populate_existing": True}).one_or_none()
    if task is None or task.overdue_at is not None or task.state != flow.OPEN:
        return False
    task.overdue_at = now
    row = session.scalars(select(Case).where(Case.id == task.case_id)).one()
    step = read_design(row.version_id).flow.get(task.step)
    session.flush()
    staff, person = DeskStaff(session), task.person_id
    manager = staff.manager_of(person) if person is not None else staff.manager_of(row.owner_id) if row.owner_id is not None else None
    notify(session, person, "case_overdue", row)
    if step.overdue is not Overdue.REMIND and manager is not None:
        notify(session, manager, "case_overdue", row)
    if step.overdue is Overdue.GIVE_TO_MANAGER and manager is not None and manager != person:
        number = task.number

        def move(run: Run, _actor: Actor) -> None:
            found = run.case.find(number)
            if found is not None and found.state == flow.OPEN and found.person != manager:
                run.emit(Moved(number, manager, None, "overdue"))

        work_on(session, row.id, move)
    return True
