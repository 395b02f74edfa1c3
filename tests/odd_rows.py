"""Rows that hold what no form would take today, written past the gate, and every place of the desk where they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, String, Time, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from app.core.access.mixins import Owned
from app.core.access.screens import all_screens
from app.core.forms import lookups
from app.core.writes.option_sets import Choice
from app.customers.models import Customer, Status
from app.extensions import db

from .access_records import find_resource
from .access_table import find_access
from .made_rows import read_codes
from .surfaces import Eyes

TEXTS = [
    "", "字" * 10_000, "\u200b\u200d\ufeff", "=1+1", "x",
    "😀👩‍👩‍👧 \u202eabc \u05d0\u05d1 e\u0301\u0301\u0301 <script>alert(1)</script>\na\r\n\tc %(name)s {n} %s",
]  # fmt: skip
DAYS = [date(1, 1, 1), date(1899, 12, 31), date(1900, 2, 28), date(9999, 12, 31)]
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
INSTANTS = [FIRST, datetime(1899, 12, 31, 23, 59), LAST, datetime(9999, 12, 31, 15, 59)]
TIMES = [time(0, 0), time(23, 59, 59, 999999)]
AMOUNTS = [Decimal(0), Decimal("0.01"), Decimal("9999999999999.99")]
NUMBERS = [0, 1, 2**31 - 1, -1]
WORKS = [base for base, one in find_access().items() if one.has_rest]


def values_for(model: type[Any], column: Any) -> list[Any]:
    """Return the odd values of one column; none for keys that only the database gives."""
    if column.primary_key or column.name in ("row_version", "stage", "status_id"):
        return []
    kind, found = column.type, []
    if column.foreign_keys:
        (key,) = column.foreign_keys
        found = list(db.session.connection().execute(select(key.column).order_by(key.column)).scalars())
        found = [*found[-3:], *found[:2]]  # the newest are those in the bin and the retired ones
    elif isinstance(kind, DateTime):
        found = list(INSTANTS)
    elif isinstance(kind, Date):
        found = list(DAYS)
    elif isinstance(kind, Time):
        found = list(TIMES)
    elif isinstance(kind, Numeric):
        found = list(AMOUNTS)
    elif isinstance(kind, Boolean):
        found = [True, False]
    elif isinstance(kind, Integer):
        found = list(NUMBERS)
    elif column.name in ("status", "state", "kind", "currency", "code", "tone"):
        found = read_codes(model, column.name) or ["x"]
    elif isinstance(kind, String) and read_codes(model, column.name):
        found = read_codes(model, column.name)
    elif isinstance(kind, String):
        found = list(TEXTS)
    return [*found, None] if column.nullable and found else found


def write_odd(model: type[Any], row_id: int, values: dict[str, Any]) -> list[str]:
    """Write each value into its column past the gate, as far as the database itself takes it; return the columns that took it."""
    connection, table, taken = db.session.connection(), model.__table__, []
    if model is Customer and "status" in values:
        write_one(connection, table, row_id, {"ended_on": date(1, 1, 1), **values.pop("status")})
    for name, value in values.items():
        limit = getattr(table.c[name].type, "length", None)
        short = value[:limit] if isinstance(value, str) and limit else value
        if write_one(connection, table, row_id, {name: value}) or (short != value and write_one(connection, table, row_id, {name: short})):
            taken.append(name)
    db.session.commit()
    return taken


def write_one(connection: Any, table: Any, row_id: int, values: dict[str, Any]) -> bool:
    """Write into one row; False when the database refuses it."""
    try:
        with connection.begin_nested():
            connection.execute(update(table).where(table.c.id == row_id).values(values))
    except DBAPIError:
        return False
    return True


def list_statuses() -> list[dict[str, Any]]:
    """Return the status and stage of every status: a customer holds the pair."""
    rows = db.session.connection().execute(select(Status.__table__.c.id, Status.__table__.c.stage).order_by(Status.__table__.c.id))
    return [{"status_id": row.id, "stage": row.stage} for row in rows]


def drop_checks(*models: type[Any]) -> None:
    """Let the database take what its checks refuse, as one of long ago would have."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        return
    for model in models:
        for check in inspect(connection).get_check_constraints(model.__tablename__):
            connection.execute(text(f'ALTER TABLE {model.__tablename__} DROP CONSTRAINT "{check["name"]}"'))


