"""The designer's page as plain data: steps, the matrix of fields, what the check says, and the form that is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from ..core.base.formatting import join_words
from ..core.base.i18n import Words
from ..core.base.offers import EFFECTS
from ..core.forms.pages import FormPart
from ..extensions import db
from . import rules, words
from .design_forms import (
    ProcessFieldForm,
    StepForm,
    VersionForm,
    list_askable,
    offer_copies,
    offer_kinds,
    offer_routes,
)
from .designs import CopyTo, ProcessField, ProcessStep, ProcessVersion
from .flow.checks import Fault
from .flow.definition import END, Condition, Quorum, Right, Route, Step
from .page import say_who
from .queries import find_role_names
from .reading import Design, read_design, read_rows
from .versions import count_cases, list_faults, list_versions

SHORT_RIGHTS: Mapping[Right, str] = {Right.REQUIRED: "required", Right.WRITE: "write", Right.READ: "read", Right.HIDDEN: "hidden"}


# What a form shows at once, and what is folded: title, fields.
STEP_FIRST = ("name_zh", "name_en", "who", "roles", "quorum", "hours", "may_return", "routes", "otherwise")
FIELD_FIRST = ("name_zh", "name_en", "kind", "options", "limit", "columns")


@dataclass
class StepRow:
    """A step in the designer's table. `ways`: its routes in words, where it has any; `faults`: what is wrong with it."""

    id: int
    place: int
    code: str
    label: str
    who: str
    quorum: Words
    hours: str
    returns: Words
    then: str
    ways: Sequence[str] = ()
    faults: Sequence[Words] = ()


@dataclass
class FieldRow:
    """A field in the matrix: what it is, and its right at each step (step id, right, words)."""

    id: int
    label: str
    kind: str
    cells: Sequence[tuple[int, str, Words]] = ()
    faults: Sequence[Words] = ()


@dataclass
class DesignPage:
    """The designer's page of one version."""

    version: ProcessVersion
    design: Design
    steps: Sequence[StepRow]
    fields: Sequence[FieldRow]
    faults: Sequence[tuple[str, str, Words]]
    versions: Sequence[ProcessVersion]
    running: int
    is_draft: bool
    form: Any = None
    form_for: str = ""
    errors: Sequence[str] = field(default_factory=list)

    @property
    def parts(self) -> list[FormPart]:
        """Return the fields of the open form: what one always says, then the rest, folded."""
        first = {"step": STEP_FIRST, "field": FIELD_FIRST}.get(self.form_for.partition("-")[0], ())
        names = [one.short_name for one in self.form if one.short_name not in ("row_version", "csrf_token")]
        if not first:
            return [FormPart(None, names)]
        rest = [name for name in names if name not in first]
        return [FormPart(None, [name for name in first if name in names]), FormPart(_("More"), rest, is_folded=True)]


def make_page(version: ProcessVersion, *, form: Any = None, form_for: str = "", errors: Sequence[str] = ()) -> DesignPage:
    """Return the designer's page of a version; with a form that is open, and what was wrong with it."""
    design, roles = read_design(version.id), find_role_names(db.session())
    is_draft = version.state == rules.DRAFT
    faults = list_faults(design) if is_draft else []
    rows = read_rows(ProcessStep, version.id)
    steps = [
        _make_step(design, row, place, design.flow.get(row.code), roles, [fault.words for fault in faults if fault.step == row.code])
        for place, row in enumerate(rows, 1)
    ]
    fields = [
        _make_field(design, row, rows, faults) for row in read_rows(ProcessField, version.id) if row.parent_id is None
    ]  # fmt: skip
    said = [(_say_place(design, fault), fault.step, fault.words) for fault in faults]
    return DesignPage(
        version, design, steps, fields, said, list_versions(version.process_id), count_cases([version.id]).get(version.id, 0), is_draft,
        form, form_for, errors,
    )  # fmt: skip


def _say_place(design: Design, fault: Fault) -> str:
    if fault.step:
        place = [step.code for step in design.flow.steps].index(fault.step) + 1
        return _("Step %(n)s, %(name)s", n=place, name=design.call(fault.step))
    about = design.fields.get(fault.field)
    return about.label if about is not None else fault.field


def _make_step(design: Design, row: ProcessStep, place: int, step: Step, roles: Mapping[int, str], faults: Sequence[Words]) -> StepRow:
    quorum = words.QUORUMS[step.quorum]
    if step.quorum is Quorum.SOME:
        quorum = _("%(n)s of them", n=step.needed)
    routes = design.flow.list_routes(step)
    then = say_target(design, routes[0].target) if len(routes) == 1 else _("by conditions")
    ways = [say_route(design, route) for route in routes] if len(routes) > 1 else []
    hours = _("%(n)s hours", n=step.hours) if step.hours else ""
    return StepRow(
        row.id,
        place,
        row.code,
        row.label,
        say_who(design, step, roles),
        quorum,
        hours,
        words.MAY_RETURN[step.may_return],
        then,
        ways,
        faults,
    )


