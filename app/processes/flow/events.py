"""The events that alone change the state of a case: replayed in order, they give the state again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from .case import CLOSED, DRAFT, DROPPED, OPEN, RUNNING, UNDONE, WAITING, Case, Task, get


@dataclass(frozen=True)
class Event:
    """Something that happened. `by` is who did it; None: it followed by itself."""

    kind: ClassVar[str] = ""

    def apply(self, case: Case) -> Case:
        """Return the case after it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Entered(Event):
    """A step was entered."""

    step: str
    kind: ClassVar[str] = "entered"

    def apply(self, case: Case) -> Case:
        return replace(case, step=self.step, visit=len(case.path) + 1, path=(*case.path, self.step), stuck=None)


@dataclass(frozen=True)
class Resumed(Event):
    """The case went straight back to the visit of a step that had returned it; who had signed there need not sign again."""

    visit: int
    kind: ClassVar[str] = "resumed"

    def apply(self, case: Case) -> Case:
        return replace(case, step=case.path[self.visit - 1], visit=self.visit, resume=case.resume[1:], stuck=None)


@dataclass(frozen=True)
class Opened(Event):
    """A task came into being."""

    task: Task
    kind: ClassVar[str] = "opened"

    def apply(self, case: Case) -> Case:
        return replace(case, tasks=(*case.tasks, self.task))


@dataclass(frozen=True)
class Woke(Event):
    """What a task waited for was done."""

    number: int
    kind: ClassVar[str] = "woke"

    def apply(self, case: Case) -> Case:
        return case.having(replace(get(case, self.number), state=OPEN))


@dataclass(frozen=True)
class Held(Event):
    """A task waits until one added before it is done."""

    number: int
    waits_for: int
    kind: ClassVar[str] = "held"

    def apply(self, case: Case) -> Case:
        task = get(case, self.number)
        return case.having(replace(task, state=WAITING, waits_for=(*task.waits_for, self.waits_for)))


@dataclass(frozen=True)
class Claimed(Event):
    """Somebody took a task from the pool of a role."""

    number: int
    by: int
    kind: ClassVar[str] = "claimed"

    def apply(self, case: Case) -> Case:
        return case.having(replace(get(case, self.number), person=self.by, is_claimed=True))


@dataclass(frozen=True)
class Released(Event):
    """Somebody gave a task back to the pool."""

    number: int
    by: int | None
    kind: ClassVar[str] = "released"

    def apply(self, case: Case) -> Case:
        return case.having(replace(get(case, self.number), person=None, is_claimed=False))


@dataclass(frozen=True)
class Moved(Event):
    """A task went to another person: by the one it was with, by the process owner, or since an account was closed."""

    number: int
    to: int
    by: int | None
    why: str
    kind: ClassVar[str] = "moved"

    def apply(self, case: Case) -> Case:
        return case.having(replace(get(case, self.number), person=self.to, is_claimed=True, lender=None))


@dataclass(frozen=True)
class Lent(Event):
    """A task was delegated: it comes back to who did so."""

    number: int
    to: int
    by: int
    kind: ClassVar[str] = "lent"

    def apply(self, case: Case) -> Case:
        task = get(case, self.number)
        return case.having(replace(task, person=self.to, lender=task.person, is_claimed=True))


@dataclass(frozen=True)
class GivenBack(Event):
    """A delegated task came back, with what the delegate said."""

    number: int
    by: int | None
    kind: ClassVar[str] = "given_back"

    def apply(self, case: Case) -> Case:
        task = get(case, self.number)
        return case.having(replace(task, person=task.lender, lender=None))


@dataclass(frozen=True)
class Decided(Event):
    """Somebody said yes or no at a task, or sent the case back from it."""

    number: int
    by: int | None
    verdict: str
    kind: ClassVar[str] = "decided"

    def apply(self, case: Case) -> Case:
        done = replace(get(case, self.number), state=CLOSED, verdict=self.verdict, actor=self.by)
        return replace(case.having(done), state=RUNNING if case.state == DRAFT else case.state)


@dataclass(frozen=True)
class Dropped(Event):
    """Nothing is expected of a task any more."""

    number: int
    why: str
    kind: ClassVar[str] = "dropped"

    def apply(self, case: Case) -> Case:
        return case.having(replace(get(case, self.number), state=DROPPED, dropped=self.why))


@dataclass(frozen=True)
class Passed(Event):
    """A step was passed by itself, and why: nobody was there, or the same person had approved before."""

    step: str
    why: str
    kind: ClassVar[str] = "passed"

    def apply(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class SentBack(Event):
    """The case was sent back to an earlier step; `straight`: it comes straight back after the correction."""

    to: str
    straight: bool
    by: int | None
    kind: ClassVar[str] = "sent_back"

    def apply(self, case: Case) -> Case:
        after = case.round + 1
        if self.straight:
            return replace(case, round=after, resume=(case.visit, *case.resume))
        return replace(case, round=after, since=after, resume=())


@dataclass(frozen=True)
class Withdrawn(Event):
    """The starter took the case back to a draft."""

    by: int
    kind: ClassVar[str] = "withdrawn"

    def apply(self, case: Case) -> Case:
        after = case.round + 1
        return replace(case, state=DRAFT, round=after, since=after, resume=())


@dataclass(frozen=True)
class Stuck(Event):
    """Nobody at all can do the present step; the words say why."""

    why: str
    kind: ClassVar[str] = "stuck"

    def apply(self, case: Case) -> Case:
        return replace(case, stuck=self.why)


@dataclass(frozen=True)
class Ended(Event):
    """The case ended."""

    state: str
    by: int | None
    kind: ClassVar[str] = "ended"

    def apply(self, case: Case) -> Case:
        return replace(case, state=self.state, stuck=None)


@dataclass(frozen=True)
class TakenBack(Event):
    """The last decision was taken back: the case stands as it stood after the first `length` events of its log."""

    length: int
    by: int
    kind: ClassVar[str] = "taken_back"

    def apply(self, case: Case) -> Case:
        raise NotImplementedError("needs the log: replay, take_back")


def restore(then: Case, now: Case) -> Case:
    """Return the case as it stood then; what came into being since is dropped, so that no number is given twice."""
    later = tuple(replace(task, state=DROPPED, dropped=UNDONE) if task.is_live else task for task in now.tasks[len(then.tasks) :])
    return replace(then, tasks=(*then.tasks, *later))


def replay(starter: int, log: Iterable[Event]) -> Case:
    """Return the state that a log tells."""
    states = [Case(starter)]
    for event in log:
        if isinstance(event, TakenBack):
            states.append(restore(states[event.length], states[-1]))
        else:
            states.append(event.apply(states[-1]))
    return states[-1]
