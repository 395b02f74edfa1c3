"""The form of a step, made from the version's rows: the controls are the core's, each made from the field's definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FieldList, Form, FormField, MultipleFileField

from ..core.base.i18n import Words
from ..core.forms.fields import OptionField, RemoteSelectField
from ..core.forms.made import AmountField, ChoiceField, DayField, Fits, LinesField, TextField
from ..core.parts.kinds import ACCEPTED
from ..core.writes.fields import ChoiceRule, TextRule
from ..staff.queries import department_options
from .filling import WRITES
from .flow.definition import Kind, Right, Step
from .reading import Design
from .values import LOOKUPS, MOST_ROWS, read_options, rule_for
from .values import FormField as About

PREFIX = "f-"  # before the names of a version's fields, which IT chose: none of them is one of the page's own


class StepForm(FlaskForm):
    """What a step asks for. The page carries the token against foreign pages once, for all that it sends."""

    class Meta:
        csrf = False


class ContractField(TextField):
    """A contract by its number: typed, pasted, or chosen from those that are offered."""

    shown_as = "ContractField"

    @property
    def lookup_url(self) -> str:
        """Return the address that offers contracts."""
        return url_for("LookupView.lookup", name=LOOKUPS[Kind.CONTRACT])


def _make_options(about: About) -> dict[str, Words]:
    return {"": "", **read_options(about.options)}


def make_control(about: About, *, is_needed: bool) -> Any:
    """Return the control of a field."""
    rule = rule_for(about, is_needed=is_needed)
    said: dict[str, Any] = {"description": about.hint}
    match about.kind:
        case Kind.YES_NO:
            return BooleanField(about.label, **said)
        case Kind.CONTRACT:
            text = TextRule(60, needed=rule.needed)
            return ContractField(about.label, [Fits(text)], rule=text, render_kw={"autocomplete": "off", "wide": True}, **said)
        case Kind.PERSON | Kind.CUSTOMER:
            lookup = "case-people" if about.kind is Kind.PERSON else LOOKUPS[about.kind]
            return RemoteSelectField(about.label, lookup=lookup, required=is_needed, needed=rule.needed, **said)
        case Kind.DEPARTMENT:
            return OptionField(about.label, options=department_options, required=is_needed, needed=rule.needed, **said)
        case Kind.CHOICE:
            offered = ChoiceRule(lambda: _make_options(about), 200, needed=rule.needed)
            return ChoiceField(about.label, [Fits(offered)], rule=offered, default=about.default or None, **said)
        case Kind.ATTACHMENT:
            return MultipleFileField(about.label, render_kw={"accept": ACCEPTED}, **said)
        case Kind.ROWS:
            return _make_rows(about, said)
    kinds: dict[Kind, Any] = {Kind.NUMBER: AmountField, Kind.MONEY: AmountField, Kind.DATE: DayField, Kind.LONG_TEXT: LinesField}
    return kinds.get(about.kind, TextField)(about.label, [Fits(rule)], rule=rule, default=_read_default(about), **said)


def _read_default(about: About) -> Any:
    rule = rule_for(about, is_needed=False)
    return rule.read(about.default) if about.default else None


def _make_rows(about: About, said: Mapping[str, Any]) -> FieldList:
    columns = {column.code: make_control(replace(column, hint_zh="", hint_en=""), is_needed=False) for column in about.columns}
    row = type("RowForm", (Form,), columns)
    return FieldList(FormField(row), about.label, min_entries=1, max_entries=MOST_ROWS, render_kw={"add_label": _("Add a row")}, **said)


def make_form(design: Design, step: Step, present: Mapping[str, Any], *, sent: Mapping[str, Any] | None = None) -> StepForm:
    """Return the form of a step, filled in with what is there, or with what was `sent`."""
    fields = {
        code: make_control(about, is_needed=step.right_on(code) is Right.REQUIRED)
        for code, about in design.fields.items()
        if step.right_on(code) in WRITES
    }
    made = type("StepForm", (StepForm,), fields)
    shown = {code: value for code, value in present.items() if code in fields and value is not None}
    form: StepForm = made(sent, prefix=PREFIX, data=shown)
    return form


def read_form(form: StepForm, design: Design, present: Mapping[str, Any]) -> dict[str, object]:
    """Return what a form was sent with, as plain values by the codes of its fields; files beside those that were there."""
    given: dict[str, object] = {}
    for field in form:
        about = design.fields[field.short_name]
        if about.kind is Kind.ROWS:
            given[about.code] = [dict(entry.form.data) for entry in field.entries]
        elif about.kind is Kind.ATTACHMENT:
            given[about.code] = {"kept": list(present.get(about.code) or []), "new": _read_files(field.name)}
        elif about.kind in (Kind.NUMBER, Kind.MONEY, Kind.DATE) and field.data is None:
            given[about.code] = " ".join(field.raw_data or []) or None  # what cannot be read is refused in the definition's words
        else:
            given[about.code] = field.data
    return given


def _read_files(name: str) -> list[tuple[str, bytes]]:
    files: Sequence[FileStorage] = request.files.getlist(name)[:20]
    return [(file.filename or "", file.read()) for file in files if file.filename]


def say_misfits(form: StepForm, sentences: Mapping[str, str]) -> list[str]:
    """Put sentences on the fields that they are about; return those that belong to none."""
    left = []
    for code, text in sentences.items():
        if code in form:
            form[code].errors = [text]
        else:
            left.append(text)
    return left
