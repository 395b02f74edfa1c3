"""W8: what it costs to hand a leaver's customers over, beside a bare SQL script and stock Flask-AppBuilder's bulk action.

python bench/handover.py                see bench/README.md

500 and 5,000 customers with ten activities each, their contacts, contracts and tickets go from one salesperson to another and
back: by the product (preview apart), and by a script that does the same updates and history inserts on the same tables. Stock
edits its customers and activities by a list action, row by row; its time for 5,000 is left out, since it takes hours.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from cluster import Cluster, find_server_process
from measure import read_cpu

from run import ROOT, drop_database, prepare_database

sys.path.insert(0, str(ROOT))

SIZE, STOCK_SIZE, REPEATS = 20_000, 2_000, 3
TABLES = {"Customer": ("customer", "id"), "Contact": ("contact", "customer_id"), "Activity": ("activity", "customer_id"),
          "Contract": ("contract", "customer_id"), "Ticket": ("ticket", "customer_id")}  # fmt: skip
HISTORY = "INSERT INTO history (at, actor_id, way, batch, model, row_id, kind, field, old, new)"


def measure_once(server_pid: int, work: Callable[[], Any]) -> float:
    """Return the CPU milliseconds of this process and of the database server that a piece of work costs."""
    server, own = read_cpu(server_pid), time.process_time()
    work()
    return (time.process_time() - own + read_cpu(server_pid) - server) * 1000


def collect(connection: Any, owner: int, count: int) -> None:
    """Let one salesperson hold exactly so many customers, with everything below them."""
    everybody = "(SELECT array_agg(id) FROM ab_user WHERE username LIKE 'sales%%' AND id <> %(owner)s)"
    department = "(SELECT department_id FROM ab_user WHERE id = %(owner)s)"
    for _model, (table, key) in TABLES.items():
        spread = f"UPDATE {table} SET owner_id = ({everybody})[1 + {key} %% 100] WHERE owner_id = %(owner)s"
        connection.execute(spread, {"owner": owner})
        chosen = f"{key} IN (SELECT id FROM customer ORDER BY id LIMIT %(count)s)"
        connection.execute(
            f"UPDATE {table} SET owner_id = %(owner)s, department_id = {department} WHERE {chosen}", {"owner": owner, "count": count}
        )


def hand_over_bare(connection: Any, leaver: int, receiver: int) -> None:
    """Do the same updates and history inserts by SQL alone, in one transaction."""
    with connection.transaction():
        connection.execute("CREATE TEMP TABLE moving ON COMMIT DROP AS SELECT id FROM customer WHERE owner_id = %s", [leaver])
        department = connection.execute("SELECT department_id FROM ab_user WHERE id = %s", [receiver]).fetchone()[0]
        for model, (table, key) in TABLES.items():
            for field, value in (("owner_id", receiver), ("department_id", department)):
                connection.execute(
                    f"{HISTORY} SELECT now(), 1, 'handover', 'BARE', '{model}', id, 'edit', '{field}', {field}::text, %(value)s::text "
                    f"FROM {table} WHERE {key} IN (SELECT id FROM moving) AND {field} IS DISTINCT FROM %(value)s",
                    {"value": value},
                )
            connection.execute(
                f"UPDATE {table} SET owner_id = %s, department_id = %s, row_version = row_version + 1 "
                f"WHERE {key} IN (SELECT id FROM moving)",
                [receiver, department],
            )


def measure_ours(app: Any, server_pid: int, leaver: int, receiver: int) -> tuple[float, float, int]:
    """Return the CPU of the preview, of the run, and how many rows moved."""
    from werkzeug.datastructures import MultiDict

    from app.core.access.viewer import acting_as
    from app.extensions import db
    from app.handover import moving
    from app.handover.forms import read_plan
    from app.handover.holdings import holdings_for
    from app.handover.queries import read_moves

    found: dict[str, Any] = {}
    with app.test_request_context("/", method="POST"), acting_as(1, source="form") as viewer:
        holdings = holdings_for(viewer)
        plan = read_plan(MultiDict({"leaver": str(leaver), "to": str(receiver), "way-customer-owner_id": "one"}), holdings)
        preview = measure_once(server_pid, lambda: found.update(seen=read_moves(holdings, plan, viewer)[1]))
        db.session.rollback()
        run = measure_once(server_pid, lambda: found.update(done=moving.run(plan, holdings, found["seen"])))
        rows = found["done"].moved + found["done"].followed
        db.session.remove()
    return preview, run, rows


def measure_stock(url: str, server_pid: int, count: int) -> float:
    """Return the CPU of stock's list action over so many customers and their activities."""
    import stock

    app = stock.make_app(url.replace("postgresql://", "postgresql+psycopg://"))
    with app.app_context():
        session, first = stock.db.session, 1

        def give(model: Any, column: str, items: list[Any]) -> None:
            """Edit the chosen rows as FAB's documentation does in an action."""
            datamodel = stock.SQLAInterface(model, session)
            for item in items:
                setattr(item, column, first)
                datamodel.edit(item)

        customers = session.query(stock.Customer).order_by(stock.Customer.id).limit(count).all()
        ids = [customer.id for customer in customers]
        activities = session.query(stock.Activity).filter(stock.Activity.customer_id.in_(ids)).all()

        def work() -> None:
            give(stock.Customer, "owner_id", customers)
            give(stock.Activity, "author_id", activities)

        return measure_once(server_pid, work)


