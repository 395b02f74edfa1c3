"""Load the desk as people use it, many at a time, and hold everything that it acknowledged against its database.

python bench/load_mixed.py        see bench/README.md
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cluster import Cluster
from mixed_ground import list_names, read_workers
from mixed_oracle import Oracle, Verdict, look_before
from mixed_person import TIMEOUT, Write
from mixed_work import Worker
from sqlalchemy import Engine, create_engine

from run import drop_database

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "bench"
START, SHOWN = 60, 10  # seconds for the server to start; how many of each complaint are printed
SEED = 2026


@dataclass
class Outcome:
    """What one run came to."""

    database: str
    clients: int
    seconds: float
    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def is_good(self) -> bool:
        """Tell whether nothing is lost, crossed or broken, and there was something to judge."""
        return bool(self.acknowledged) and not (self.faults or self.verdict.lost or self.verdict.crossed or self.verdict.numbers)


def find_port() -> int:
    """Return a free port of the loopback address."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


@contextmanager
def serve(environment: dict[str, str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `run.py` in a process of its own until the block ends; what it says goes to the log."""
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, ROOT / "run.py"], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + START
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"The desk does not start: {log.read_text()[-3000:]}")
                time.sleep(0.2)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def work_until(workers: list[Worker], seconds: float) -> float:
    """Let everybody work at the same time until the clock has run; return the seconds it took."""
    barrier, broken = threading.Barrier(len(workers) + 1), []
    end: list[float] = []

    def work(worker: Worker) -> None:
        barrier.wait()
        try:
            while time.monotonic() < end[0]:
                worker.act()
        except Exception as error:  # a fault of the bench itself: the run is worth nothing
            broken.append(f"{worker.person.name}: {error!r}")
            raise

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    begun = time.monotonic()
    end.append(begun + seconds)
    barrier.wait()
    for thread in threads:
        thread.join(max(end[0] + 3 * TIMEOUT - time.monotonic(), 0))
    if broken or any(thread.is_alive() for thread in threads):
        raise SystemExit(f"The clients did not come to an end: {broken}")
    return time.monotonic() - begun


def run_clients(engine: Engine, port: int, name: str, count: int, seconds: float) -> Outcome:
    """Let so many people work on the served desk, then judge."""
    workers = read_workers(engine, port, list_names(count), secrets.token_hex(3), SEED)
    for worker in workers:
        worker.person.sign_in()
    before = look_before(engine)
    outcome = Outcome(name, count, work_until(workers, seconds))
    journal: list[Write] = []
    for person in (worker.person for worker in workers):
        outcome.reads += person.tally.reads
        outcome.writes += person.tally.writes
        outcome.statuses += person.tally.statuses
        outcome.refused += person.tally.refused
        outcome.faults += person.tally.faults
        journal += person.journal
    saved = [write for write in journal if write.is_acknowledged]
    outcome.acknowledged = len(saved)
    outcome.kinds = Counter(f"{'new ' * write.is_new}{write.table}{' shared' * write.is_shared}" for write in saved)
    outcome.verdict = Oracle(engine, before, journal).judge()
    outcome.verdict.crossed += [line for worker in workers for line in worker.person.tally.wrong]
    return outcome


def run_database(name: str, url: str, options: argparse.Namespace) -> list[Outcome]:
    """Fill a database, serve the desk on it, run the clients."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="countersign-load-") as folder:
        port = find_port()
        url = url or f"sqlite:///{folder}/countersign.sqlite3"
        environment = os.environ | {
            "DATABASE_URL": url, "DATA_DIR": folder, "HOST": "127.0.0.1", "PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        print(f"filling {name} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, BENCH / "mixed_company.py"], env=environment, check=True, timeout=600, stdout=sys.stderr)
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        log = Path(folder) / "server.log"
        with serve(environment, port, log):
            for count in options.clients:
                print(f"{name}: {count} clients, {options.seconds:g} s …", file=sys.stderr, flush=True)
                outcomes.append(run_clients(engine, port, name, count, options.seconds))
                print_complaints(outcomes[-1])
        engine.dispose()
        said = log.read_text(errors="replace")
        if options.log is not None:
            (options.log.parent / f"{name}-{options.log.name}").write_text(said)
        if any(outcome.faults for outcome in outcomes) or " ERROR " in said:
            lines = [line for line in said.splitlines(keepends=True) if "Task queue depth" not in line]
            print(f"The server's log ends:\n{''.join(lines)[-8000:]}", file=sys.stderr)
    return outcomes


def run_postgresql(options: argparse.Namespace) -> list[Outcome]:
    """Run on a PostgreSQL database that is made for it and dropped again."""
    import psycopg

    database = f"mixed_{os.getpid()}"
    with Cluster(options.server, keep=False) as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        try:
            return run_database("postgresql", f"{server}/{database}", options)
        finally:
            drop_database(server, database)


def print_complaints(outcome: Outcome) -> None:
    """Print what is wrong, and what was refused."""
    parts = {"lost": outcome.verdict.lost, "crossed": outcome.verdict.crossed, "numbers": outcome.verdict.numbers, "faults": outcome.faults}
    for name, lines in parts.items():
        for line in lines[:SHOWN]:
            print(f"  {name}: {line}", file=sys.stderr)
    print(f"  saved: {dict(outcome.kinds.most_common())}", file=sys.stderr)
    print(f"  refused: {dict(outcome.refused.most_common())}", file=sys.stderr, flush=True)


def describe(times: list[float]) -> str:
    """Return p50, p95 and p99 in milliseconds."""
    ordered = sorted(times) or [0.0]
    return " / ".join(f"{1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)]:.0f}" for part in (0.5, 0.95, 0.99))


def print_table(outcomes: Iterable[Outcome]) -> None:
    """Print the Markdown table."""
    heads = ["database", "clients", "requests", "requests/s", "errors by status", "5xx", "acknowledged writes", "lost", "crossed"]
    heads += ["numbers wrong", "reads p50 / p95 / p99 ms", "writes p50 / p95 / p99 ms"]
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for one in outcomes:
        count = len(one.reads) + len(one.writes)
        errors = ", ".join(f"{status or 'no answer'}: {times}" for status, times in sorted(one.statuses.items()) if not 200 <= status < 400)
        verdict = one.verdict
        print(
            f"| {one.database} | {one.clients} | {count:,} | {count / one.seconds:.1f} | {errors or 'none'} | {len(one.faults)} |"
            f" {one.acknowledged:,} | {len(verdict.lost)} | {len(verdict.crossed)} | {len(verdict.numbers)} |"
            f" {describe(one.reads)} | {describe(one.writes)} |"
        )


def read_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"], help="only this one (default both)")
    parser.add_argument("--server", help="a PostgreSQL server, postgresql://user@host:port; default: one of its own")
    parser.add_argument("--clients", type=int, action="append", choices=range(1, 65), metavar="N", help="1 to 64; several times (8 and 64)")
    parser.add_argument("--seconds", type=float, default=60, help="how long each run takes (default %(default)s)")
    parser.add_argument("--log", type=Path, help="where to leave the server's log, after the database's name")
    options = parser.parse_args()
    options.clients = options.clients or [8, 64]
    return options


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = read_options()
    outcomes: list[Outcome] = []
    for name in options.database or ["sqlite", "postgresql"]:
        outcomes += run_postgresql(options) if name == "postgresql" else run_database(name, "", options)
    print_table(outcomes)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
