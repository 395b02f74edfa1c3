"""A version as plain data: the flow that the engine runs, the fields of its form, and what people call its parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..core.access.mixins import Row
from ..core.base.caches import Cache
from ..core.base.entities import table_of
from ..core.writes.option_sets import reads_english
from ..extensions import db
from . import rules
from .designs import CopyTo, FieldRight, Process, ProcessField, ProcessStep, ProcessVersion, RouteCondition, StepRoute
from .flow.definition import END, Condition, Field, Flow, Kind, MayReturn, Nobody, OnNo, Overdue, Quorum, Resume, Right, Route, Step, Who
from .offers import list_offered
from .values import FormField

P = TypeVar("P", bound=Row)


@dataclass(frozen=True)
class StepWords:
    """What people call a step, and what its main button says."""

    name_zh: str
    name_en: str
    verb_zh: str = ""
    verb_en: str = ""

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if reads_english() else self.name_zh

    @property
    def verb(self) -> str:
        """Return what the main button says in the reader's language; '' for the usual word."""
        return self.verb_en if reads_english() else self.verb_zh


@dataclass(frozen=True)
class Copy:
    """Who gets a copy once a step is done; '' for the end."""

    step: str
    who: str
    role_id: int | None
    person_id: int | None


@dataclass(frozen=True)
class Design:
    """A version as the desk works with it."""

    id: int
    process_id: int
    number: int
    state: str
    flow: Flow
    fields: Mapping[str, FormField]
    steps: Mapping[str, StepWords]
    copies: Sequence[Copy] = ()
    binding: tuple[str, ...] = ()
    effect: str = ""
    effect_by: str = "approver"
    is_reserved: bool = False
    process_names: tuple[str, str] = ("", "")
    code: str = ""

    @property
    def name(self) -> str:
        """Return the process's name in the reader's language."""
        return self.process_names[1] if reads_english() else self.process_names[0]

    def call(self, step: str) -> str:
        """Return what a step is called; its code for one that is not there."""
        return self.steps[step].label if step in self.steps else step

    def find_fields(self, kind: Kind) -> list[FormField]:
        """Return the fields of a kind, in order."""
        return [one for one in self.fields.values() if one.kind is kind]


# A published version never changes, and its process's name and owner only with the version of the lists (Process is a named table).
_designs: Cache[Design] = Cache("designs of processes", 200)


def read_design(version_id: int, version: int | None = None) -> Design:
    """Return a version; kept between requests unless it is a draft. `version`: of grants and lists (`Viewer.version`)."""
    found = _designs.find(version_id, version) if version is not None else None
    if found is not None:
        return found
    row = db.session.execute(
        select(ProcessVersion, Process).join(Process, Process.id == ProcessVersion.process_id).where(ProcessVersion.id == version_id)
    ).one()
    made = _make_design(row[0], row[1])
    return _designs.keep(version_id, made, version) if version is not None and made.state != rules.DRAFT else made


@dataclass
class _Parts:
    """The rows of a version, those of each step or route together."""

    fields: Sequence[ProcessField]
    steps: Sequence[ProcessStep]
    rights: Mapping[int, Sequence[FieldRight]]
    routes: Mapping[int, Sequence[StepRoute]]
    conditions: Mapping[int, Sequence[RouteCondition]]
    codes: Mapping[int, str] = field(default_factory=dict)


def _read_parts(version_id: int) -> _Parts:
    fields, steps = read_rows(ProcessField, version_id), read_rows(ProcessStep, version_id)
    return _Parts(
        fields,
        steps,
        _by(read_rows(FieldRight, version_id), "step_id"),
        _by(read_rows(StepRoute, version_id), "step_id"),
        _by(read_rows(RouteCondition, version_id), "route_id"),
        {row.id: row.code for row in steps} | {-row.id: row.code for row in fields},
    )


def read_rows(model: type[P], version_id: int) -> Sequence[P]:
    """Return the rows of one table of a version, in order."""
    columns = table_of(model).c
    order = [columns.position] if "position" in columns else []
    statement = select(model).where(columns.version_id == version_id).order_by(*order, columns.id)
    if model is ProcessStep:
        statement = statement.options(selectinload(ProcessStep.roles))
    return db.session.scalars(statement).all()


def _by(rows: Iterable[P], column: str) -> dict[int, list[P]]:
    found: dict[int, list[P]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _make_design(version: ProcessVersion, process: Process) -> Design:
    parts = _read_parts(version.id)
    top = [row for row in parts.fields if row.parent_id is None]
    columns = _by((row for row in parts.fields if row.parent_id is not None), "parent_id")
    fields = {row.code: make_field(row, columns.get(row.id, ())) for row in top}
    flow = Flow(
        owner=process.owner_id or 0,
        steps=tuple(_make_step(row, parts) for row in parts.steps),
        fields=tuple(_make_plain(one) for one in fields.values()),
        offered={code: offer.kind for code, offer in list_offered().items()},
    )
    return Design(
        version.id, process.id, version.number, version.state, flow, fields,
        {row.code: StepWords(row.name_zh, row.name_en, row.verb_zh, row.verb_en) for row in parts.steps},
        [Copy(parts.codes.get(row.step_id or 0, END), row.who, row.role_id, row.person_id) for row in read_rows(CopyTo, version.id)],
        tuple(code for code in version.binding.split(",") if code), version.effect, version.effect_by, version.is_reserved,
        (process.name_zh, process.name_en), process.code,
    )  # fmt: skip


def make_field(row: ProcessField, columns: Iterable[ProcessField] = ()) -> FormField:
    """Return a field as plain data."""
    return FormField(
        row.code, Kind(row.kind), row.name_zh, row.name_en, row.hint_zh, row.hint_en, row.options, row.limit, row.least, row.most,
        row.default, row.is_live, row.is_shared, row.is_told, tuple(make_field(column) for column in columns),
    )  # fmt: skip


def _make_plain(found: FormField) -> Field:
    return Field(found.code, found.kind, tuple(_make_plain(column) for column in found.columns))


def _make_step(row: ProcessStep, parts: _Parts) -> Step:
    return Step(
        row.code, Who(row.who), tuple(role.id for role in row.roles), row.person_field, Quorum(row.quorum), row.needed or 0,
        OnNo(row.on_no), MayReturn(row.may_return), Resume(row.resume), row.starter_may_approve, row.pass_same_person,
        Nobody(row.nobody), row.stand_in_id, row.hours, Overdue(row.overdue), row.in_bulk,
        {parts.codes[-one.field_id]: Right(one.allows) for one in parts.rights.get(row.id, ())},
        tuple(
            Route(
                parts.codes[route.target_id] if route.target_id is not None else END,
                tuple(Condition(one.field, one.operator, one.value) for one in parts.conditions.get(route.id, ())),
            )
            for route in parts.routes.get(row.id, ())
        ),
    )  # fmt: skip
