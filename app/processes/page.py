"""What the page of a case shows: where it stands, what is filled in, what was said, what the viewer may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ..core.access.directory import name_of_person
from ..core.access.viewer import current_viewer, elevated
from ..core.base import clock
from ..core.base.days import tell_time
from ..core.base.formatting import join_words, show
from ..core.base.i18n import Words
from ..extensions import db
from . import rules, words
from .filling import WRITES, Filled, find_records, read_values
from .flow import case as flow
from .flow.actors import Actor
from .flow.case import Case as State
from .flow.definition import Kind, Right, Step, Who
from .models import Case, CaseAttachment, CaseCopy, CaseTask, CaseValue
from .people import make_actor_of
from .queries import find_role_names
from .reading import Design, read_design
from .store import make_state, read_tasks
from .values import FormField, from_json, show_value


@dataclass
class Look:
    """A case as somebody looks at it."""

    row: Case
    design: Design
    state: State
    tasks: Sequence[CaseTask]
    actor: Actor
    filled: Filled
    roles: Mapping[int, str] = field(default_factory=dict)

    @property
    def step(self) -> Step:
        """Return the step at which the case stands."""
        return self.design.flow.get(self.state.step)

    @property
    def mine(self) -> CaseTask | None:
        """Return the open task that is the viewer's, or of somebody they stand in for; None for none."""
        theirs = {self.actor.id, *self.actor.stands_for}
        found = [task for task in self.tasks if task.state == flow.OPEN and task.person_id in theirs]
        return min(found, key=lambda task: (task.person_id != self.actor.id, task.number), default=None)


def look_at(row: Case) -> Look:
    """Return a case as the viewer looks at it: read with the system's reach, shown by what its steps let them read."""
    viewer, session = current_viewer(), db.session()
    design = read_design(row.version_id, viewer.version)
    with elevated():
        tasks = read_tasks(session, row.id)
        filled = find_records(session, design, read_values(session, design, row.id))
        actor = make_actor_of(session, viewer, design, row)
    return Look(row, design, make_state(row, tasks), tasks, actor, filled, find_role_names(session))


@dataclass
class BandStep:
    """A step in the band: what it is called, its place, “done”, “now”, “passed”, “ahead” or “skipped”, and lines below."""

    place: int
    label: str
    kind: str
    lines: list[Words] = field(default_factory=list)
    back: str = ""


def name_holder(look: Look, task: CaseTask) -> str:
    """Return who has a task: a person, or the pool of a role."""
    if task.person_id is not None:
        return name_of_person(task.person_id)
    return _("anyone of %(role)s", role=look.roles.get(task.role_id or 0, "–"))


def make_band(look: Look) -> list[BandStep]:
    """Return the steps of a case in the order of the flow, each with who, when and how long."""
    return [_make_step(look, place, step) for place, step in enumerate(look.design.flow.steps, 1)]


def _make_step(look: Look, place: int, step: Step) -> BandStep:
    mine = [task for task in look.tasks if task.step == step.code and task.dropped != flow.UNDONE]
    found = BandStep(place, look.design.call(step.code), _find_kind(look, step, mine))
    if found.kind == "now":
        held = [task for task in mine if task.state == flow.OPEN]
        found.lines = [join_words(dict.fromkeys(name_holder(look, task) for task in held))]
        due = min((task.due_at for task in held if task.due_at is not None), default=None)
        if due is not None:
            found.lines.append(_("by %(when)s", when=tell_time(due).words))
        elif held:
            found.lines.append(_("since %(when)s", when=tell_time(min(task.opened_at for task in held)).words))
    elif found.kind == "done":
        done = [task for task in mine if task.verdict in (flow.YES, flow.NO) and task.visit == max(one.visit for one in mine)]
        done = done or [task for task in mine if task.verdict in (flow.YES, flow.NO)]
        found.lines = [join_words(dict.fromkeys(name_of_person(task.actor_id) for task in done))]
        if done:
            found.lines.append(tell_time(max(task.closed_at or task.opened_at for task in done)).words)
    elif found.kind == "ahead":
        found.lines = [say_who(look.design, step, look.roles)]
    returns = sum(task.verdict == flow.BACK for task in mine)
    found.back = _("returned %(n)s times", n=returns) if returns > 1 else _("returned once") if returns else ""
    return found


def _find_kind(look: Look, step: Step, mine: Sequence[CaseTask]) -> str:
    is_here = look.state.step == step.code and look.state.state in (flow.DRAFT, flow.RUNNING)
    if is_here:
        return "now"
    if any(task.verdict in (flow.YES, flow.NO) for task in mine):
        return "done"
    if step.code in look.state.path:
        return "passed"
    return "ahead" if look.state.state in (flow.DRAFT, flow.RUNNING) else "skipped"


def say_who(design: Design, step: Step, roles: Mapping[int, str]) -> str:
    """Return in words who does a step."""
    match step.who:
        case Who.ROLE:
            return join_words(roles.get(role, "–") for role in step.roles) or _("no role yet")
        case Who.STARTER:
            return _("the starter")
        case Who.PERSON_FIELD:
            about = design.fields.get(step.person_field)
            return about.label if about is not None else "–"
        case Who.MANAGER:
            return _("the starter's manager")
        case Who.MANAGER_ABOVE:
            return _("the manager above")
        case Who.CHOSEN:
            return _("chosen before")


