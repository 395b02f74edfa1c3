"""What people may do in a case. Each move checks, then lets happen what follows; a refusal is a sentence and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.base.errors import RuleViolation
from .actors import Actor, can_claim, find_task, is_theirs, refuse_lent
from .case import BACK, CANCELLED, CLOSED, DRAFT, NO, OPEN, RETURNED, RUNNING, YES, Case
from .definition import Flow, MayReturn, Quorum, Resume
from .events import (
    Claimed,
    Decided,
    Event,
    GivenBack,
    Held,
    Lent,
    Opened,
    Released,
    SentBack,
    TakenBack,
    Withdrawn,
    replay,
    restore,
)
from .refusals import (
    IS_CLAIMED,
    NO_RETURN,
    NOBODY_TO_REMIND,
    NOT_DRAFT,
    NOT_MANAGER,
    NOT_OPEN,
    NOT_POOL,
    NOT_RUNNING,
    NOT_STARTER,
    NOT_STARTER_REMINDS,
    NOT_YOURS,
    STILL_DRAFT,
    TOO_LATE,
    TOO_LATE_TO_WITHDRAW,
)
from .remarks import Commented, Reminded
from .run import Run, enter_again, replace_the_gone, settle


def claim(run: Run, actor: Actor, number: int) -> None:
    """Take a task from the pool of one's role."""
    task = run.case.find(number)
    if run.case.state != RUNNING or task is None or task.state != OPEN:
        raise RuleViolation(NOT_OPEN)
    if task.person is not None and not is_theirs(task, actor):
        raise RuleViolation(IS_CLAIMED)
    if not can_claim(run.flow, run.case, task, actor):
        raise RuleViolation(NOT_YOURS)
    run.emit(Claimed(number, actor.id))


def release(run: Run, actor: Actor, number: int) -> None:
    """Give a claimed task back to the pool."""
    task = find_task(run, number, actor)
    if task.role is None or task.lender is not None or run.step.quorum not in (Quorum.ONE, Quorum.EACH_ROLE) or not task.is_seat:
        raise RuleViolation(NOT_POOL)
    run.emit(Released(number, actor.id))


def approve(run: Run, actor: Actor, number: int) -> None:
    """Say yes; in the first step, send. What was delegated goes back to its lender with the opinion."""
    task = find_task(run, number, actor)
    if task.lender is not None:
        run.emit(GivenBack(number, actor.id))
        replace_the_gone(run)
        return
    run.emit(Decided(number, actor.id, YES))
    settle(run, actor.id)


def refuse(run: Run, actor: Actor, number: int) -> None:
    """Say no: it ends the case, or counts against the number needed. In the first step the starter gives the case up."""
    task = find_task(run, number, actor)
    _refuse_draft(run)
    refuse_lent(task)
    run.emit(Decided(number, actor.id, NO))
    if run.step is run.flow.first:
        run.end(CANCELLED, actor.id)
    else:
        settle(run, actor.id)


def _refuse_draft(run: Run) -> None:
    if run.case.state == DRAFT:
        raise RuleViolation(STILL_DRAFT)


def list_earlier(case: Case) -> list[str]:
    """Return the steps before the present one in which somebody decided, the latest first, each once."""
    decided = {task.step for task in case.tasks if task.state == CLOSED and task.verdict == YES}
    before = reversed(case.path[: case.visit - 1])
    return [step for step in dict.fromkeys(before) if step in decided and step != case.step]


def list_targets(flow: Flow, case: Case) -> list[str]:
    """Return where the present step may send the case back to."""
    earlier, first = list_earlier(case), flow.first.code
    if case.state != RUNNING or case.step == first:
        return []
    match flow.get(case.step).may_return:
        case MayReturn.NEVER:
            return []
        case MayReturn.PREVIOUS:
            return earlier[:1]
        case MayReturn.START:
            return [first] if first in earlier else []
        case MayReturn.ANY:
            return earlier


