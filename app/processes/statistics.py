"""Figures of cases: by state, by month, and of each step how long it takes, what is late and what is returned. Each opens its cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from flask import url_for
from sqlalchemy import Select, case, func, select

from ..core.access.directory import name_of_person
from ..core.access.viewer import current_viewer
from ..core.base import clock
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.parsing import parse_day
from ..extensions import db
from . import words
from .flow import case as flow
from .models import Case, CaseEvent, CaseTask
from .queries import list_versions_of, process_options
from .reading import read_design

MOST_REASONS = 5


@dataclass(frozen=True)
class Asked:
    """Which cases are counted: of a process, a version, a department; started within a span of days."""

    process: int | None = None
    version: int | None = None
    department: int | None = None
    first: date | None = None
    last: date | None = None

    def link(self, **more: object) -> str:
        """Return the list of the cases that a figure counts."""
        spans = {"started_from": self.first.isoformat() if self.first else None, "started_to": self.last.isoformat() if self.last else None}
        given: dict[str, Any] = {"process": self.process, "version": self.version, "department": self.department, **spans, **more}
        return url_for("CasesView.list", **given)


@dataclass
class StepFigures:
    """Figures of a step: how many decisions, the median and the 95th percentile of their working hours, late and returned ones."""

    code: str
    label: str
    done: int = 0
    median: str = ""
    most: str = ""
    late: int = 0
    late_url: str = ""
    late_names: Sequence[tuple[str, int]] = ()
    returned: int = 0
    returned_url: str = ""
    reasons: Sequence[str] = ()


@dataclass
class Statistics:
    """What the page shows."""

    asked: Asked
    processes: Sequence[tuple[str, str]]
    versions: Sequence[tuple[int, str]]
    states: Sequence[tuple[Words, str, int, str]] = ()
    months: Sequence[tuple[str, int, int, str, str]] = ()
    most: int = 1
    steps: list[StepFigures] = field(default_factory=list)


def read_asked(args: Mapping[str, str]) -> Asked:
    """Return what an address asks for; by default the last twelve months."""
    today = clock.today()
    first = parse_day(args.get("first", "")) or date(today.year - 1, today.month, 1)
    last = parse_day(args.get("last", "")) or today
    return Asked(parse_id(args.get("process")), parse_id(args.get("version")), parse_id(args.get("department")), first, last)


def _within(asked: Asked, statement: Select) -> Select:
    """Narrow a statement on cases to those that are counted; the viewer's scope is on it too, so that each figure opens what it counts."""
    wanted = {Case.process_id: asked.process, Case.version_id: asked.version, Case.department_id: asked.department}
    statement = statement.where(*(column == value for column, value in wanted.items() if value is not None))
    if asked.first is not None:
        statement = statement.where(Case.started_at >= clock.from_local(datetime.combine(asked.first, time())))
    if asked.last is not None:
        statement = statement.where(
            Case.started_at < clock.from_local(datetime.combine(date.fromordinal(asked.last.toordinal() + 1), time()))
        )
    return statement


def make_statistics(asked: Asked) -> Statistics:
    """Return the figures of the cases that are asked for, within the viewer's reach."""
    found = Statistics(asked, process_options(), list_versions_of(asked.process))
    found.states = _count_states(asked)
    found.months = _count_months(asked)
    found.most = max((max(started, ended) for _month, started, ended, *_urls in found.months), default=1) or 1
    if asked.process is not None:
        found.steps = _count_steps(asked)
    return found


def _count_states(asked: Asked) -> list[tuple[Words, str, int, str]]:
    rows = db.session.execute(_within(asked, select(Case.state, func.count())).group_by(Case.state))
    counted = {row[0]: row[1] for row in rows}
    return [
        (label, tone, counted.get(state, 0), asked.link(state=state))
        for state, (label, tone) in words.STATES.items()
        if state != flow.DRAFT
    ]