def list_readable(look: Look) -> list[FormField]:
    """Return the fields that the viewer may read: those that a step of theirs shows; of others' cases all but what is hidden now."""
    steps = {task.step for task in look.tasks if look.actor.id in (task.person_id, task.actor_id)}
    if look.row.owner_id == look.actor.id:
        steps.add(look.design.flow.first.code)
    if not steps:
        copied = db.session.scalar(
            select(CaseCopy.step).where(CaseCopy.case_id == look.row.id, CaseCopy.person_id == look.actor.id).order_by(CaseCopy.id).limit(1)
        )
        steps = {copied} if copied else {look.state.step}
    known = [found for code in steps if (found := look.design.flow.find(code)) is not None]
    return [one for code, one in look.design.fields.items() if any(step.right_on(code) is not Right.HIDDEN for step in known)]


@dataclass
class ReadValue:
    """A field as it is read: label, value, what it was in the round before, rows of a small table, files."""

    label: str
    value: object
    before: object = ""
    url: str | None = None
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    files: Sequence[tuple[str, int]] = ()
    is_wide: bool = False


def read_form_values(look: Look, *, but: frozenset[str] = frozenset()) -> list[ReadValue]:
    """Return what is filled in and not empty, as the viewer may read it, without the fields `but`."""
    earlier = _read_earlier(look)
    names = _name_records(look)
    found = []
    for about in list_readable(look):
        value = look.filled.values.get(about.code)
        if about.code in but or value in (None, "", []):
            continue
        if about.kind is Kind.ROWS:
            found.append(_read_rows(about, value))
        elif about.kind is Kind.ATTACHMENT:
            found.append(ReadValue(about.label, "", files=_name_files(value)))
        else:
            before = earlier.get(about.code)
            old = show_value(about, before, names) if before is not None and before != value else ""
            found.append(ReadValue(about.label, show_value(about, value, names), old, is_wide=about.kind is Kind.LONG_TEXT))
    return found


def _read_rows(about: FormField, value: Any) -> ReadValue:
    rows = [[show_value(column, row.get(column.code), {}) for column in about.columns] for row in value]
    return ReadValue(about.label, "", heads=[column.label for column in about.columns], rows=rows, is_wide=True)


def _name_files(ids: Sequence[int]) -> list[tuple[str, int]]:
    with elevated():
        rows = db.session.execute(select(CaseAttachment.id, CaseAttachment.name).where(CaseAttachment.id.in_(ids)))
    return [(name, file_id) for file_id, name in rows]


def _read_earlier(look: Look) -> dict[str, Any]:
    """Return what each field held in the last round before the one that holds now."""
    table = CaseValue.__table__.c
    rows = db.session.connection().execute(
        select(table.field, table.value).where(table.case_id == look.row.id).order_by(table.field, table.round)
    )
    by_field: dict[str, list[str]] = {}
    for code, text in rows:
        by_field.setdefault(code, []).append(text)
    fields = look.design.fields
    return {code: from_json(fields[code], texts[-2]) for code, texts in by_field.items() if len(texts) > 1 and code in fields}


def _name_records(look: Look) -> dict[tuple[Kind, int], str]:
    """Return what the case's contract and customer are called: whoever has a part in it reads number and name."""
    found: dict[tuple[Kind, int], str] = {}
    if look.filled.contract is not None:
        found[(Kind.CONTRACT, look.filled.contract.id)] = look.filled.contract.number
    if look.filled.customer is not None:
        found[(Kind.CUSTOMER, look.filled.customer.id)] = look.filled.customer.name
    return found


def list_written(look: Look) -> frozenset[str]:
    """Return the codes of the fields that the viewer fills in at their open task; added signers fill in nothing."""
    task = look.mine
    if task is None or not task.is_seat:
        return frozenset()
    return frozenset(code for code in look.design.fields if look.step.right_on(code) in WRITES)


def say_state(look: Look) -> str:
    """Return where a case stands: its step and who has it; or how it ended."""
    if look.state.state != flow.RUNNING:
        return ""
    place = [step.code for step in look.design.flow.steps].index(look.state.step) + 1
    held = [name_holder(look, task) for task in look.tasks if task.state == flow.OPEN]
    if not held:
        return _("Step %(n)s, nobody can do it", n=place)
    return _("Step %(n)s, waiting for %(who)s", n=place, who=join_words(dict.fromkeys(held)))


def list_notes(look: Look) -> list[tuple[str, Words, str | None, Words | None]]:
    """Return what stands above a case's form: why nobody can do its step, that its contract begins only later."""
    found: list[tuple[str, Words, str | None, Words | None]] = []
    if look.state.stuck and look.state.state == flow.RUNNING:
        why = words.REASONS.get(look.state.stuck, look.state.stuck)
        found.append(("red", _("Nobody can do this step: %(why)s. The process owner can give it to somebody.", why=why), None, None))
    contract = look.filled.contract
    is_live = any(about.is_live for about in look.design.find_fields(Kind.CONTRACT))
    if contract is not None and is_live and rules.begins_later(contract.start_on, clock.today()):
        found.append(("amber", _("This contract begins only on %(day)s.", day=show(contract.start_on)), None, None))
    return found
