"""Moves by which somebody else comes to act: tasks passed on or delegated, signers added and removed, a stuck task given away."""

from __future__ import annotations

from enum import StrEnum

from ...core.base.errors import RuleViolation
from .actors import Actor, find_task, refuse_first, refuse_lent
from .case import NO, REMOVED, RUNNING, YES, Task
from .events import Dropped, Held, Lent, Moved
from .refusals import HAS_SEAT, NOT_ADDED, NOT_LIVING, NOT_OPEN, NOT_OWNER, STARTER_BARRED, TO_ONESELF
from .run import Run, settle
from .seats import Seat


class Place(StrEnum):
    """When an added signer is asked."""

    BEFORE = "before"
    BESIDE = "beside"
    AFTER = "after"


def _check_receiver(run: Run, task: Task, actor: Actor, to: int) -> None:
    if to in (actor.id, task.person):
        raise RuleViolation(TO_ONESELF, "to")
    if not run.staff.is_living(to):
        raise RuleViolation(NOT_LIVING, "to")
    if to == run.case.starter and not run.step.starter_may_approve:
        raise RuleViolation(STARTER_BARRED, "to")
    if any(to in (one.person, one.actor) and (one.is_live or one.verdict in (YES, NO)) for one in run.case.of_visit(run.case.visit)):
        raise RuleViolation(HAS_SEAT, "to")


def transfer(run: Run, actor: Actor, number: int, to: int) -> None:
    """Give one's task to somebody else for good."""
    task = find_task(run, number, actor)
    refuse_first(run)
    refuse_lent(task)
    _check_receiver(run, task, actor, to)
    run.emit(Moved(number, to, actor.id, "transferred"))


def lend(run: Run, actor: Actor, number: int, to: int) -> None:
    """Delegate one's task: the other says an opinion, then it comes back."""
    task = find_task(run, number, actor)
    refuse_first(run)
    refuse_lent(task)
    _check_receiver(run, task, actor, to)
    run.emit(Lent(number, to, actor.id))


def add_signer(run: Run, actor: Actor, number: int, to: int, place: Place) -> None:
    """Ask somebody more: before one decides, beside, or after."""
    task = find_task(run, number, actor)
    refuse_first(run)
    refuse_lent(task)
    _check_receiver(run, task, actor, to)
    added = run.open_task(Seat(person=to), waits_for=(number,) if place is Place.AFTER else (), is_seat=False, adder=actor.id)
    if place is Place.BEFORE:
        run.emit(Held(number, added))


def remove_signer(run: Run, actor: Actor, number: int) -> None:
    """Ask an added signer no more who was not heard yet."""
    task = run.case.find(number)
    if run.case.state != RUNNING or task is None or not task.is_live or task.adder != actor.id:
        raise RuleViolation(NOT_ADDED)
    run.emit(Dropped(number, REMOVED))
    settle(run, actor.id)


def give(run: Run, actor: Actor, number: int, to: int) -> None:
    """Give a task to somebody else as the process owner."""
    task = run.case.find(number)
    if not actor.owns_process:
        raise RuleViolation(NOT_OWNER)
    if run.case.state != RUNNING or task is None or not task.is_live:
        raise RuleViolation(NOT_OPEN)
    if to == task.person or not run.staff.is_living(to):
        raise RuleViolation(NOT_LIVING, "to")
    run.emit(Moved(number, to, actor.id, "given"))