def say_target(design: Design, code: str) -> str:
    """Return what a way leads to, by place and name."""
    if code == END:
        return _("End")
    codes = [step.code for step in design.flow.steps]
    return f"{codes.index(code) + 1} {design.call(code)}" if code in codes else code


def say_route(design: Design, route: Route) -> str:
    """Return a way in words: its conditions, and where it leads."""
    said = join_words(say_condition(design, one) for one in route.conditions) if route.conditions else _("otherwise")
    return f"{said} → {say_target(design, route.target)}"


def say_condition(design: Design, condition: Condition) -> str:
    """Return a condition in words."""
    label = list_askable(design).get(condition.field, condition.field)
    return f"{label} {words.OPERATORS.get(condition.operator, condition.operator)} {condition.value}".strip()


def _make_field(design: Design, row: ProcessField, steps: Sequence[ProcessStep], faults: Sequence[Fault]) -> FieldRow:
    cells = []
    for step in steps:
        right = design.flow.get(step.code).right_on(row.code)
        cells.append((step.id, SHORT_RIGHTS[right], words.RIGHTS[right]))
    kind = str(words.KINDS[row.kind])
    return FieldRow(row.id, row.label, kind, cells, [fault.words for fault in faults if fault.field == row.code])


def open_step_form(design: Design, step: ProcessStep, sent: Any = None) -> Any:
    """Return the form of a step, filled in with what it says, or with what was sent."""
    routes = design.flow.get(step.code).routes
    rows = []
    for route in routes:
        last = len(route.conditions) - 1
        for place, one in enumerate(route.conditions):
            target = (route.target or "-") if place == last else "+"
            rows.append({"field": one.field, "operator": one.operator, "value": one.value, "target": target})
    otherwise = routes[-1].target or "-" if routes and not routes[-1].conditions else ""
    data = {"routes": [*rows, {}], "otherwise": otherwise, "roles": [role.id for role in step.roles],
            "copies": [*_list_copies(step.version_id, step.id), {}]}  # fmt: skip
    form = StepForm(sent, obj=step, data=data)
    form.roles.choices = list(find_role_names(db.session()).items())
    form.row_version.data = str(step.row_version)
    offer_routes(form, design, step.code)
    offer_copies(form)
    return form


def _list_copies(version_id: int, step_id: int | None) -> list[dict[str, Any]]:
    found = [row for row in read_rows(CopyTo, version_id) if row.step_id == step_id]
    return [{"who": row.who, "role": str(row.role_id or ""), "person": row.person_id} for row in found]


def open_field_form(row: ProcessField | None, version: ProcessVersion, sent: Any = None) -> Any:
    """Return the form of a field, or of a new one."""
    columns = [one for one in read_rows(ProcessField, version.id) if row is not None and one.parent_id == row.id]
    data = {"columns": [*({name: getattr(one, name) for name in ("code", "name_zh", "name_en", "kind")} for one in columns), {}]}
    form = ProcessFieldForm(sent, obj=row, data=data)
    if row is not None:
        form.row_version.data = str(row.row_version)
    offer_kinds(form)
    return form


def open_version_form(version: ProcessVersion, design: Design, sent: Any = None) -> Any:
    """Return the form of what a version says as a whole: effect, pins, copies at the end."""
    data = {"copies": [*_list_copies(version.id, None), {}], "binding": list(design.binding)}
    form = VersionForm(sent, obj=version, data=data)
    form.effect.choices = [("", ""), *((effect.code, str(effect.label)) for effect in EFFECTS.first_of_each().values())]
    form.effect_by.choices = [("approver", _("The last who approved")), ("owner", _("The process owner"))]
    form.binding.choices = [(code, label) for code, label in list_askable(design).items() if "." in code]
    form.row_version.data = str(version.row_version)
    offer_copies(form)
    return form


def say_whole(design: Design) -> list[tuple[str, str]]:
    """Return in words what a version says as a whole: its effect, whose name it bears, what is pinned."""
    effect = EFFECTS.find(design.effect)
    by = _("The last who approved") if design.effect_by == "approver" else _("The process owner")
    labels = list_askable(design)
    ends = [copy for copy in design.copies if copy.step == END]
    return [
        (_("Effect at the end"), str(effect.label) if effect is not None else ""),
        (_("In the name of"), by if effect is not None else ""),
        (_("Only this process may bring it about"), _("Yes") if design.is_reserved else ""),
        (_("Approvals are pinned to"), join_words(labels.get(code, code) for code in design.binding)),
        (_("Copies at the end"), join_words(str(words.COPIES[copy.who]) for copy in ends)),
    ]
