"""What the designer does to a draft: steps, fields, rights, routes and copies. What it is asked is committed, or the refusal returned."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from ..core.access.mixins import Row
from ..core.base.errors import RuleViolation
from ..core.writes import commit
from ..core.writes.row_data import write
from ..extensions import db
from . import rules
from .designs import CopyTo, FieldRight, ProcessField, ProcessStep, ProcessVersion, RouteCondition, StepRoute
from .flow.definition import Kind, Right, Who
from .reading import read_rows

P = TypeVar("P", bound=Row)


def find_version(version_id: int | None) -> ProcessVersion:
    """Return a version; 404 for none."""
    row = db.session.get(ProcessVersion, version_id) if version_id is not None else None
    return row if row is not None else abort(404)


def find_part(model: type[P], version: ProcessVersion, part_id: int | None) -> P:
    """Return a part of a version; 404 for none, or one of another version."""
    row = db.session.get(model, part_id) if part_id is not None else None
    return row if row is not None and getattr(row, "version_id", None) == version.id else abort(404)


def make_code(taken: Iterable[str], name: str, kind: str) -> str:
    """Return a code that is not taken: the name's letters where it has some, else its kind and a number."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = "_".join("".join(letter if letter.isalnum() else " " for letter in plain).split())[:24].strip("_")
    base = base if rules.CODE.fullmatch(base) else kind
    known, number = set(taken), 1
    code = base
    while code in known:
        number += 1
        code = f"{base}_{number}"
    return code


def add_step(version: ProcessVersion, after: int | None) -> ProcessStep:
    """Add a step behind another (None: the last); the routes of the others stay as they are. To be committed by the caller."""
    steps = list(read_rows(ProcessStep, version.id))
    place = next((at for at, row in enumerate(steps, 1) if row.id == after), len(steps))
    number = len(steps) + 1
    code = make_code((row.code for row in steps), "", "step")
    who = Who.STARTER.value if not steps else Who.ROLE.value
    row = ProcessStep(version_id=version.id, code=code, name_zh=f"第{number}步", name_en=f"Step {number}", who=who)
    db.session.add(row)
    _place([*steps[:place], row, *steps[place:]])
    return row


def _place(rows: Sequence[Any]) -> None:
    for at, row in enumerate(rows, 1):
        row.position = at * 10


def move_part(model: type[P], version: ProcessVersion, part_id: int | None, *, down: bool) -> None:
    """Change places with the neighbour; the first step stays the first's."""
    part = find_part(model, version, part_id)
    rows = [row for row in read_rows(model, version.id) if getattr(row, "parent_id", None) is None]
    at = rows.index(part)
    other = at + (1 if down else -1)
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
        _place(rows)


def remove_step(version: ProcessVersion, step_id: int | None) -> None:
    """Take a step away with its rights, ways and copies; what led to it leads to the next in order."""
    step = find_part(ProcessStep, version, step_id)
    for route in read_rows(StepRoute, version.id):
        if route.step_id == step.id or route.target_id == step.id:
            _remove_route(version, route)
    for model in (FieldRight, CopyTo):
        for row in read_rows(model, version.id):
            if getattr(row, "step_id", None) == step.id:
                db.session.delete(row)
    db.session.flush()
    step.roles = []
    db.session.flush()
    db.session.delete(step)


def _remove_route(version: ProcessVersion, route: StepRoute) -> None:
    for one in read_rows(RouteCondition, version.id):
        if one.route_id == route.id:
            db.session.delete(one)
    db.session.flush()
    db.session.delete(route)


def remove_field(version: ProcessVersion, field_id: int | None) -> None:
    """Take a field away with its columns and rights; conditions that ask about it stay, for the check to name."""
    found = find_part(ProcessField, version, field_id)
    for right in read_rows(FieldRight, version.id):
        if right.field_id == found.id:
            db.session.delete(right)
    for column in read_rows(ProcessField, version.id):
        if column.parent_id == found.id:
            db.session.delete(column)
    db.session.flush()
    db.session.delete(found)


Ways = Sequence[tuple[Sequence[tuple[str, str, str]], str]]  # conditions as (field, operator, value), and the code of the target


@dataclass(frozen=True)
class About:
    """What a step says beyond its columns: ids of its roles, ways on, copies when it is done."""

    roles: Sequence[int]
    routes: Ways
    copies: Sequence[Mapping[str, Any]]


def save_version(version: ProcessVersion, values: Mapping[str, object], copies: Sequence[Mapping[str, Any]]) -> None:
    """Write what a version says as a whole, and who gets copies at the end."""
    write(version, values)
    save_copies(version, None, copies)


def save_step(version: ProcessVersion, step: ProcessStep, values: Mapping[str, object], about: About) -> None:
    """Write a step: its columns, roles, ways on and copies."""
    write(step, values)
    chosen = {role_id for role_id in about.roles if role_id}
    step.roles = list(db.session.scalars(select(Role).where(Role.id.in_(chosen)).order_by(Role.id)))
    db.session.add(step)
    db.session.flush()
    _save_routes(version, step, about.routes)
    save_copies(version, step.id, about.copies)


