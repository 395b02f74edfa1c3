"""The state of a case: where it stands, and its tasks. Only events change it (`events`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

DRAFT, RUNNING, DONE, REFUSED, CANCELLED = "draft", "running", "done", "refused", "cancelled"
OPEN, WAITING, CLOSED, DROPPED = "open", "waiting", "closed", "dropped"  # states of a task
YES, NO, BACK, PASSED = "yes", "no", "back", "passed"  # what was said at a task; passed: by itself, since nobody was there

# Why a task was dropped.
NOT_NEEDED, RETURNED, ENDED, UNDONE, REMOVED, GONE = "not_needed", "returned", "ended", "undone", "removed", "gone"


@dataclass(frozen=True)
class Task:
    """What one person, or one of a role's pool, has to do at a step.

    `visit` tells which entering of the step it belongs to; `round` grows with each return. `is_seat`: it counts towards the
    number that the step needs; an added signer does not, yet must be heard. `waits_for`: tasks to be closed before it opens.
    `lender`: who delegated it and gets it back. `adder`: who added this signer.
    """

    number: int
    step: str
    visit: int
    round: int
    person: int | None = None
    role: int | None = None
    state: str = OPEN
    is_seat: bool = True
    waits_for: tuple[int, ...] = ()
    is_claimed: bool = False
    lender: int | None = None
    adder: int | None = None
    verdict: str | None = None
    actor: int | None = None
    dropped: str | None = None

    @property
    def is_live(self) -> bool:
        """Tell whether something is still expected of it."""
        return self.state in (OPEN, WAITING)


@dataclass(frozen=True)
class Case:
    """Where a case stands. `path`: the steps entered, in order. `resume`: the visits to go straight back to after corrections, last first.

    `since`: the round in which all began anew; signatures of earlier rounds do not count any more.
    """

    starter: int
    state: str = DRAFT
    step: str = ""
    visit: int = 0
    round: int = 1
    since: int = 1
    path: tuple[str, ...] = ()
    resume: tuple[int, ...] = ()
    tasks: tuple[Task, ...] = ()
    stuck: str | None = None

    def find(self, number: int) -> Task | None:
        """Return a task by its number, or None."""
        return next((task for task in self.tasks if task.number == number), None)

    @property
    def live(self) -> tuple[Task, ...]:
        """Return the tasks of which something is expected."""
        return tuple(task for task in self.tasks if task.is_live)

    @property
    def open(self) -> tuple[Task, ...]:
        """Return the tasks somebody can do now."""
        return tuple(task for task in self.tasks if task.state == OPEN)

    def of_visit(self, visit: int) -> tuple[Task, ...]:
        """Return the tasks of one entering of a step; those that were taken back never were."""
        return tuple(task for task in self.tasks if task.visit == visit and task.dropped != UNDONE)

    def having(self, *changed: Task) -> Case:
        """Return the case with these tasks in place of those of the same numbers."""
        by_number = {task.number: task for task in changed}
        return replace(self, tasks=tuple(by_number.get(task.number, task) for task in self.tasks))


def get(case: Case, number: int) -> Task:
    """Return a task that is known to be there."""
    return next(task for task in case.tasks if task.number == number)
