"""The trial run: a version is walked on made-up data with made-up people; nothing is read of customers, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _

from ..core.base.errors import RuleViolation
from ..core.base.input_guard import parse_id
from ..extensions import db
from .design_forms import list_askable
from .flow import case as flow
from .flow import moves
from .flow.actors import Actor
from .flow.case import Case as State
from .flow.case import Task
from .flow.conditions import read_value
from .flow.definition import Flow, Kind, Step
from .flow.events import Entered, Passed, Stuck
from .flow.moves import list_targets
from .flow.run import Run, begin
from .forms import StepForm, make_form
from .page import BandStep
from .queries import find_role_names
from .reading import Design
from .values import FormField
from .words import REASONS, STATES

STARTER, MANAGER, ABOVE, OWNER, FIRST_HOLDER = 1, 2, 3, 4, 1000
MOST = 100  # steps of one trial
MADE_UP: Mapping[Kind, Any] = {
    Kind.TEXT: "Sample", Kind.LONG_TEXT: "Sample", Kind.NUMBER: "1", Kind.MONEY: "150000", Kind.DATE: "2026-12-01", Kind.YES_NO: True,
}  # fmt: skip


class TrialStaff:
    """Made-up people: every role has two, and there are managers."""

    def holders_of(self, role: int) -> tuple[int, ...]:
        """Return the two who hold a role."""
        return FIRST_HOLDER + 2 * role, FIRST_HOLDER + 2 * role + 1

    def manager_of(self, person: int) -> int | None:
        """Return the manager."""
        return MANAGER if person == STARTER else ABOVE

    def manager_above(self, person: int) -> int | None:
        """Return the manager above."""
        return ABOVE

    def is_living(self, person: int) -> bool:
        """Tell that everybody has an open account."""
        return True


@dataclass
class Move:
    """One move of a trial: what was done at whose task, and what was filled in."""

    do: str
    task: int
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class TrialPage:
    """Where a trial stands, as its page prints it."""

    design: Design
    band: Sequence[BandStep]
    state: str
    open: Sequence[tuple[int, str]]
    form: StepForm | None
    facts: Sequence[tuple[str, str, str]]
    returns: Sequence[tuple[str, str]]
    log: Sequence[str]
    moves: str
    error: str = ""


def play(design: Design, sent: Mapping[str, str]) -> TrialPage:
    """Return where a trial stands after the moves that a form carries, and the one that it asks for."""
    design = replace(design, flow=replace(design.flow, owner=OWNER))
    done = _read_moves(sent.get("moves", ""))
    wanted = sent.get("do", "")
    if wanted == "over":
        done, wanted = [], ""
    if wanted:
        do, _dash, number = wanted.rpartition("-")
        given = {name: str(sent[name])[:200] for name in sent if name.startswith(("f-", "fact-"))}
        done = [*done, Move(do, parse_id(number) or 0, given)]
    roles = find_role_names(db.session())
    run, said, error = _replay(design, done, roles)
    if error:
        run, said, _same = _replay(design, done[:-1], roles)
        done = done[:-1]
    return _make_page(design, run.case, done, said, error, roles)


def _read_moves(text: str) -> list[Move]:
    try:
        found = json.loads(text) if text else []
        return [Move(str(one["do"]), int(one["task"]), {str(k): str(v) for k, v in one["values"].items()}) for one in found[:MOST]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _replay(design: Design, done: Sequence[Move], roles: Mapping[int, str]) -> tuple[Run, list[str], str]:
    staff = TrialStaff()
    run = begin(design.flow, STARTER, staff)
    said: list[str] = []
    values: dict[str, Any] = {}
    for move in done:
        values |= _read_values(design.flow, design, move.values)
        step = Run(design.flow, run.case, staff, values, (MANAGER,))
        try:
            _make_move(step, move)
        except RuleViolation as refusal:
            return run, said, str(refusal)
        said += _tell(design, run.case, move, step, roles)
        run = step
    return run, said, ""


def _make_move(run: Run, move: Move) -> None:
    task = run.case.find(move.task)
    person = task.person if task is not None else None
    if task is not None and person is None and task.role is not None:
        person = run.staff.holders_of(task.role)[0]
        moves.claim(run, Actor(person, frozenset({task.role})), task.number)
    actor = Actor(person or STARTER)
    do, _colon, step = move.do.partition(":")
    if do == "return":
        moves.send_back(run, actor, move.task, step)
    elif do == "refuse":
        moves.refuse(run, actor, move.task)
    else:
        moves.approve(run, actor, move.task)


def _read_values(plan: Flow, design: Design, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what was filled in, as conditions compare it; what cannot be read counts as empty."""
    found: dict[str, Any] = {}
    for name, text in given.items():
        code = name.removeprefix("f-").removeprefix("fact-")
        about = design.fields.get(code)
        kind = about.kind if about is not None else plan.offered.get(code)
        if kind is None:
            continue
        try:
            found[code] = (text in ("y", "yes", "True")) if kind is Kind.YES_NO else text if kind is Kind.CHOICE else read_value(kind, text)
        except ValueError:
            found[code] = None
    return found


