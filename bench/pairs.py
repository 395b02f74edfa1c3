"""What a change costs: two checkouts, asked for the same work in turn, request by request, and the ratios of the pairs.

python bench/pairs.py ../before --size 100000        see bench/README.md
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote_plus

import psycopg
from cluster import Cluster, find_server_process
from company import PASSWORD
from measure import Client, find_tree, read_pss
from work import PARTS, ROOT, SELLER

from run import drop_database

PORT, WARM, RESAMPLES = 8940, 25, 1000
RECORD = re.compile(rb'href="(/customers/show/\d+)')
Ask = Callable[[], object]


def read_cpu(root: int) -> float:
    """Return the milliseconds of CPU that a process and its living descendants have used, from the scheduler's own count of nanoseconds."""
    used = 0
    for pid in find_tree(root):
        try:
            used += sum(int(task.joinpath("schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())
        except OSError:
            continue
    return used / 1e6


@dataclass
class Side:
    """One checkout: its database, its server, and what is asked of it."""

    name: str
    root: Path
    database: str
    port: int
    process: subprocess.Popen[bytes] | None = None
    seconds: float = 0.0

    def prepare(self, server: str, size: int, data_dir: Path) -> None:
        """Fill the database with the checkout's own commands, unless it is there already."""
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database]).fetchone():
                return
            print(f"filling {self.database} …", file=sys.stderr, flush=True)
            connection.execute(f'CREATE DATABASE "{self.database}"')
        url = f"{server}/{self.database}"
        environment = os.environ | {"DATABASE_URL": url, "DATA_DIR": str(data_dir)}
        subprocess.run([sys.executable, "-m", "flask", "--app", "run", "crm", "init"], cwd=self.root, env=environment, check=True, stdout=2)
        subprocess.run([sys.executable, "bench/load.py", url, str(size)], cwd=self.root, check=True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def start(self, server: str, data_dir: Path) -> None:
        """Serve with one gunicorn worker of one thread; note the seconds until the first answer."""
        environment = os.environ | {
            "DATABASE_URL": f"{server}/{self.database}",
            "DATA_DIR": str(data_dir),
            "SECRET_KEY": secrets.token_hex(16),
            "MALLOC_ARENA_MAX": "2",  # as docs/OPERATIONS.md says
        }
        command = ["gunicorn", "run:app", "-w", "1", "-k", "gthread", "--threads", "1", "--log-level", "error", "--keep-alive", "60"]
        begun = time.monotonic()
        self.process = subprocess.Popen([sys.executable, "-m", *command, "-b", f"127.0.0.1:{self.port}"], cwd=self.root, env=environment)
        for _ in range(600):
            try:
                Client(self.port).send("GET", "/login/")
                self.seconds = time.monotonic() - begun
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not answer")

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def make_asks(self, forms: int) -> dict[str, Ask]:
        """Return what is asked, by the name of the work; the forms of W9 are fetched now."""
        admin, seller = (Client(self.port).sign_in("/login/", name, PASSWORD) for name in ("admin", SELLER))
        found, looked_up = itertools.cycle(PARTS), itertools.cycle(PARTS)
        records = itertools.cycle(link.decode() for link in dict.fromkeys(RECORD.findall(admin.get("/customers/"))))
        kept = iter([seller.read_form("/customers/add") for _ in range(forms)])

        def save() -> None:
            status, body, headers = seller.send("POST", "/customers/add", next(kept) | {"name": f"Bench {secrets.token_hex(6)}"})
            if status != 302 or headers["Location"] == "/customers/add":
                raise RuntimeError(f"{self.name}: creating a customer answered {status}: {body[-2000:]!r}")

        return {
            "W1 list, administrator": lambda: admin.get("/customers/"),
            "W2 list, own rows": lambda: seller.get("/customers/"),
            "W3 page 1,000": lambda: admin.get("/customers/?page=1000"),
            "W3 last page": lambda: admin.get("/customers/?last=1"),
            "W4 search": lambda: admin.get(f"/customers/?q={quote_plus(next(found))}"),
            "contracts list": lambda: admin.get("/contracts/"),
            "W5 new-contract page": lambda: seller.get("/contracts/add"),
            "W6 customer lookup": lambda: admin.get(f"/lookup/signed-customers?q={quote_plus(next(looked_up))}"),
            "W9 create a customer": save,
            "W11 record page": lambda: admin.get(next(records)),
            "new-customer page": lambda: seller.get("/customers/add"),
            "home": lambda: seller.get("/"),
        }


def pair(sides: list[Side], asks: list[Ask], server_pid: int, count: int) -> tuple[list[float], list[float]]:
    """Ask both sides `count` times, in a random order within each pair; returns the CPU ms of application and database of each."""
    found: tuple[list[float], list[float]] = ([], [])
    workers = [find_tree(side.process.pid)[-1] for side in sides]
    for ask in asks:
        for _ in range(WARM):
            ask()
    for _turn in range(count):
        for place in random.sample((0, 1), 2):
            before = read_cpu(workers[place]) + read_cpu(server_pid)
            asks[place]()
            found[place].append(read_cpu(workers[place]) + read_cpu(server_pid) - before)
    return found


def tell(work: str, before: list[float], after: list[float]) -> str:
    """Return a line: medians, and the median ratio of the pairs with the bounds that hold 19 of 20 resamples."""
    ratios = [new / old for old, new in zip(before, after, strict=True)]
    resampled = sorted(median(random.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    low, high = resampled[RESAMPLES // 40], resampled[-RESAMPLES // 40 - 1]
    change, bounds = 100 * (median(ratios) - 1), f"{100 * (low - 1):+.1f} to {100 * (high - 1):+.1f}"
    return f"| {work} | {median(before):.2f} | {median(after):.2f} | {change:+.1f} % | {bounds} % |"


def read_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="a checkout of the state before")
    parser.add_argument("--size", type=int, default=100_000, help="how many customers (default %(default)s)")
    parser.add_argument("--pairs", type=int, default=60, help="pairs of requests in each round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="times both servers are started anew (default %(default)s)")
    parser.add_argument("--work", action="append", help="only works whose name has this part; may be given several times")
    parser.add_argument("--server", help="a PostgreSQL server on this machine; default: one of its own")
    parser.add_argument("--keep", action="store_true", help="leave the databases filled for the next run")
    return parser.parse_args()


def run(options: argparse.Namespace, sides: list[Side], server: str, data_dir: Path) -> None:
    """Measure round by round and print the table."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for turn in range(options.rounds):
        try:
            for side in sides if turn % 2 == 0 else reversed(sides):
                side.start(server, data_dir)
            asks = [side.make_asks(options.pairs + WARM) for side in sides]
            for work in asks[0]:
                if not options.work or any(part in work for part in options.work):
                    both = pair(sides, [each[work] for each in asks], find_server_process(server), options.pairs)
                    for kept, more in zip(found.setdefault(work, ([], [])), both, strict=True):
                        kept.extend(more)
            for place, side in enumerate(sides):
                found.setdefault("start-up, s", ([], []))[place].append(side.seconds)
                found.setdefault("memory of a worker, MB", ([], []))[place].append(read_pss(find_tree(side.process.pid)[-1]))
            print(f"round {turn + 1} of {options.rounds}", file=sys.stderr, flush=True)
        finally:
            for side in sides:
                side.stop()
    print(f"{options.size:,} customers, {options.rounds} rounds of {options.pairs} pairs; CPU ms of application and database, medians\n")
    print("| work | before | after | change | 95 % of resamples |\n|---|---|---|---|---|")
    for work, (before, after) in found.items():
        print(tell(work, before, after), flush=True)


def main() -> None:
    """Fill both databases, measure, and remove what was made."""
    options = read_options()
    with tempfile.TemporaryDirectory() as folder, Cluster(options.server, keep=options.keep) as server:
        sides = [
            Side("before", options.before.resolve(), f"before_{options.size}", PORT),
            Side("after", ROOT, f"after_{options.size}", PORT + 1),
        ]
        for side in sides:
            side.prepare(server, options.size, Path(folder))
        run(options, sides, server, Path(folder))
        if not options.keep:
            for side in sides:
                drop_database(server, side.database)


if __name__ == "__main__":
    main()
