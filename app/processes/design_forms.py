"""The forms of the designer: a process, a step with its ways on and copies, a field with its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, SelectField, SelectMultipleField, StringField

from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.forms.fields import KeptHidden, RemoteSelectField
from ..core.forms.made import make_field
from ..extensions import db
from . import words
from .designs import ProcessField, ProcessStep, ProcessVersion
from .flow.definition import END, Kind
from .offers import list_offered
from .queries import find_role_names
from .reading import Design

AND = "+"  # the target of a condition that another one follows
MOST_ROWS = 20
STEP_LABELS: Mapping[str, Words] = {
    "name_zh": _l("Name in Chinese"), "name_en": _l("Name in English"), "who": _l("Who does it"),
    "person_field": _l("Field that names them"),
    "quorum": _l("How many"), "needed": _l("Of them, this many"), "on_no": _l("What a “no” does"), "may_return": _l("May return"),
    "resume": _l("After the correction"), "starter_may_approve": _l("The starter may do it too"),
    "pass_same_person": _l("Passes by itself for who approved before"), "nobody": _l("When nobody is there"), "stand_in": _l("Stand-in"),
    "hours": _l("Working hours until due"), "overdue": _l("When overdue"), "in_bulk": _l("May be decided in bulk"),
    "verb_zh": _l("Button in Chinese"), "verb_en": _l("Button in English"),
}  # fmt: skip
FIELD_LABELS: Mapping[str, Words] = {
    "name_zh": _l("Name in Chinese"), "name_en": _l("Name in English"), "code": _l("Code"), "kind": _l("Kind"),
    "hint_zh": _l("Hint in Chinese"),
    "hint_en": _l("Hint in English"), "options": _l("Choices, one a line: 中文 | English"), "limit": _l("At most so many characters"),
    "least": _l("Least"), "most": _l("Most"), "default": _l("Filled in before"), "is_live": _l("Only contracts in force"),
    "is_shared": _l("May be in several running cases"), "is_told": _l("Shown on the contract and its tickets"),
}  # fmt: skip
VERSION_LABELS: Mapping[str, Words] = {
    "note": _l("What is new in it"), "effect": _l("Effect at the end"), "is_reserved": _l("Only this process may bring it about"),
}  # fmt: skip


class RouteForm(Form):
    """A condition and where it leads: to a step, to the end, or on to the next condition, which must hold too."""

    field = SelectField(_l("When"), validate_choice=False)
    operator = SelectField(_l("Comparison"), validate_choice=False)
    value = StringField(_l("Value"))
    target = SelectField(_l("Go to"), validate_choice=False)


class CopyForm(Form):
    """Who gets a copy."""

    who = SelectField(_l("Copy to"), validate_choice=False)
    role = SelectField(_l("Role"), validate_choice=False)
    person = RemoteSelectField(_l("Person"), lookup="case-people")


class ColumnForm(Form):
    """A column of a field of rows."""

    code = StringField(_l("Code"))
    name_zh = StringField(_l("Name in Chinese"))
    name_en = StringField(_l("Name in English"))
    kind = SelectField(_l("Kind"), validate_choice=False)


class DesignForm(FlaskForm):
    """A form of the designer; `row_version` tells whether somebody saved meanwhile."""

    row_version = KeptHidden("")


def _make(model: Any, labels: Mapping[str, Words], names: Sequence[str], **more: Any) -> type[DesignForm]:
    fields = {name: make_field(model, name, labels[name]) for name in names}
    return type("DesignForm", (DesignForm,), {**fields, **more})


StepForm = _make(
    ProcessStep,
    STEP_LABELS,
    tuple(STEP_LABELS),
    roles=SelectMultipleField(_l("Roles"), coerce=int, validate_choice=False),
    routes=FieldList(FormField(RouteForm), _l("Ways on"), max_entries=MOST_ROWS, render_kw={"add_label": _l("Add a condition")}),
    otherwise=SelectField(_l("Otherwise, go to"), validate_choice=False),
    copies=FieldList(
        FormField(CopyForm), _l("Copies when the step is done"), max_entries=MOST_ROWS, render_kw={"add_label": _l("Add a copy")}
    ),
)
ProcessFieldForm = _make(
    ProcessField,
    FIELD_LABELS,
    tuple(FIELD_LABELS),
    columns=FieldList(FormField(ColumnForm), _l("Columns"), max_entries=MOST_ROWS, render_kw={"add_label": _l("Add a column")}),
)
VersionForm = _make(
    ProcessVersion,
    VERSION_LABELS,
    ("note", "is_reserved"),
    effect=SelectField(VERSION_LABELS["effect"], validate_choice=False),
    effect_by=SelectField(_l("In the name of"), validate_choice=False),
    binding=SelectMultipleField(_l("Approvals are pinned to"), validate_choice=False),
    copies=FieldList(FormField(CopyForm), _l("Copies at the end"), max_entries=MOST_ROWS, render_kw={"add_label": _l("Add a copy")}),
)


def list_askable(design: Design) -> dict[str, str]:
    """Return what conditions may ask about, by code: fields of the form, and what modules offer of its records."""
    own = {code: about.label for code, about in design.fields.items() if about.kind is not Kind.ROWS}
    return own | {code: str(offer.fact.label) for code, offer in list_offered().items()}


def list_targets(design: Design, but: str = "") -> list[tuple[str, str]]:
    """Return where a way may lead: the steps, and the end (“-”, as an empty value is none)."""
    steps = [(step.code, f"{place} {design.call(step.code)}") for place, step in enumerate(design.flow.steps, 1) if step.code != but]
    return [*steps, ("-", _("End"))]


def offer_routes(form: Any, design: Design, but: str) -> None:
    """Offer in a step's form what its conditions may ask and where its ways may lead."""
    fields = [("", ""), *list_askable(design).items()]
    operators = [(code, str(label)) for code, label in words.OPERATORS.items()]
    targets = [*list_targets(design, but), (AND, _("… and:"))]
    for entry in form.routes.entries:
        entry.form.field.choices, entry.form.operator.choices, entry.form.target.choices = fields, operators, targets
    place = [step.code for step in design.flow.steps].index(but) + 1 if design.flow.find(but) is not None else 0
    following = design.flow.steps[place].code if 0 < place < len(design.flow.steps) else END
    label = design.call(following) if following != END else _("End")
    form.otherwise.choices = [("", _("the next in order (%(step)s)", step=label)), *list_targets(design, but)]


