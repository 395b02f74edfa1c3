"""Who acts, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.base.errors import RuleViolation
from .case import DRAFT, OPEN, RUNNING, Case, Task
from .definition import Flow, Step
from .refusals import FIRST_STEP, IS_CLAIMED, IS_LENT, NOT_OPEN, NOT_RUNNING, NOT_YOURS, STARTER_BARRED
from .run import Run


@dataclass(frozen=True)
class Actor:
    """Who acts. `stands_for`: those who are absent and whose deputy they are."""

    id: int
    roles: frozenset[int] = frozenset()
    stands_for: frozenset[int] = frozenset()
    may_cancel: bool = False
    owns_process: bool = False


def is_theirs(task: Task, actor: Actor) -> bool:
    """Tell whether a task is with this person, or with somebody they stand in for."""
    return task.person is not None and (task.person == actor.id or task.person in actor.stands_for)


def can_claim(flow: Flow, case: Case, task: Task, actor: Actor) -> bool:
    """Tell whether a task lies in a pool of this person's."""
    if task.state != OPEN or task.person is not None or task.role not in actor.roles:
        return False
    return flow.get(task.step).starter_may_approve or actor.id != case.starter


def find_task(run: Run, number: int, actor: Actor) -> Task:
    """Return an open task of the present step that is theirs; refuse any other."""
    task = run.case.find(number)
    if run.case.state not in (DRAFT, RUNNING):
        raise RuleViolation(NOT_RUNNING)
    if task is None or task.state != OPEN:
        raise RuleViolation(NOT_OPEN)
    if not is_theirs(task, actor):
        raise RuleViolation(NOT_YOURS if task.person is None or task.role is None else IS_CLAIMED)
    if actor.id == run.case.starter and not _may_starter_decide(run.step, task):
        raise RuleViolation(STARTER_BARRED)
    return task


def _may_starter_decide(step: Step, task: Task) -> bool:
    return step.starter_may_approve or task.lender is not None


def refuse_lent(task: Task) -> None:
    """Refuse what only the lender of a delegated task may do."""
    if task.lender is not None:
        raise RuleViolation(IS_LENT)


def refuse_first(run: Run) -> None:
    """Refuse what nobody may do at the step of the starter."""
    if run.step is run.flow.first:
        raise RuleViolation(FIRST_STEP)
