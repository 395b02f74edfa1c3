"""Form fields made from the definitions of a model's fields: they read, refuse and say what every other door does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from wtforms import BooleanField, DateField, DecimalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms import TimeField as PlainTimeField
from wtforms.validators import StopValidation
from wtforms.widgets import EmailInput, TelInput, TextInput

from ..base.errors import RuleViolation
from ..base.i18n import Words
from ..writes.columns import find_rule, find_target, rules_of
from ..writes.fields import ChoiceRule, DayRule, FieldRule, FlagRule, InstantRule, NumberRule, ReferenceRule, TextRule
from ..writes.option_sets import Named, choice_options, named_options
from ..writes.row_data import unify_lines
from ..writes.times import TimeRule
from .fields import LocalTimeField, OptionField, RemoteSelectField, ShownAs

KEYBOARDS = {"email": EmailInput(), "tel": TelInput()}
PLAIN = TextInput()


class Fits:
    """A validator: the value fits the definition. The row's own passes unchanged, as the gate lets it (it may be older than a limit)."""

    def __init__(self, rule: FieldRule) -> None:
        self.rule = rule
        self.field_flags: dict[str, object] = {"required": True} if rule.needed is not None else {}
        if rule.when is not None:
            self.field_flags["asked_when"] = rule.when

    def __call__(self, _form: object, field: Any) -> None:
        if field.process_errors:
            raise StopValidation
        if not field.raw_data and self.rule.needed is not None:  # a form that leaves the field out
            raise StopValidation(str(self.rule.needed))
        value, present = field.data, field.object_data
        if isinstance(value, str):
            value, present = unify_lines(value), unify_lines(str(present or ""))
        elif isinstance(field, LocalTimeField):
            value = field.find_instant(present)
        if value == present and present not in (None, ""):
            return
        try:
            self.rule.check(value)
        except RuleViolation as refusal:
            raise StopValidation(str(refusal)) from refusal


class ReadByRule(ShownAs):
    """Mixed into a field: what is typed is read by the definition."""

    rule: FieldRule
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Set the value that was typed; what cannot be read stays in the control."""
        if not valuelist:
            return
        self.data = None
        try:
            self.data = self.rule.read(valuelist[0])
        except RuleViolation as refusal:
            raise ValueError(str(refusal)) from refusal


class TextField(ShownAs, StringField):
    """A text of one line."""

    shown_as = "StringField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: TextRule, **kwargs: Any) -> None:
        more = {"render_kw": {"inputmode": rule.keyboard, **kwargs.pop("render_kw", {})}} if rule.keyboard else {}
        super().__init__(label, validators, widget=KEYBOARDS.get(rule.keyboard, PLAIN), **kwargs, **more)


class LinesField(ShownAs, TextAreaField):
    """A text of several lines."""

    shown_as = "TextAreaField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: TextRule, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)


class DayField(ReadByRule, DateField):
    """A day."""

    shown_as = "DateField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: DayRule, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.rule = rule

    def _value(self) -> str:
        """Return what the control shows: what was typed, else the day with four digits of its year, whatever the year."""
        return " ".join(self.raw_data) if self.raw_data else self.data.isoformat() if self.data else ""


class TimeField(ReadByRule, PlainTimeField):
    """A time of day."""

    shown_as = "TimeField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: TimeRule, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.rule = rule

    def _value(self) -> str:
        """Return what the control shows: what was typed, else hour and minute."""
        return " ".join(self.raw_data) if self.raw_data else self.data.isoformat("minutes") if self.data is not None else ""


class WholeField(ReadByRule, IntegerField):
    """A whole number."""

    shown_as = "IntegerField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: NumberRule, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.rule = rule


class AmountField(ReadByRule, DecimalField):
    """A number with decimals, written with or without commas between the thousands."""

    shown_as = "DecimalField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: NumberRule, **kwargs: Any) -> None:
        super().__init__(label, validators, places=rule.decimals, **kwargs)
        self.rule = rule


class ChoiceField(ReadByRule, SelectField):
    """One of a few codes; the row's own is offered too, though it may be none of them any more."""

    shown_as = "SelectField"

    def __init__(self, label: Words, validators: Sequence[Fits], *, rule: ChoiceRule, **kwargs: Any) -> None:
        super().__init__(label, validators, choices=[], validate_choice=False, **kwargs)
        self.rule: ChoiceRule = rule

    def iter_choices(self) -> Iterator[tuple[str, Words, bool, dict[str, object]]]:
        """Yield (code, what it is called, whether it is chosen, no further attributes)."""
        codes = dict(self.rule.codes())
        if self.data and self.data not in codes:
            codes[self.data] = self.data
        for code, label in codes.items():
            yield code, label, code == self.data, {}


def make_field(model: Any, name: str, label: Words, **extra: Any) -> Any:
    """Return the form field of a model's field; None for a reference to rows of which there is neither a short list nor a picker.

    `extra`: what the definition does not say (description, default, options of a list, render_kw), or says otherwise in this form (needed).
    Raises LookupError for a name that is no field of the model.
    """
    key, rule = find_rule(model, name)
    if "needed" in extra:
        rule = replace(rule, needed=extra.pop("needed"), when=None)
    if isinstance(rule, ReferenceRule):
        return _make_reference(model, key, rule, label, extra)
    extra.setdefault("default", rule.default)
    if isinstance(rule, FlagRule):
        return BooleanField(label, **extra)
    validators = [Fits(rule)]  # one for all forms: it holds the definition alone
    if isinstance(rule, InstantRule):
        return LocalTimeField(label, validators, **extra)
    kind: Any = {DayRule: DayField, TimeRule: TimeField, ChoiceRule: ChoiceField}.get(type(rule))
    if isinstance(rule, TextRule):
        kind = LinesField if rule.lines else TextField
    elif isinstance(rule, NumberRule):
        kind = AmountField if rule.decimals else WholeField
    return kind(label, validators, rule=rule, **extra)


def _make_reference(model: Any, key: str, rule: ReferenceRule, label: Words, extra: dict[str, Any]) -> Any:
    said = {"required": rule.needed is not None, "needed": rule.needed, "bad": rule.unknown, **extra}
    if rule.lookup:
        return RemoteSelectField(label, lookup=rule.lookup, depends=rule.depends, **said)
    options = said.pop("options", None) or _find_options(model, key, rule)
    return OptionField(label, options=options, **said) if options is not None else None


def _find_options(model: Any, key: str, rule: ReferenceRule) -> Callable[[], Sequence[tuple[int, str]]] | None:
    if rule.list_code:
        return partial(choice_options, rule.list_code)
    target = find_target(model, key)
    return partial(named_options, target) if target is not None and issubclass(target, Named) else None


def make_fields(model: Any, labels: Mapping[str, Words], extras: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a form field for every field of a model, by the name that forms have for it: the relation's, where it is one."""
    names = [key.removesuffix("_id") if isinstance(rule, ReferenceRule) else key for key, rule in rules_of(model).items()]
    made = {name: make_field(model, name, labels.get(name, name), **extras.get(name, {})) for name in names}
    return {name: field for name, field in made.items() if field is not None}