def put_in_bin(*rows: Any) -> None:
    """Put rows into the bin, whatever hangs on them."""
    for row in rows:
        write_one(db.session.connection(), type(row).__table__, row.id, {"deleted_at": datetime(2026, 1, 1)})


def retire_something() -> None:
    """Retire a status and an entry of every list, past the gate."""
    connection = db.session.connection()
    for table in (Choice.__table__, Status.__table__):
        last = select(table.c.id).order_by(table.c.id.desc()).limit(1).scalar_subquery()
        connection.execute(update(table).where(table.c.id == last).values(is_active=False))
    db.session.commit()


# -- where rows are shown --------------------------------------------------------------------------------------------------


def list_pages(app: Flask, model: type[Any], row_id: int, customer: int, *, as_admin: bool) -> Iterator[str]:
    """Yield the address of every page that shows the row, lists it or draws on it; for others than an Admin, those they may open."""
    with app.app_context():
        screens = {screen.route_base.strip("/"): screen for screen in all_screens()}
        names = list(lookups.known())
    own = [base for base, screen in screens.items() if screen.datamodel.obj is model]
    is_work = not set(own).isdisjoint(WORKS)
    works = [base for base in WORKS if not issubclass(model, Owned) or base in own]
    yield from ("/", "/notices/", f"/customers/show/{customer}")
    for base in {*WORKS, *(own if as_admin else [])}:
        yield f"/{base}/?size=100&view=0"
    for base in own if as_admin or is_work else []:
        yield from (f"/{base}/show/{row_id}", f"/{base}/edit/{row_id}")
    for base in works:
        yield from (f"/{base}/export/csv", f"/{base}/export/xlsx")
        yield from (f"/{base}/?view=0&sort={sign}{sort}" for sort in screens[base].sort_columns for sign in ("", "-"))
    for name in names if as_admin or is_work else []:
        yield f"/lookup/{name}?q=&parent={customer}"
        yield f"/lookup/{name}?id={row_id if is_work else customer}&parent={customer}"
    if as_admin:
        yield from ("/history/", f"/history/?record={model.__name__}:{row_id}", "/ledger/", f"/bin/?kind={model.__tablename__}")
        yield from (f"/{base}/reach/{row_id}" for base in own if issubclass(model, Owned))


def visit_all(app: Flask, eyes: Eyes, model: type[Any], row_id: int, customer: int, *, as_admin: bool) -> None:
    """Open everything that shows the row. `Eyes` fails at an answer above 404."""
    for path in list_pages(app, model, row_id, customer, as_admin=as_admin):
        eyes.get(path)
    for base in WORKS:
        eyes.rest(f"{base}/?q=(page_size:100)")
        if find_resource(app, base).datamodel.obj is model:
            eyes.rest(f"{base}/{row_id}")
    eyes.rest(f"customers/{customer}")
    eyes.rest("customers/?q=(columns:!(id,name,next_step_on))")


def visit_handover(eyes: Eyes, handover_id: int, leaver: int, receiver: int) -> None:
    """Open a handover's record and sheet, and plan and preview another one."""
    for path in (f"/handover/show/{handover_id}", f"/handover/sheet/{handover_id}", f"/handover/received/{handover_id}", "/handover/add"):
        eyes.get(path)
    plan = eyes.get(f"/handover/plan?leaver={leaver}&to={receiver}")
    if plan is None:
        return
    keys = re.findall(r'name="way-([^"]+)"', plan.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', plan.text)
    assert keys and token
    form = {"csrf_token": token.group(1), "leaver": leaver, "to": receiver}
    for key in keys:
        form |= {f"way-{key}": "one", f"main-{key}": receiver}
    answer = eyes.client.post("/handover/preview", data=form)
    assert answer.status_code == 200, answer.text[:500]
