"""What the parts of the demo company share: its chance, its day, its lists, and who was written so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.base import clock
from ..core.writes.option_sets import Choice
from ..customers.models import Status
from ..staff.models import Staff
from ..tickets.models import Priority

BATCH = 200  # rows a flush: few enough to stay small in memory, enough to share its cost


@dataclass(frozen=True)
class Client:
    """A customer as the later parts need it."""

    id: int
    stage: str
    owner: str
    since: date
    contacts: tuple[int, ...] = ()


@dataclass
class Plan:
    """Chance and facts; the same seed and day give the same company."""

    random: Random
    now: datetime
    today: date
    staff_ids: dict[str, int]
    choices: dict[tuple[str, str], int]
    statuses: list[tuple[int, str]]
    priorities: list[int]
    clients: list[Client] = field(default_factory=list)
    cover: dict[int, int] = field(default_factory=dict)  # customer -> its contract in force

    @classmethod
    def make(cls, session: Session, random: Random, people: dict[str, Staff]) -> Plan:
        """Read the seeded lists and begin."""
        return cls(
            random=random, now=clock.now(), today=clock.today(), staff_ids={name: person.id for name, person in people.items()},
            choices={(row.list_code, row.code): row.id for row in session.scalars(select(Choice))},
            statuses=[(row.id, row.stage) for row in session.scalars(select(Status).order_by(Status.position, Status.id))],
            priorities=list(session.scalars(select(Priority.id).order_by(Priority.position))),
        )  # fmt: skip

    def choice(self, list_code: str, code: str) -> int | None:
        """Return the id of a list's entry."""
        return self.choices.get((list_code, code))

    def instant(self, earliest: date, latest: date) -> datetime:
        """Return an instant in UTC within the office hours of a weekday between the days; never in the future."""
        span = max((latest - earliest).days, 0)
        day = earliest + timedelta(days=self.random.randint(0, span))
        wall = datetime.combine(day, time(self.random.randint(9, 17), self.random.randrange(0, 60, 5)))
        while wall.weekday() > 4 or clock.from_local(wall) > self.now:
            wall -= timedelta(days=1)
        return clock.from_local(wall)

    def day_before(self, fewest: int, most: int) -> date:
        """Return a day that lies between so many days before today."""
        return self.today - timedelta(days=self.random.randint(fewest, most))