def run(server: str, folder: Path, stock_count: int) -> None:
    """Fill the databases, measure, print the table."""
    server_pid = find_server_process(server)
    prepare_database(server, "ours", SIZE, folder)
    url = f"{server}/ours_{SIZE}"
    os.environ |= {"DATABASE_URL": url, "DATA_DIR": str(folder)}
    from app import create_app
    from config import make_settings

    app = create_app(make_settings())
    print("| customers | rows | ours: preview | ours: run | bare SQL | run / bare |\n|---|---|---|---|---|---|")
    with psycopg.connect(url, autocommit=True) as connection:
        one, two = (row[0] for row in connection.execute("SELECT id FROM ab_user WHERE username IN ('sales1', 'sales11') ORDER BY id"))
        for count in (500, 5_000):
            collect(connection, one, count)
            previews, runs, bare, rows = [], [], [], 0
            for _turn in range(REPEATS):
                connection.execute("VACUUM (ANALYZE)")
                preview, cost, rows = measure_ours(app, server_pid, one, two)
                previews.append(preview)
                runs.append(cost)
                connection.execute("VACUUM (ANALYZE)")
                bare.append(measure_once(server_pid, lambda: hand_over_bare(connection, two, one)))
            best = [min(values) for values in (previews, runs, bare)]
            print(
                f"| {count:,} | {rows:,} | {best[0]:,.0f} ms | {best[1]:,.0f} ms | {best[2]:,.0f} ms | {best[1] / best[2]:.2f} × |",
                flush=True,
            )
    drop_database(server, f"ours_{SIZE}")
    prepare_database(server, "stock", STOCK_SIZE, folder)
    # In a process of its own: its classes are called like ours.
    asked = [f"{server}/stock_{STOCK_SIZE}", str(server_pid), str(stock_count)]
    done = subprocess.run([sys.executable, __file__, "--stock-at", *asked], check=True, stdout=subprocess.PIPE, text=True)
    cost = float(done.stdout.splitlines()[-1])
    print(f"\nStock's list action, {stock_count:,} customers and their activities: {cost:,.0f} ms")
    drop_database(server, f"stock_{STOCK_SIZE}")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", help="a PostgreSQL server on this machine; default: one of its own")
    parser.add_argument("--stock", type=int, default=500, help="how many customers stock's action is measured with (default %(default)s)")
    parser.add_argument("--stock-at", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stock_at:
        url, server_pid, count = options.stock_at
        print(measure_stock(url, int(server_pid), int(count)))
        return
    with tempfile.TemporaryDirectory() as folder, Cluster(options.server, keep=False) as server:
        run(server, Path(folder), options.stock)


if __name__ == "__main__":
    main()
