"""Measure the product beside a bare floor and a stock Flask-AppBuilder, in one run, and print the table.

python bench/run.py --size 100000        see bench/README.md
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import psycopg
from cluster import Cluster, find_server_process
from measure import Client, Figure, find_tree, measure, measure_rate, read_pss
from report import print_report
from work import PARTS, ROOT, SELLER, Desk, make_desks

BENCH = ROOT / "bench"
CLIENTS = 8


@dataclass(frozen=True)
class Effort:
    """How long each figure is measured."""

    requests: int
    seconds: float


def prepare_database(server: str, name: str, size: int, data_dir: Path) -> None:
    """Create and fill a database unless it is there already."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        database = f"{name}_{size}"
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            return
        print(f"filling {database} …", file=sys.stderr, flush=True)
        connection.execute(f'CREATE DATABASE "{database}"')
    url = f"{server}/{database}"
    environment = os.environ | {"DATABASE_URL": url, "DATA_DIR": str(data_dir)}
    try:
        if name == "ours":
            subprocess.run([sys.executable, "-m", "flask", "--app", "run", "crm", "init"], cwd=ROOT, env=environment, check=True, stdout=2)
            subprocess.run([sys.executable, BENCH / "load.py", url, str(size)], check=True)
        else:
            subprocess.run([sys.executable, BENCH / "stock.py", url, str(size)], check=True, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        drop_database(server, database)
        raise


def drop_database(server: str, database: str) -> None:
    """Drop a database, whoever is connected to it."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def find_user(database: str, username: str) -> int:
    """Return a user's id."""
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT id FROM ab_user WHERE username = %s", [username]).fetchone()[0]


def make_asks(desk: Desk, admin: Client, seller: Client) -> dict[str, Callable[[], int]]:
    """Return what is asked of one application, by the name of the work."""
    parts, looked_up = itertools.cycle([quote_plus(part) for part in PARTS]), itertools.cycle([quote_plus(part) for part in PARTS])
    return {
        "W1 list, administrator": lambda: len(admin.get(desk.admin_list)),
        "W2 list, own rows": lambda: len(seller.get(desk.own_list)),
        "W3 page 1,000": lambda: len(admin.get(desk.page)),
        "W3 last page": lambda: len(admin.get(desk.last)),
        "W4 search": lambda: len(admin.get(desk.search.format(q=next(parts)))),
        "contracts list": lambda: len(admin.get(desk.contracts)),
        "W5 new-contract page": lambda: len(seller.get(desk.contract_form)),
        "W6 customer lookup": lambda: len(admin.get(desk.lookup.format(q=next(looked_up)))),
    }


def measure_desks(desks: dict[str, Desk], server_pid: int, effort: Effort) -> dict[str, dict[str, Figure]]:
    """Return work -> application -> figure. Each work is asked of one application after the other, one request at a time."""
    people = {name: (find_user(desk.database, "admin"), find_user(desk.database, SELLER)) for name, desk in desks.items()}
    admins = {name: desk.sign_in("admin", people[name][0]) for name, desk in desks.items()}
    sellers = {name: desk.sign_in(SELLER, people[name][1]) for name, desk in desks.items()}
    asks = {name: make_asks(desk, admins[name], sellers[name]) for name, desk in desks.items()}
    found: dict[str, dict[str, Figure]] = {}

    def note(work: str, name: str, figure: Figure) -> None:
        found.setdefault(work, {})[name] = figure
        print(f"  {work:24} {name:6} {figure.cpu:9.1f} ms  {figure.rate or figure.count:.0f}", file=sys.stderr, flush=True)

    for work in next(iter(asks.values())):
        for name, desk in desks.items():
            note(work, name, measure(desk.process.pid, server_pid, asks[name][work], most=effort.requests, seconds=effort.seconds))
    for name, desk in desks.items():
        most = min(effort.requests, 100)
        save = desk.make_save(sellers[name], most + most // 10 + 3)
        note("W9 create a customer", name, measure(desk.process.pid, server_pid, save, most=most, seconds=effort.seconds))
    for name, desk in desks.items():
        clients = [desk.sign_in(f"sales{n}", find_user(desk.database, f"sales{n}")) for n in range(11, 11 + CLIENTS)]
        measure_rate(clients, desk.own_list, 1.5)
        note("W10 requests/s, 8 clients", name, Figure(rate=measure_rate(clients, desk.own_list, effort.seconds)))
    for name, desk in desks.items():
        workers = [pid for pid in find_tree(desk.process.pid) if pid != desk.process.pid]
        note("memory per worker", name, Figure(rate=sum(map(read_pss, workers)) / len(workers)))
    return found


def run_size(server: str, server_pid: int, size: int, names: list[str], effort: Effort, data_dir: Path) -> dict[str, dict[str, Figure]]:
    """Fill the databases of this size, serve the applications and measure them."""
    for name in {"ours"} | ({"stock"} & set(names)):
        prepare_database(server, name, size, data_dir)
    desks = {name: desk for name, desk in make_desks(server, size).items() if name in names}
    try:
        for place, desk in enumerate(desks.values()):
            desk.start(8970 + place, data_dir)
        return measure_desks(desks, server_pid, effort)
    finally:
        for desk in desks.values():
            desk.stop()


def read_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, action="append", help="how many customers; may be given several times (default 100000)")
    parser.add_argument("--app", action="append", choices=["ours", "floor", "stock"], help="only these (default all three)")
    parser.add_argument("--server", help="a PostgreSQL server on this machine, postgresql://user@host:port; default: one of its own")
    parser.add_argument("--keep", action="store_true", help="leave the databases filled for the next run")
    parser.add_argument("--requests", type=int, default=200, help="at most so many requests a figure (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=8, help="at most so long a figure (default %(default)s)")
    return parser.parse_args()


def main() -> None:
    """Run what the command line asks for."""
    options = read_options()
    sizes, names = options.size or [100_000], options.app or ["ours", "floor", "stock"]
    effort = Effort(options.requests, options.seconds)
    results = {}
    with tempfile.TemporaryDirectory() as folder, Cluster(options.server, keep=options.keep) as server:
        for size in sizes:
            print(f"{size:,} customers", file=sys.stderr, flush=True)
            results[size] = run_size(server, find_server_process(server), size, names, effort, Path(folder))
            if not options.keep:
                for name in ("ours", "stock"):
                    drop_database(server, f"{name}_{size}")
    print_report(results)


if __name__ == "__main__":
    main()
