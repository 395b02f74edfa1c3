"""What an installation should look at after an upgrade: changes over REST that may have crossed between people."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Select, select

from ..core.writes.history import HistoryEntry

NEAR = timedelta(seconds=1)  # how far apart two requests that mixed were saved, at most
BATCH = 1_000


@dataclass(frozen=True)
class Line:
    """One change over REST, as the history has it."""

    id: int
    at: datetime
    actor_id: int | None
    model: str
    row_id: int
    field: str
    new: str


@dataclass(frozen=True)
class Crossing:
    """Two changes of different people, in different records, within a second, to the same value."""

    one: Line
    other: Line

    def __str__(self) -> str:
        one, other = self.one, self.other
        return (
            f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {one.model}.{one.field}: record {one.row_id} by person {one.actor_id} and record "
            f"{other.row_id} by person {other.actor_id} got the same value (history lines {one.id} and {other.id})"
        )


def find_crossings(connection: Connection) -> Iterator[Crossing]:
    """Yield what may have crossed, oldest first, a thousand lines in memory at a time.

    Before 2026-11-27 two people who changed records over REST at the same moment could write into each other's, on
    PostgreSQL: then the same value stands in both, and the history names the wrong person for one. Equal values by chance
    (a date, a status) are listed too: values cannot tell them apart, a look at the records can.
    """
    table = HistoryEntry.__table__
    columns = [table.c[name] for name in Line.__annotations__]
    statement = select(*columns).where(table.c.way == "api", table.c.kind == "edit", table.c.field != "", table.c.new.is_not(None))
    near: deque[Line] = deque()
    for row in _stream(connection, statement.order_by(table.c.at, table.c.id)):
        line = Line(*row)
        while near and line.at - near[0].at > NEAR:
            near.popleft()
        for other in near:
            is_same_value = (other.model, other.field, other.new) == (line.model, line.field, line.new)
            if is_same_value and other.row_id != line.row_id and other.actor_id != line.actor_id:
                yield Crossing(other, line)
        near.append(line)


def _stream(connection: Connection, statement: Select) -> Iterator[Row]:
    yield from connection.execution_options(yield_per=BATCH).execute(statement)
