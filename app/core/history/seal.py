"""The seal of the history: committed lines are linked into a hash chain by a key that is stored outside the database.

Writers know nothing of it. A sealer reads what has been committed since, computes the MAC of every line (keyed BLAKE2b, 8
bytes) and writes the MACs of a block of lines as one seal, whose own MAC covers the seal before it. Whoever alters,
inserts or removes a line behind the app's back, without the key, is found by `verify`; lines younger than the last
seal are counted as not sealed yet. The last seal is also noted in a file beside the key (the anchor), so that seals cut off
at the end are missed; and a sealer that does not find the noted seal stops, lest it seal what is left as if it were all.
"""

from __future__ import annotations

import hashlib
import json
import logging
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from filelock import FileLock, Timeout
from sqlalchemy import BigInteger, Connection, Engine, Integer, LargeBinary, Row, Select, String, func, insert, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ...extensions import db
from ..access.mixins import AppendOnly
from ..base import clock
from ..writes.history import HistoryEntry

log = logging.getLogger(__name__)
BLOCK = 5_000  # lines of one seal
WAIT = 5.0  # seconds to wait for older transactions, each time
_LINE_MAC = struct.Struct(">Q8s")  # the line's id, its MAC
_ID = BigInteger().with_variant(Integer, "sqlite")
READING = {"reads_only": True}


class HistorySeal(AppendOnly, db.Model):
    """One block of sealed lines: the ids of the first and the last, the MACs of all, the MAC of the seal before and its own."""

    __tablename__ = "history_seal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(_ID)
    last_id: Mapped[int] = mapped_column(_ID)
    lines: Mapped[int] = mapped_column()
    marks: Mapped[bytes] = mapped_column(LargeBinary)  # id and MAC of each line, packed; the columns keep their first names
    previous: Mapped[str] = mapped_column(String(64), unique=True)  # two sealers at once: one of them gives way
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=clock.now)


SEAL, LINE = HistorySeal.__table__, HistoryEntry.__table__


class Anchor(TypedDict):
    """The note of the last seal, kept beside the key: its id and digest."""

    seal: int
    digest: str


@dataclass(frozen=True)
class Report:
    """What a check found: the first thing that is wrong ('' when nothing is), how many lines are sealed, how many not yet."""

    fault: str
    sealed: int
    unsealed: int
    first_unsealed: int | None


def make_line_mac(key: bytes, line: Row) -> bytes:
    """Return the MAC of one line: keyed BLAKE2b over its columns as JSON, 8 bytes (RFC 7693)."""
    values = [
        line.id,
        line.at.isoformat(),
        line.actor_id,
        line.way,
        line.batch,
        line.model,
        line.row_id,
        line.kind,
        line.field,
        line.old,
        line.new,
    ]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), key=key[:64], digest_size=8).digest()


def make_seal_mac(key: bytes, previous: str, first_id: int, last_id: int, line_macs: bytes) -> str:
    """Return the MAC of a seal, 64 hexadecimal digits, which covers that of the seal before."""
    head = f"{previous}|{first_id}|{last_id}|{len(line_macs)}|".encode()
    return hashlib.blake2b(head + line_macs, key=key[:64], digest_size=32).hexdigest()


class HistoryBroken(Exception):
    """Raise when the seals in the database are not those that were made here; its text says what is wrong."""


def seal(engine: Engine, key: bytes, anchor: Path, *, wait: float = WAIT) -> int:
    """Seal what has been committed since the last seal; returns how many lines that were. Locks nothing that writers need.

    One process of a host seals at a time; another returns 0. Raises HistoryBroken, with nothing sealed or noted, when the
    noted seal is not there: see `note_again`.
    """
    try:
        with FileLock(anchor.with_suffix(".lock"), timeout=0):
            _refuse_broken(engine, anchor)
            return _seal_rest(engine, key, anchor, wait)
    except Timeout:
        return 0


def _refuse_broken(engine: Engine, anchor: Path) -> None:
    noted = _read_anchor(anchor)
    wanted = select(SEAL.c.id, SEAL.c.digest)
    wanted = wanted.where(SEAL.c.id == noted["seal"]) if noted is not None else wanted.limit(1)
    with engine.connect().execution_options(**READING) as connection:
        fault = _check_anchor(noted, {row.id: row.digest for row in connection.execute(wanted)})
    if fault:
        raise HistoryBroken(fault)


def _seal_rest(engine: Engine, key: bytes, anchor: Path, wait: float) -> int:
    sealed = 0
    horizon = _find_horizon(engine, wait)
    while True:
        with engine.connect().execution_options(**READING) as connection:
            last = connection.execute(select(SEAL.c.id, SEAL.c.last_id, SEAL.c.digest).order_by(SEAL.c.id.desc()).limit(1)).first()
            first_id = last.last_id + 1 if last is not None else 1
            lines = connection.execute(_select_lines(first_id, horizon).limit(BLOCK)).all()
        if not lines:
            return sealed
        last_id = lines[-1].id
        line_macs = b"".join(_LINE_MAC.pack(line.id, make_line_mac(key, line)) for line in lines)
        previous = last.digest if last is not None else ""
        digest = make_seal_mac(key, previous, first_id, last_id, line_macs)
        values = {
            "first_id": first_id, "last_id": last_id, "lines": len(lines), "marks": line_macs, "previous": previous, "digest": digest,
            "at": clock.now(),
        }  # fmt: skip
        try:
            with engine.begin() as connection:
                seal_id = connection.execute(insert(SEAL).values(values).returning(SEAL.c.id)).scalar_one()
        except IntegrityError:
            return sealed  # another process sealed the same block
        _write_anchor(anchor, seal_id, digest)
        sealed += len(lines)