def send_back(run: Run, actor: Actor, number: int, to: str) -> None:
    """Send the case back to an earlier step for correction."""
    task = find_task(run, number, actor)
    refuse_lent(task)
    if to not in list_targets(run.flow, run.case):
        raise RuleViolation(NO_RETURN, "to")
    straight = run.step.resume is Resume.STRAIGHT
    run.emit(Decided(number, actor.id, BACK))
    run.drop_live(RETURNED)
    run.emit(SentBack(to, straight, actor.id))
    enter_again(run, to)


def recall(run: Run, to: str) -> None:
    """Send a running case back by itself, since what was approved at a step changed meanwhile."""
    if run.case.state != RUNNING:
        raise RuleViolation(NOT_RUNNING)
    straight = to != run.case.step
    run.drop_live(RETURNED)
    run.emit(SentBack(to, straight, None))
    enter_again(run, to)


def withdraw(run: Run, actor: Actor) -> None:
    """Take one's case back to a draft, while nobody else acted."""
    case = run.case
    if actor.id != case.starter:
        raise RuleViolation(NOT_STARTER)
    if case.state != RUNNING:
        raise RuleViolation(NOT_RUNNING)
    if any(task.actor not in (None, case.starter) or (task.role is not None and task.is_live and task.is_claimed) for task in case.tasks):
        raise RuleViolation(TOO_LATE_TO_WITHDRAW)
    run.drop_live(RETURNED)
    run.emit(Withdrawn(actor.id))
    enter_again(run, run.flow.first.code)


# What shows that the next one has begun.
_BEGUN = (Claimed, Released, Lent, Held, GivenBack)


def find_taken_back(log: Sequence[Event], actor: Actor) -> int | None:
    """Return the place in the log of this person's decision if it was the last thing anybody did, else None."""
    place = next((at for at in range(len(log) - 1, -1, -1) if isinstance(log[at], Decided)), None)
    if place is None or getattr(log[place], "by", None) != actor.id:
        return None
    for event in log[place + 1 :]:
        if isinstance(event, Commented | Reminded):
            continue
        if getattr(event, "by", None) not in (None, actor.id) or isinstance(event, (*_BEGUN, TakenBack, Withdrawn)):
            return None
        if isinstance(event, Opened) and event.task.adder == actor.id and event.task.is_seat is False:
            return None
    return place


def take_back(run: Run, actor: Actor, log: Sequence[Event]) -> None:
    """Undo one's decision, while the next one has neither claimed nor acted. `log`: all that happened in the case."""
    place = find_taken_back(log, actor)
    if run.case.state != RUNNING or place is None:
        raise RuleViolation(TOO_LATE)
    run.events.append(TakenBack(place, actor.id))
    run.case = restore(replay(run.case.starter, log[:place]), run.case)
    replace_the_gone(run)


def cancel(run: Run, actor: Actor) -> None:
    """End a running case as a manager."""
    if not actor.may_cancel:
        raise RuleViolation(NOT_MANAGER)
    if run.case.state != RUNNING:
        raise RuleViolation(NOT_RUNNING)
    run.end(CANCELLED, actor.id)


def drop(run: Run, actor: Actor) -> None:
    """Give up a draft that was not sent."""
    if actor.id != run.case.starter:
        raise RuleViolation(NOT_STARTER)
    if run.case.state != DRAFT:
        raise RuleViolation(NOT_DRAFT)
    run.end(CANCELLED, actor.id)


def comment(run: Run, actor: Actor) -> None:
    """Say something about the case; whoever sees it may."""
    run.emit(Commented(actor.id))


def remind(run: Run, actor: Actor) -> None:
    """Call on those who must act, as the starter, a manager or the process owner."""
    if not (actor.id == run.case.starter or actor.may_cancel or actor.owns_process):
        raise RuleViolation(NOT_STARTER_REMINDS)
    if run.case.state != RUNNING:
        raise RuleViolation(NOT_RUNNING)
    if not any(task.person not in (None, actor.id) for task in run.case.open):
        raise RuleViolation(NOBODY_TO_REMIND)
    run.emit(Reminded(actor.id))
