"""Hold what the people of the mixed load were told against what stands in the database, read directly."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mixed_person import TOKEN, Write
from sqlalchemy import Engine, text

# table -> (model in the history, the fields that people write, who made a row, other columns that repeat a text)
TABLES = {
    "customer": ("Customer", ("name", "address", "remark", "status_reason"), "created_by_id", ("sort_name", "search_text")),
    "activity": ("Activity", ("text", "result"), "author_id", ("withdrawn_reason",)),
    "contract": ("Contract", ("title", "remark", "status_reason"), "created_by_id", ("search_text",)),
    "ticket": ("Ticket", ("subject", "description", "status_reason"), "created_by_id", ("search_text",)),
    "ticket_comment": ("TicketComment", ("text",), "created_by_id", ()),
}
NUMBERED = ("customer", "contract", "ticket")
Key = tuple[str, int, str]  # table, row, field


@dataclass
class Verdict:
    """What is wrong, in words."""

    lost: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


@dataclass
class Before:
    """Where the tables ended before the run."""

    history: int
    rows: dict[str, int]


def read(engine: Engine, statement: str, **values: Any) -> list[Any]:
    """Return every row of a statement."""
    with engine.connect() as connection:
        return list(connection.execute(text(statement), values))


def look_before(engine: Engine) -> Before:
    """Return the last ids before a run."""
    rows = {table: read(engine, f"SELECT coalesce(max(id), 0) FROM {table}")[0][0] for table in TABLES}
    return Before(read(engine, "SELECT coalesce(max(id), 0) FROM history")[0][0], rows)


class Oracle:
    """Judges one run. `tables` and `lines` are read once, when nobody writes any more."""

    def __init__(self, engine: Engine, before: Before, writes: Iterable[Write]) -> None:
        self.engine, self.before, self.verdict = engine, before, Verdict()
        self.writes = {TOKEN.match(write.text)[0]: write for write in writes}
        self.tables: dict[str, dict[int, Any]] = {}
        for table, (_model, fields, author, copies) in TABLES.items():
            parent = ", ticket_id AS parent" if table == "ticket_comment" else ""
            columns = ", ".join(dict.fromkeys((*fields, *copies)))
            self.tables[table] = {row.id: row for row in read(engine, f"SELECT id, {author} AS author, {columns}{parent} FROM {table}")}
        names = {model: table for table, (model, *_rest) in TABLES.items()}
        found = read(engine, "SELECT * FROM history WHERE id > :since ORDER BY id", since=before.history)
        self.added: dict[tuple[str, int], list[Any]] = defaultdict(list)
        self.lines: dict[Key, list[Any]] = defaultdict(list)
        for line in found:
            table = names.get(line.model)
            if table and line.kind == "add":
                self.added[table, line.row_id].append(line)
            elif table and line.kind == "edit" and line.field in TABLES[table][1]:
                self.lines[table, line.row_id, line.field].append(line)

    def judge(self) -> Verdict:
        """Return everything that is wrong."""
        self.find_new_rows()
        for key, lines in self.lines.items():
            self.check_lines(key, lines)
        for write in self.writes.values():
            self.check_write(write)
        self.check_places()
        for code in NUMBERED:
            self.check_numbers(code)
        return self.verdict

    def find_new_rows(self) -> None:
        """Match each row that was added with the one write that asked for it; tell the write its row."""
        made: dict[str, list[int]] = defaultdict(list)
        for table, rows in self.tables.items():
            for row in (row for key, row in rows.items() if key > self.before.rows[table]):
                marks = {mark for name in TABLES[table][1] for mark in TOKEN.findall(self.find_first(table, row, name))}
                ours = [mark for mark in marks if (write := self.writes.get(mark)) is not None and write.is_new and write.table == table]
                if len(ours) != 1:
                    self.verdict.crossed.append(f"{table} {row.id} was added with the texts {sorted(marks)}")
                    continue
                made[ours[0]].append(row.id)
                self.check_new_row(table, row, self.writes[ours[0]])
        for mark, write in self.writes.items():
            if write.is_new and write.is_acknowledged and len(made[mark]) != 1:
                kind = self.verdict.lost if not made[mark] else self.verdict.crossed
                kind.append(f"{write} was added {len(made[mark])} times: {made[mark]}")

    def find_first(self, table: str, row: Any, name: str) -> str:
        """Return what a field held when its row was added."""
        lines = self.lines.get((table, row.id, name))
        return (lines[0].old if lines else getattr(row, name)) or ""

    def check_new_row(self, table: str, row: Any, write: Write) -> None:
        """Check a new row's id, author, text, parent and line of history."""
        lines = self.added[table, row.id]
        is_right = (
            row.author == write.person
            and write.row in (0, row.id)
            and self.find_first(table, row, write.field) == write.text
            and write.parent in (0, getattr(row, "parent", 0))
            and [line.actor_id for line in lines] == [write.person]
        )
        if not is_right:
            self.verdict.crossed.append(f"{table} {row.id} by {row.author}, added {[line.actor_id for line in lines]}: {write}")
        self.check_refused(write)
        write.row = row.id

    def check_refused(self, write: Write) -> None:
        """Complain of a write that was answered by a refusal and is saved all the same."""
        if not write.is_acknowledged and 200 <= write.status < 500:
            self.verdict.crossed.append(f"refused, but saved: {write}")

    def check_lines(self, key: Key, lines: list[Any]) -> None:
        """Check the history of one field: whose, in an order that can be, without a gap, up to the present text."""
        latest_begun, previous = -math.inf, None
        for line in lines:
            mark = TOKEN.match(line.new or "")
            write = self.writes.get(mark[0]) if mark else None
            said = write and (write.table, write.row, write.field, write.text, write.person, write.is_new)
            if said != (*key, line.new, line.actor_id, False):
                self.verdict.crossed.append(f"{key}: line {line.id} by {line.actor_id} says {line.new!r}, which is {write}")
                continue
            self.check_refused(write)
            if previous is not None and line.old != previous:
                self.verdict.crossed.append(f"{key}: line {line.id} replaces {line.old!r}, the one before left {previous!r}")
            if write.is_acknowledged and write.answered < latest_begun:
                self.verdict.crossed.append(f"{key}: line {line.id} was answered before the one that it replaces was sent")
            latest_begun, previous = max(latest_begun, write.begun), line.new
        row = self.tables[key[0]].get(key[1])
        present = getattr(row, key[2]) if row is not None else None
        if present != lines[-1].new:
            self.verdict.lost.append(f"{key} holds {present!r}, its last line says {lines[-1].new!r}")

    def check_write(self, write: Write) -> None:
        """Check that an acknowledged change has one line of history; that the answer showed a text of that very field."""
        key = (write.table, write.row, write.field)
        if write.is_acknowledged and not write.is_new:
            count = sum(line.new == write.text for line in self.lines.get(key, ()))
            if count != 1:
                (self.verdict.lost if not count else self.verdict.crossed).append(f"{count} lines for {write}")
        if write.is_acknowledged and write.is_shared and write.shown not in (None, write.text):
            mark = TOKEN.match(write.shown or "")
            other = self.writes.get(mark[0]) if mark else None
            if other is None or (other.table, other.row, other.field) != key or other.begun > write.answered:
                self.verdict.crossed.append(f"the answer to {write} shows what is {other}")

    def check_places(self) -> None:
        """Complain of every text that stands in a row or in the ledger where its person did not write it."""
        for table, rows in self.tables.items():
            _model, fields, _author, copies = TABLES[table]
            for row in rows.values():
                for name in (*fields, *copies):
                    self.check_place(table, row.id, name if name in fields else "", getattr(row, name) or "")
        contracts = "SELECT c.id, n.reason FROM contract c JOIN issued_number n USING (number) WHERE n.reason <> ''"
        for row_id, reason in read(self.engine, contracts):
            self.check_place("contract", row_id, "status_reason", reason)

    def check_place(self, table: str, row_id: int, name: str, value: str) -> None:
        """Complain of a text that was sent to another row or field; an empty name is a column that repeats texts of its row."""
        for mark in TOKEN.findall(value):
            write = self.writes.get(mark)
            if write is not None and ((write.table, write.row) != (table, row_id) or name not in ("", write.field)):
                self.verdict.crossed.append(f"{table} {row_id} {name or 'search text'} holds {value!r}, which is {write}")

    def check_numbers(self, code: str) -> None:
        """Check that the numbers of a series are consecutive, none twice, each in the ledger and on one row."""
        complain = self.verdict.numbers.append
        ledger = read(self.engine, "SELECT year, sequence, number FROM issued_number WHERE code = :code ORDER BY year, sequence", code=code)
        series = dict(map(tuple, read(self.engine, "SELECT year, last_value FROM number_series WHERE code = :code", code=code)))
        for year, last in series.items():
            sequences = [line.sequence for line in ledger if line.year == year]
            if sequences != list(range(1, last + 1)):
                complain(f"{code} {year}: {len(sequences)} numbers in the ledger, the series says {last}")
        given = [row.number for row in read(self.engine, f"SELECT number FROM {code}")]
        if sorted(given) != sorted(line.number for line in ledger):
            complain(f"{code}: {len(given)} rows with {len(set(given))} numbers, {len(ledger)} in the ledger")