def _save_routes(version: ProcessVersion, step: ProcessStep, routes: Ways) -> None:
    codes = {row.code: row.id for row in read_rows(ProcessStep, version.id)}
    present = [row for row in read_rows(StepRoute, version.id) if row.step_id == step.id]
    if routes == _read_routes(version, present, {row_id: code for code, row_id in codes.items()}):
        return
    for route in present:
        _remove_route(version, route)
    for place, (conditions, target) in enumerate(routes, 1):
        route = StepRoute(version_id=version.id, step_id=step.id, position=place * 10, target_id=codes.get(target))
        db.session.add(route)
        db.session.flush()
        for at, (field, operator, value) in enumerate(conditions, 1):
            db.session.add(
                RouteCondition(version_id=version.id, route_id=route.id, position=at * 10, field=field, operator=operator, value=value)
            )


def _read_routes(
    version: ProcessVersion, routes: Sequence[StepRoute], codes: Mapping[int, str]
) -> list[tuple[list[tuple[str, str, str]], str]]:
    conditions = read_rows(RouteCondition, version.id)
    return [
        ([(one.field, one.operator, one.value) for one in conditions if one.route_id == route.id], codes.get(route.target_id or 0, ""))
        for route in routes
    ]


def save_copies(version: ProcessVersion, step_id: int | None, copies: Sequence[Mapping[str, Any]]) -> None:
    """Write who gets copies when a step is done (None: at the end)."""
    present = [row for row in read_rows(CopyTo, version.id) if row.step_id == step_id]
    if [{"who": row.who, "role_id": row.role_id, "person_id": row.person_id} for row in present] == list(copies):
        return
    for row in present:
        db.session.delete(row)
    for one in copies:
        db.session.add(CopyTo(version_id=version.id, step_id=step_id, **one))


def save_field(
    version: ProcessVersion, found: ProcessField | None, values: Mapping[str, object], columns: Sequence[Mapping[str, str]]
) -> None:
    """Write a field (None: a new one) and its columns; a new one may be filled in at the first step."""
    row, is_new = found or ProcessField(version_id=version.id), found is None
    known = [one for one in read_rows(ProcessField, version.id) if one.parent_id is None]
    write(row, values)
    if is_new:
        row.position = (len(known) + 1) * 10
        row.code = row.code or make_code((one.code for one in known), row.name_en or "", "field")
        db.session.add(row)
        db.session.flush()
        steps = read_rows(ProcessStep, version.id)
        if steps:
            db.session.add(FieldRight(version_id=version.id, step_id=steps[0].id, field_id=row.id, allows=Right.WRITE.value))
    present = [one for one in read_rows(ProcessField, version.id) if one.parent_id == row.id]
    wanted = columns if row.kind == Kind.ROWS else []
    if [{name: getattr(one, name) for name in ("code", "name_zh", "name_en", "kind")} for one in present] == list(wanted):
        return
    for one in present:
        db.session.delete(one)
    db.session.flush()
    for place, said in enumerate(wanted, 1):
        db.session.add(ProcessField(version_id=version.id, parent_id=row.id, position=place * 10, **said))


NEXT_RIGHT = {Right.READ.value: Right.WRITE.value, Right.WRITE.value: Right.REQUIRED.value, Right.REQUIRED.value: Right.HIDDEN.value,
              Right.HIDDEN.value: Right.READ.value}  # fmt: skip


def turn_right(version: ProcessVersion, step_id: int | None, field_id: int | None) -> None:
    """Give a field at a step the next right: read, may write, must write, hidden."""
    step, found = find_part(ProcessStep, version, step_id), find_part(ProcessField, version, field_id)
    row = next((one for one in read_rows(FieldRight, version.id) if one.step_id == step.id and one.field_id == found.id), None)
    if row is None:
        db.session.add(FieldRight(version_id=version.id, step_id=step.id, field_id=found.id, allows=Right.WRITE.value))
    else:
        row.allows = NEXT_RIGHT[row.allows]


def find_work(do: str, ids: Sequence[int | None]) -> Callable[[ProcessVersion], None] | None:
    """Return what a button of the page does (“stepdown-3”, “right-3-7”); None for a button that there is not."""
    first, second = (*ids, None, None)[:2]
    works: dict[str, Callable[[ProcessVersion], None]] = {
        "stepup": lambda version: move_part(ProcessStep, version, first, down=False),
        "stepdown": lambda version: move_part(ProcessStep, version, first, down=True),
        "stepgone": lambda version: remove_step(version, first),
        "fieldup": lambda version: move_part(ProcessField, version, first, down=False),
        "fielddown": lambda version: move_part(ProcessField, version, first, down=True),
        "fieldgone": lambda version: remove_field(version, first),
        "right": lambda version: turn_right(version, first, second),
    }
    return works.get(do)


def try_to(work: Any) -> RuleViolation | None:
    """Do something and commit; return why it was refused, None when it was saved."""
    try:
        with commit.refusals():
            work()
            db.session.commit()
    except RuleViolation as refusal:
        return refusal
    return None
