"""A valid row of any owned model, and the bodies that add or change one, worked out from the columns.

So a module that no test knows by name has records too. What columns cannot tell (a rule that two days stand in order)
a module says by a maker of its own: `MAKERS` in tests/access/<module>.py, class name -> function of owner and parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, String, inspect, select

from app.core.access.mixins import Owned
from app.core.access.screens import all_screens
from app.core.base import clock
from app.core.writes.option_sets import Choice
from app.extensions import db

KEPT = {"owner_id", "department_id", "created_at", "created_by_id", "row_version", "deleted_at", "deleted_by_id", "number"}  # by the gate


def read_codes(model: type[Any], name: str) -> list[str]:
    """Return the codes that a column's check allows; none for a column without one."""
    checks = [
        str(one.sqltext) for one in model.__table__.constraints if hasattr(one, "sqltext") and str(one.sqltext).startswith(f"{name} IN")
    ]
    return re.findall(r"'(\w+)'", checks[0]) if checks else []


def list_texts(model: type[Any]) -> list[str]:
    """Return the columns that hold what people write: neither codes nor keys nor what the gate derives."""
    policy = model.policy
    return [
        attribute.key
        for attribute in inspect(model).column_attrs
        if isinstance((column := attribute.columns[0]).type, String)
        and not (column.foreign_keys or attribute.key in KEPT or attribute.key in policy.untracked or read_codes(model, attribute.key))
    ]


def list_owned_screens() -> Iterator[tuple[str, Any]]:
    """Yield (address, screen) of every screen whose rows belong to somebody, parents before what hangs on them.

    Not of those that nobody edits: a handover is run, and nobody owns it.
    """
    screens = [screen for screen in all_screens() if issubclass(screen.datamodel.obj, Owned)]
    screens = [screen for screen in screens if "edit" not in screen.exclude_route_methods]
    for screen in sorted(screens, key=lambda one: (len(one.datamodel.obj.policy.links), one.route_base)):
        yield screen.route_base.strip("/"), screen


def make_row(model: type[Any], owner: Any, parent: Any = None, **values: Any) -> Any:
    """Return a new row with all that its columns demand, added to the session; `parent` is the row it hangs on, if on any."""
    policy, table = model.policy, model.__table__
    given: dict[str, Any] = {}
    if policy.root is None:
        given["owner_id"] = owner.id
    else:
        given[policy.nearest.column] = parent.id
        given.setdefault(policy.root.column, getattr(parent, policy.root.column, parent.id))
    needed = [column for column in table.columns if not (column.nullable or column.primary_key or column.default or column.server_default)]
    for column in needed:
        if column.name not in KEPT and column.name not in given:
            given[column.name] = make_value(model, column, f"{owner.username} {model.__name__}")
    row = model(**{**given, **values})
    db.session.add(row)
    return row


def make_value(model: type[Any], column: Any, text: str) -> Any:
    """Return a value that the column takes: the first entry of its option set or table, a near day, a small figure."""
    if column.name in model.policy.option_sets:
        entries = select(Choice.id).where(Choice.list_code == model.policy.option_sets[column.name]).order_by(Choice.position)
        return db.session.scalars(entries).first()
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return db.session.connection().execute(select(key.column).order_by(key.column)).scalars().first()
    kind = column.type
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, DateTime):
        return clock.now() - timedelta(days=1)
    if isinstance(kind, Date):
        return clock.today() + timedelta(days=30)
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, Numeric):
        return Decimal(1)
    assert isinstance(kind, String), f"{model.__name__}.{column.name}: say in tests/access how such a row is made"
    codes = read_codes(model, column.name)
    return codes[0] if codes else text[: kind.length]


# -- bodies ------------------------------------------------------------------------------------------------------------


def column_of(model: type[Any], name: str) -> Any:
    """Return the column behind a name of a form or of REST: the column itself, or a relation's key; None for neither."""
    mapper = inspect(model)
    if name in mapper.relationships:
        columns = [*mapper.relationships[name].local_columns]
        return columns[0] if len(columns) == 1 and columns[0].foreign_keys else None
    return model.__table__.columns.get(name)


def write_down(value: Any, *, is_form: bool) -> Any:
    """Return a value as a form or as JSON says it."""
    if isinstance(value, bool):
        return ("y" if value else "") if is_form else value
    if isinstance(value, datetime):
        return clock.to_local(value).strftime("%Y-%m-%dT%H:%M") if is_form else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return ("" if value is None else str(value)) if is_form else value


def make_body(model: type[Any], names: list[str], parent: int | None, *, is_form: bool, text: str = "Written") -> dict[str, Any]:
    """Return a body that adds a row below the parent: of these fields those that no row is without."""
    body: dict[str, Any] = {}
    nearest = model.policy.nearest
    for name in names:
        column = column_of(model, name)
        if column is None or column.nullable or column.name in KEPT:
            continue
        if nearest is not None and column.name == nearest.column:
            value = parent
        else:
            value = column.default.arg if column.default is not None and column.default.is_scalar else make_value(model, column, text)
        body[name] = write_down(value, is_form=is_form)
    return body


def find_text(model: type[Any], names: list[str]) -> str:
    """Return the first of these fields that holds what people write."""
    texts = list_texts(model)
    return next(name for name in names if name in texts)


def make_change(row: Any, names: list[str], *, is_form: bool, text: str = "Written") -> dict[str, Any]:
    """Return a body that changes the row's first text; a form says all the rest as it stands."""
    changed = find_text(type(row), names)
    if not is_form:
        return {changed: text}
    columns = {name: column for name in names if (column := column_of(type(row), name)) is not None}
    body = {name: write_down(getattr(row, column.name), is_form=True) for name, column in columns.items()}
    return {**{name: value for name, value in body.items() if value != ""}, changed: text}