def _select_lines(first_id: int, last_id: int) -> Select:
    return select(LINE).where(LINE.c.id >= first_id, LINE.c.id <= last_id).order_by(LINE.c.id)


def _find_horizon(engine: Engine, wait: float) -> int:
    """Return the highest id up to which no line can appear any more.

    SQLite has one writer: what is there is all. PostgreSQL hands out ids before it commits, so every transaction that
    ran when the highest id was read must have ended; 0 if one of them outlasts the wait.
    """
    if engine.dialect.name != "postgresql":
        with engine.connect().execution_options(**READING) as connection:
            return connection.execute(select(func.max(LINE.c.id))).scalar() or 0
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        highest = connection.execute(select(func.max(LINE.c.id))).scalar() or 0
        running = _read_snapshot(connection, "xmax")
        until = time.monotonic() + wait
        while _read_snapshot(connection, "xmin") < running:
            if time.monotonic() > until:
                return 0
            time.sleep(0.05)
    return highest


def _read_snapshot(connection: Connection, end: str) -> int:
    return int(connection.execute(select(literal_column(f"pg_snapshot_{end}(pg_current_snapshot())::text"))).scalar_one())


def _read_anchor(anchor: Path) -> Anchor | None:
    return json.loads(anchor.read_text(encoding="ascii")) if anchor.exists() else None


def _write_anchor(anchor: Path, seal_id: int, digest: str) -> None:
    beside = anchor.with_suffix(".new")
    beside.write_text(json.dumps({"seal": seal_id, "digest": digest}), encoding="ascii")
    beside.replace(anchor)


def verify(engine: Engine, key: bytes, anchor: Path) -> Report:
    """Read the whole history against its seals; name the first line or seal that was altered, inserted or removed."""
    return _verify(engine, key, lambda digests: _check_anchor(_read_anchor(anchor), digests))


def note_again(engine: Engine, key: bytes, anchor: Path) -> None:
    """Note the last seal that is there as the last one: after a backup was restored, or on a host that begins to seal.

    Raises HistoryBroken when the seals and lines that are there do not fit each other.
    """
    last: dict[int, str] = {}

    def keep(digests: dict[int, str]) -> str:
        last.update(digests)
        return ""

    report = _verify(engine, key, keep)
    if report.fault:
        raise HistoryBroken(report.fault)
    if last:
        _write_anchor(anchor, *max(last.items()))
    else:
        anchor.unlink(missing_ok=True)


def _verify(engine: Engine, key: bytes, check_end: Callable[[dict[int, str]], str]) -> Report:
    fault, previous, last_id, sealed, digests = "", "", 0, 0, {}
    with engine.connect().execution_options(**READING) as connection:
        for found in connection.execute(select(SEAL).order_by(SEAL.c.id)).yield_per(20):
            digests[found.id] = found.digest
            if not fault:
                fault = _check_seal(key, found, previous, last_id) or _check_lines(connection, key, found)
            previous, last_id, sealed = found.digest, found.last_id, sealed + found.lines
        fault = fault or check_end(digests)
        rest = connection.execute(select(func.count(), func.min(LINE.c.id)).where(LINE.c.id > last_id)).one()
    return Report(fault, sealed, rest[0], rest[1])


def _check_seal(key: bytes, found: Row, previous: str, last_id: int) -> str:
    if found.previous != previous or found.first_id != last_id + 1:
        return f"seal {found.id}: a seal before it was altered, inserted or removed"
    if make_seal_mac(key, previous, found.first_id, found.last_id, found.marks) != found.digest:
        return f"seal {found.id}: altered (or sealed with another key)"
    return ""


def _check_lines(connection: Connection, key: bytes, found: Row) -> str:
    """Compare a block of lines with their MACs, in the order of the ids; return the first fault, '' when there is none."""
    wanted = dict(_LINE_MAC.iter_unpack(found.marks))
    lowest = found.first_id if found.first_id > 1 else -(2**62)  # nothing stands before the first
    there = {line.id: line for line in connection.execute(_select_lines(lowest, found.last_id))}
    for line_id in sorted({*wanted, *there}):
        if line_id not in there:
            return f"line {line_id}: removed"
        if line_id not in wanted:
            return f"line {line_id}: inserted"
        if make_line_mac(key, there[line_id]) != wanted[line_id]:
            return f"line {line_id}: altered"
    return ""


def _check_anchor(noted: Anchor | None, digests: dict[int, str]) -> str:
    if noted is None:
        return "" if not digests else "the note of the last seal, kept beside the key, is missing"
    return "" if digests.get(noted["seal"]) == noted["digest"] else f"seal {noted['seal']}: removed or altered, with all after it"


def run_for_ever(engine: Engine, key: bytes, anchor: Path, *, every: float) -> Iterator[int]:
    """Seal again and again; yields how many lines each time. A fault is logged at every turn until somebody sees to it.

    `every`: seconds between two turns.
    """
    while True:
        try:
            yield seal(engine, key, anchor)
        except HistoryBroken as fault:
            log.error("The history is not sealed any more: %s", fault)
        time.sleep(every)