def _count_months(asked: Asked) -> list[tuple[str, int, int, str, str]]:
    """Return month, how many started, how many of the counted ended, and the lists of both."""
    started: dict[str, int] = defaultdict(int)
    ended: dict[str, int] = defaultdict(int)
    for begun, over in db.session.execute(_within(asked, select(Case.started_at, Case.ended_at))):
        started[_month_of(begun)] += 1
        if over is not None:
            ended[_month_of(over)] += 1
    months = sorted({*started, *ended})
    return [
        (month, started[month], ended[month], _link_month(asked, "started", month), _link_month(asked, "ended", month)) for month in months
    ]


def _month_of(at: datetime) -> str:
    return clock.to_local(at).strftime("%Y-%m")


def _link_month(asked: Asked, name: str, month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    first = date(year, number, 1)
    last = date.fromordinal(date(year + number // 12, number % 12 + 1, 1).toordinal() - 1)
    span = {f"{name}_from": first.isoformat(), f"{name}_to": last.isoformat()}
    if name == "started":
        return replace(asked, first=first, last=last).link()
    return asked.link(**span)


def _count_steps(asked: Asked) -> list[StepFigures]:
    """Return the figures of each step of the newest version that is asked for; a step that is only in older ones comes after."""
    newest = asked.version or max((version_id for version_id, _label in list_versions_of(asked.process)), default=None)
    if newest is None:
        return []
    design = read_design(newest, current_viewer().version)
    steps = {step.code: StepFigures(step.code, design.call(step.code)) for step in design.flow.steps}
    lengths: dict[str, list[int]] = defaultdict(list)
    cases = _within(asked, select(Case.id)).subquery()
    task = CaseTask.__table__.c
    worked = select(task.step, task.worked).where(task.case_id.in_(select(cases.c.id)), task.verdict.is_not(None), task.worked.is_not(None))
    for code, minutes in db.session.connection().execute(worked):
        lengths[code].append(minutes)
    for code, minutes in lengths.items():
        figures = steps.setdefault(code, StepFigures(code, code))
        minutes.sort()
        figures.done, figures.median, figures.most = len(minutes), _say_hours(minutes, 0.5), _say_hours(minutes, 0.95)
    _count_late(asked, steps, cases)
    _count_returns(asked, steps, cases)
    return list(steps.values())


def _say_hours(minutes: Sequence[int], part: float) -> str:
    """Return the value below which a part of the sorted minutes lies (nearest rank), in hours."""
    place = max(0, min(len(minutes) - 1, -(-int(len(minutes) * part * 1000) // 1000) - 1))
    return f"{minutes[place] / 60:.1f}"


def _count_late(asked: Asked, steps: Mapping[str, StepFigures], cases: Any) -> None:
    """Count the tasks that are or were late, and whose they are."""
    task = CaseTask.__table__.c
    is_late = case((task.state == flow.OPEN, task.due_at < clock.now()), else_=task.closed_at > task.due_at)
    late = select(task.step, task.person_id, func.count()).where(
        task.case_id.in_(select(cases.c.id)), task.due_at.is_not(None), task.state.in_((flow.OPEN, flow.CLOSED)), is_late
    )
    names: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for code, person, count in db.session.connection().execute(late.group_by(task.step, task.person_id)):
        if code in steps:
            steps[code].late += count
            names[code][name_of_person(person) or "–"] += count
    for code, people in names.items():
        steps[code].late_names = sorted(people.items(), key=lambda pair: -pair[1])[:MOST_REASONS]
        steps[code].late_url = asked.link(late=code)


def _count_returns(asked: Asked, steps: Mapping[str, StepFigures], cases: Any) -> None:
    """Count the returns from each step, and say the last reasons."""
    event = CaseEvent.__table__.c
    returns = select(event.step, event.said).where(
        event.case_id.in_(select(cases.c.id)), event.kind == "decided", event.data.contains('"back"')
    )
    reasons: dict[str, list[str]] = defaultdict(list)
    for code, said in db.session.connection().execute(returns.order_by(event.id.desc())):
        if code in steps:
            steps[code].returned += 1
            reasons[code].append(said)
    for code, said in reasons.items():
        steps[code].reasons = [text for text in dict.fromkeys(said) if text][:MOST_REASONS]
        steps[code].returned_url = asked.link(returned=code)
