"""A company for the engine alone, and short ways to write flows and play cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.processes.flow import moves
from app.processes.flow.actors import Actor
from app.processes.flow.case import Case, Task
from app.processes.flow.conditions import Values
from app.processes.flow.definition import Flow, Quorum, Step, Who
from app.processes.flow.events import Event, replay
from app.processes.flow.run import Run, begin

SELLER, BOSS, CHIEF, RACKER, OTHER, OWNER, CLERK = 1, 2, 3, 4, 5, 6, 7
SALES, OPS, FINANCE, LAW, NOBODYS = 10, 20, 30, 40, 99


@dataclass
class Company:
    """People, their roles and managers; accounts can be closed."""

    roles: dict[int, tuple[int, ...]] = field(
        default_factory=lambda: {SALES: (SELLER,), OPS: (RACKER, OTHER), FINANCE: (CLERK,), LAW: (CHIEF,), NOBODYS: ()}
    )
    managers: dict[int, int] = field(default_factory=lambda: {SELLER: BOSS, BOSS: CHIEF})
    closed: set[int] = field(default_factory=set)

    def holders_of(self, role: int) -> tuple[int, ...]:
        """Return who holds a role and is living."""
        return tuple(one for one in self.roles.get(role, ()) if one not in self.closed)

    def manager_of(self, person: int) -> int | None:
        """Return the manager."""
        return self.managers.get(person)

    def manager_above(self, person: int) -> int | None:
        """Return the manager's manager."""
        return self.managers.get(self.managers.get(person, 0))

    def is_living(self, person: int) -> bool:
        """Tell whether the account is open."""
        return person not in self.closed

    def actor(self, person: int, **more: object) -> Actor:
        """Return somebody who acts."""
        return Actor(person, frozenset(role for role, people in self.roles.items() if person in people), **more)  # type: ignore[arg-type]


class Play:
    """One case that is played through; every event is kept, and after each move the log must tell the state."""

    def __init__(self, flow: Flow, company: Company | None = None, values: Values | None = None, starter: int = SELLER) -> None:
        self.flow, self.company, self.values = flow, company or Company(), dict(values or {})
        run = begin(flow, starter, self.company)
        self.case, self.log = run.case, list(run.events)
        self.chosen: tuple[int, ...] = ()

    def do(
        self, move: Callable[..., None], person: int, *args: object, actor: Mapping[str, object] | None = None, **kwargs: object
    ) -> list[Event]:
        """Make a move, or let its refusal through unchanged."""
        run = Run(self.flow, self.case, self.company, self.values, self.chosen)
        move(run, self.company.actor(person, **(actor or {})), *args)
        return self.take(run)

    def take(self, run: Run) -> list[Event]:
        """Keep what a run did."""
        self.case = run.case
        self.log += run.events
        assert replay(self.case.starter, self.log) == self.case
        return run.events

    def task_of(self, person: int) -> Task:
        """Return the one open task of a person."""
        (task,) = [task for task in self.case.open if task.person == person]
        return task

    def pool_task(self) -> Task:
        """Return the open task that lies in a pool."""
        (task,) = [task for task in self.case.open if task.person is None]
        return task

    def send(self) -> None:
        """Send as the starter."""
        self.do(moves.approve, self.case.starter, self.task_of(self.case.starter).number)

    def say(self, move: Callable[..., None], person: int, *args: object) -> None:
        """Make a move at the person's own open task."""
        self.do(move, person, self.task_of(person).number, *args)


def sign_off(**about: object) -> Step:
    """Return a step that three roles sign."""
    return Step("sign", Who.ROLE, (OPS, FINANCE, LAW), quorum=Quorum.EACH_ROLE, **about)  # type: ignore[arg-type]


def stands(case: Case) -> tuple[str, str]:
    """Return a case's state and step."""
    return case.state, case.step