def name_person(design: Design, person: int | None, roles: Mapping[int, str]) -> str:
    """Return what a made-up person is called."""
    named = {STARTER: _("the starter"), MANAGER: _("the manager"), ABOVE: _("the manager above"), OWNER: _("the process owner")}
    if person is None or person in named:
        return named.get(person or 0, _("nobody"))
    role, other = divmod(person - FIRST_HOLDER, 2)
    return f"{roles.get(role, '–')} {'B' if other else 'A'}"


def _tell(design: Design, before: State, move: Move, run: Run, roles: Mapping[int, str]) -> list[str]:
    """Return in words what a move did, and what followed by itself."""
    task = run.case.find(move.task)
    who = name_person(design, task.actor if task is not None else None, roles)
    did = {"return": _("returned it"), "refuse": _("said no")}.get(move.do.partition(":")[0], _("approved"))
    lines = [_("%(step)s: %(who)s %(did)s", step=design.call(before.step), who=who, did=did)]
    for event in run.events:
        if isinstance(event, Passed):
            lines.append(_("%(step)s passed by itself: %(why)s", step=design.call(event.step), why=REASONS.get(event.why, event.why)))
        elif isinstance(event, Stuck):
            lines.append(_("Here the case would stop: %(why)s", why=REASONS.get(event.why, event.why)))
        elif isinstance(event, Entered):
            lines.append(_("→ %(step)s", step=design.call(event.step)))
    return lines


def _make_page(design: Design, state: State, done: Sequence[Move], said: Sequence[str], error: str, roles: Mapping[int, str]) -> TrialPage:
    is_open = state.state in (flow.DRAFT, flow.RUNNING)
    step = design.flow.find(state.step) if is_open else None
    form = _make_form(design, step) if step is not None else None
    open_tasks = [(task.number, _name_task(design, task, roles)) for task in state.open] if is_open else []
    returns = [(code, design.call(code)) for code in list_targets(design.flow, state)] if step is not None else []
    kept = json.dumps([{"do": one.do, "task": one.task, "values": one.values} for one in done], ensure_ascii=False)
    return TrialPage(
        design, _make_band(design, state, is_open=is_open), str(STATES[state.state][0]), open_tasks, form, _list_facts(design, done, step),
        returns, said, kept, error,
    )  # fmt: skip


def _name_task(design: Design, task: Task, roles: Mapping[int, str]) -> str:
    if task.person is not None:
        return name_person(design, task.person, roles)
    return _("anyone of %(role)s", role=roles.get(task.role or 0, "–"))


def _make_form(design: Design, step: Step) -> StepForm:
    """Return the form of a step with made-up values; records and files are left out: nothing real is chosen in a trial."""
    plain = {code: about for code, about in design.fields.items() if about.kind in MADE_UP or about.kind is Kind.CHOICE}
    form = make_form(replace(design, fields=plain), step, {})
    for one in form:
        about: FormField = plain[one.short_name]
        if about.kind in (Kind.NUMBER, Kind.MONEY, Kind.DATE):
            one.raw_data = [MADE_UP[about.kind]]
        elif about.kind in MADE_UP:
            one.data = MADE_UP[about.kind]
    return form


def _list_facts(design: Design, done: Sequence[Move], step: Step | None) -> list[tuple[str, str, str]]:
    """Return the facts of records that conditions ask about: code, label, and what is made up for it."""
    if step is None:
        return []
    asked = {one.field for each in design.flow.steps for route in each.routes for one in route.conditions if "." in one.field}
    labels, given = list_askable(design), {name: value for move in done for name, value in move.values.items()}
    return [(code, labels.get(code, code), given.get(f"fact-{code}", _make_up(design, code))) for code in sorted(asked)]


def _make_up(design: Design, code: str) -> str:
    return str(MADE_UP.get(design.flow.offered.get(code, Kind.TEXT), ""))


def _make_band(design: Design, state: State, *, is_open: bool) -> list[BandStep]:
    band = []
    for place, step in enumerate(design.flow.steps, 1):
        is_now = is_open and step.code == state.step
        is_done = any(task.step == step.code and task.verdict == flow.YES for task in state.tasks)
        kind = "now" if is_now else "done" if is_done else "passed" if step.code in state.path else "ahead" if is_open else "skipped"
        band.append(BandStep(place, design.call(step.code), kind))
    return band
