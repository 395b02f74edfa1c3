"""A handover as planned: who gets which rows, as one SELECT per kind of row that the preview shows and the run inserts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Integer, Select, case, cast, false, func, literal, null, select

from ..core.access.viewer import Viewer
from ..staff.models import Staff
from .holdings import Holding

STAYS = 0  # in place of a receiver: the row stays where it is
NONE, ONE, EVEN = "none", "one", "even"
ITEM_COLUMNS = [
    "handover_id", "model", "field", "row_id", "row_version", "old_staff_id", "old_department_id", "new_staff_id",
    "new_department_id", "outcome",
]  # fmt: skip


@dataclass(frozen=True)
class Division:
    """How the rows of one kind are divided.

    `way`: none (they stay), one (all to `main`), even (in turn among the receivers), or a column of the model (each of
    its values to the receiver in `by_value`, the others to `main`). `exceptions` name single rows, whatever the way.
    """

    way: str = NONE
    main: int = STAYS
    by_value: Mapping[int | None, int] = field(default_factory=dict)
    exceptions: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What is to be handed over; `rows` narrows a reassignment to the customers that were chosen."""

    leaver_id: int | None
    receivers: tuple[int, ...]
    divisions: Mapping[str, Division]
    note: str = ""
    keep_until: date | None = None
    close: bool = False
    kind: str = "handover"
    rows: tuple[int, ...] = ()

    def used_receivers(self) -> set[int]:
        """Return everybody who may get something."""
        found: set[int] = set()
        for division in self.divisions.values():
            if division.way == NONE:
                continue
            found |= set(self.receivers) if division.way == EVEN else {division.main, *division.by_value.values()}
            found |= set(division.exceptions.values())
        return found - {STAYS}


def select_candidates(holding: Holding, plan: Plan, viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return the conditions of the rows that the plan may move: held by the leaver (or chosen), and the viewer's to give."""
    if plan.leaver_id is not None:
        return [holding.held_by(plan.leaver_id), *holding.reached_by(viewer)]
    if not holding.is_owner:
        return [false()]  # a list offers its rows for another owner, nothing else
    return [holding.model.id.in_(plan.rows), holding.model.deleted_at.is_(None), *holding.reached_by(viewer)]


def select_moves(holding: Holding, plan: Plan, viewer: Viewer) -> Select:
    """Select what moves: model, field, row id, version, whose it was, whose it becomes. Rows that stay are left out."""
    model, staff = holding.model, Staff.__table__
    old = getattr(model, holding.field)
    moving = (
        select(
            model.id.label("row_id"), model.row_version.label("row_version"), old.label("old_staff_id"),
            model.department_id.label("old_department_id"),
            cast(_receiver(holding, plan), Integer).label("new_staff_id"),
        )
        .where(*select_candidates(holding, plan, viewer))
        .subquery()
    )  # fmt: skip
    department = staff.c.department_id if holding.is_owner else moving.c.old_department_id
    return (
        select(
            literal(model.__name__).label("model"), literal(holding.field).label("field"), moving.c.row_id, moving.c.row_version,
            moving.c.old_staff_id, moving.c.old_department_id, moving.c.new_staff_id, department.label("new_department_id"),
            literal("moved").label("outcome"),
        )
        .join(staff, staff.c.id == moving.c.new_staff_id)
        .where(moving.c.new_staff_id.is_distinct_from(moving.c.old_staff_id))
    )  # fmt: skip


def _receiver(holding: Holding, plan: Plan) -> ColumnElement[int]:
    """Return the expression that names each row's receiver, NULL for a row that stays."""
    division, model = plan.divisions[holding.key], holding.model
    if division.way == EVEN:
        turn = (func.row_number().over(order_by=model.id) - 1) % len(plan.receivers)
        base: ColumnElement[int] = case(*((turn == place, _to(staff)) for place, staff in enumerate(plan.receivers)))
    elif division.way == ONE:
        base = _to(division.main)
    else:
        column = getattr(model, division.way)
        whens = [
            (column.is_(None) if value is None else column == value, _to(staff)) for value, staff in division.by_value.items()
        ]  # fmt: skip
        base = case(*whens, else_=_to(division.main)) if whens else _to(division.main)
    by_receiver: dict[int, list[int]] = {}
    for row_id, staff_id in division.exceptions.items():
        by_receiver.setdefault(staff_id, []).append(row_id)
    return case(*((model.id.in_(rows), _to(staff)) for staff, rows in by_receiver.items()), else_=base) if by_receiver else base


def _to(staff_id: int) -> ColumnElement:
    return literal(staff_id) if staff_id != STAYS else null()


def make_digest(moves: Iterable[tuple[str, str, int, int | None, int]]) -> str:
    """Return a short text that is the same only for the same moves: (model, field, row, from, to), in any order."""
    lines = sorted("|".join(str(part) for part in move) for move in moves)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