def offer_copies(form: Any) -> None:
    """Offer in a form to whom copies may go."""
    roles = [("", ""), *((str(role_id), name) for role_id, name in find_role_names(db.session()).items())]
    for entry in form.copies.entries:
        entry.form.who.choices = [("", ""), *((code, str(label)) for code, label in words.COPIES.items())]
        entry.form.role.choices = roles


def offer_kinds(form: Any) -> None:
    """Offer the kinds of a column."""
    for entry in form.columns.entries:
        plain = [(code, str(label)) for code, label in words.KINDS.items() if code in ("text", "number", "money", "date")]
        entry.form.kind.choices = plain


def read_copies(form: Any) -> list[dict[str, Any]]:
    """Return the copies that a form names, empty rows left out."""
    return [
        {"who": entry.form.who.data, "role_id": parse_id(entry.form.role.data or ""), "person_id": entry.form.person.data}
        for entry in form.copies.entries
        if entry.form.who.data
    ]


def read_routes(form: Any) -> list[tuple[list[tuple[str, str, str]], str]]:
    """Return the ways of a step's form: (conditions, target code), the last of them “otherwise”; none where nothing is said."""
    found: list[tuple[list[tuple[str, str, str]], str]] = []
    pending: list[tuple[str, str, str]] = []
    for entry in form.routes.entries:
        row = entry.form
        if not row.field.data:
            continue
        pending.append((row.field.data, row.operator.data or "eq", (row.value.data or "").strip()))
        if row.target.data != AND:
            found.append((pending, "" if row.target.data == "-" else row.target.data or ""))
            pending = []
    if pending:
        found.append((pending, ""))
    if form.otherwise.data or found:
        found.append(([], "" if form.otherwise.data in ("-", "") else form.otherwise.data))
    return found
