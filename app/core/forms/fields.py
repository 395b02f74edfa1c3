"""Form fields of our own: remote pickers, short lists, local times, the guard against double submits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import DateTimeLocalField, DecimalField, Field, SelectField
from wtforms.csrf.core import CSRFTokenField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import TextInput

from ...extensions import db
from ..access.scope import REACH_OPTION
from ..base import clock
from ..base.errors import RuleViolation
from ..base.formatting import show
from ..base.input_guard import parse_id
from ..writes import row_data
from ..writes.limits import is_in_calendar, limit_of, say_too_long
from ..writes.option_sets import CHOOSE
from ..writes.row_data import unify_lines
from .lookups import known

DATE_BAD = _l("This is not a date and time.")


class RowForm:
    """Mixed into a form of a record: writes what it holds on the row.

    A field may say by `row_values(row, name)` what it sets; else it sets the attribute of its name. A field with parts of
    its own (`has_parts`) writes them itself.
    """

    def populate_obj(self, obj: Any) -> None:
        """Set the row's attributes to what was entered."""
        values: dict[str, Any] = {}
        for name, field in self._fields.items():  # type: ignore[attr-defined]
            if getattr(field, "has_parts", False):
                field.populate_obj(obj, name)
            elif hasattr(field, "row_values"):
                values |= field.row_values(obj, name)
            elif not isinstance(field, CSRFTokenField):
                values[name] = field.data
        row_data.write(obj, values)


def by_rule(check: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    """Return the validator that asks a rule of a `rules.py`, so that a form names all that is wrong at once; the gate asks it again."""

    def validate(_form: Any, field: Any) -> None:
        try:
            check(field.data)
        except RuleViolation as refusal:
            raise ValidationError(str(refusal)) from refusal

    return validate


class Fits:
    """A validator: the text fits its column. The row's own text passes unchanged, as the gate lets it (it may be older than the limit)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.field_flags = {"maxlength": limit}

    def __call__(self, _form: Any, field: Any) -> None:
        text = unify_lines(field.data or "")
        if len(text) > self.limit and text != unify_lines(str(field.object_data or "")):
            raise ValidationError(say_too_long(self.limit))


def fits(model: type[Any], name: str) -> Fits:
    """Return the validator of a text field by the column's own definition."""
    table: Any = getattr(model, "__table__")  # noqa: B009 - a mixin has none, a model does
    return Fits(limit_of(table.c[name]))


class AmountField(DecimalField):
    """An amount, written with or without commas between the thousands; `bad` says what is expected."""

    _GROUPED = re.compile(r"-?\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?")

    def __init__(self, label: Any = None, *, bad: Any, **kwargs: Any) -> None:
        super().__init__(label, [InputRequired(bad)], places=2, **kwargs)
        self._bad = bad

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        if self._GROUPED.fullmatch(text):
            text = text.replace(",", "").replace("，", "")
        try:
            super().process_formdata([text] if valuelist else [])
        except ValueError as error:
            raise ValueError(str(self._bad)) from error


class ShownAs:
    """Mixed into a field: templates choose its control by the name of a field of WTForms, which else takes the class's own."""

    shown_as: str

    @property
    def type(self) -> str:
        """Return the name by which templates know the control."""
        return self.shown_as

    @type.setter
    def type(self, _name: str) -> None:
        """Leave it: WTForms would write the name of the class."""


class OptionField(SelectField):
    """A short list for a relation: the options are read per request; saves the foreign key `<name>_id`.

    An entry that is no longer offered (retired) is kept and offered while it is the row's own.
    """

    def __init__(self, label: Any = None, *, options: Callable[[], Sequence[tuple[int, str]]], required: bool = False,
                 description: Any = "", empty: Any = "", **kwargs: Any) -> None:  # fmt: skip
        validators = [InputRequired(_l("Choose an entry of the list."))] if required else [Optional()]
        super().__init__(label, validators, coerce=_to_id, choices=[], description=description, validate_choice=False, **kwargs)
        self._options, self._empty = options, empty
        self._kept: tuple[int, str] | None = None
        self.is_required = required
        if required:
            self.flags.required = True

    def process_data(self, value: Any) -> None:
        if value is not None and not isinstance(value, int):
            self._kept = (value.id, str(value))
            value = value.id
        self.data = value

    def iter_choices(self) -> Any:
        for value, label in self._offered():
            yield str(value or ""), label, value == self.data, {}

    def _offered(self) -> list[tuple[int | None, str]]:
        offered: list[tuple[int | None, str]] = list(self._options())
        if self._kept and all(value != self._kept[0] for value, _label in offered):
            offered.insert(0, self._kept)
        if not self.is_required or self.data is None:
            offered.insert(0, (None, str(self._empty)))
        return offered

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and all(value != self.data for value, _label in self._offered()):
            raise ValidationError(CHOOSE)

    def row_values(self, _row: Any, name: str) -> dict[str, Any]:
        """Return the foreign key that is chosen."""
        return {f"{name}_id": self.data}


def _to_id(text: Any) -> int | None:
    text = str(text or "").strip()
    if not text:
        return None
    if (number := parse_id(text)) is None:
        raise ValueError(str(CHOOSE))
    return number


class RemoteSelectField(Field):
    """A relation chosen from a lookup: the page never holds the table. Saves the foreign key `<name>_id`.

    The field repeats no rule: the gate decides. A present value the viewer may not see is kept.
    """

    widget = TextInput()

    def __init__(self, label: Any = None, *, lookup: str, required: bool = False, depends: str | None = None,
                 description: Any = "", needed: Any = CHOOSE, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(label, [InputRequired(needed)] if required else [Optional()], description=description, **kwargs)
        self.lookup, self.depends = lookup, depends
        self._selected: tuple[int, str] | None = None
        if required:
            self.flags.required = True

    @property
    def selected(self) -> tuple[int, str] | None:
        """Return id and name of the row that is chosen; by its number when the viewer may not read the name."""
        if self.data is None:
            return None
        if self._selected is None or self._selected[0] != self.data:
            model = known()[self.lookup].model
            with db.session.no_autoflush:
                row = db.session.scalar(select(model).where(model.id == self.data), execution_options={REACH_OPTION: "pick"})
            self._selected = (self.data, str(row) if row is not None else f"#{self.data}")
        return self._selected

    @property
    def lookup_url(self) -> str:
        """Return the address the picker asks."""
        return url_for("LookupView.lookup", name=self.lookup)

    @property
    def add_link(self) -> tuple[str, Any] | None:
        """Return address and words of the add page that an empty search offers; None when the viewer may not add."""
        lookup = known()[self.lookup]
        url = lookup.add_url
        return (url, lookup.add_label) if url else None

    def process_data(self, value: Any) -> None:
        self.data = value
        if value is not None and not isinstance(value, int):
            self.data, self._selected = value.id, (value.id, str(value))

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        text = str(valuelist[0]).strip()
        self.data = None
        if not text:
            return
        if (number := parse_id(text)) is None:
            raise ValueError(str(CHOOSE))
        self.data = number

    def row_values(self, row: Any, name: str) -> dict[str, Any]:
        """Return the foreign key that is chosen; nothing when the present one is not shown to this viewer, so not theirs to clear."""
        is_hidden = self.data is None and getattr(row, name, None) is None and getattr(row, f"{name}_id", None) is not None
        return {} if is_hidden else {f"{name}_id": self.data}


class LocalTimeField(ShownAs, DateTimeLocalField):
    """An instant entered as the company's wall time, kept as UTC."""

    shown_as = "DateTimeLocalField"

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        super().__init__(label, validators, format=formats, **kwargs)

    def process_data(self, value: datetime | None) -> None:
        self.data = clock.to_local(value) if value is not None else None

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(DATE_BAD)) from error
        if self.data is not None and not is_in_calendar(self.data):
            self.data = None
            raise ValueError(str(DATE_BAD))

    def row_values(self, row: Any, name: str) -> dict[str, Any]:
        """Return the instant; nothing when the form shows the present one, of whole minutes: left alone, its seconds stay."""
        present = getattr(row, name, None)
        if present is not None and self.data is not None and clock.to_local(present).replace(second=0, microsecond=0) == self.data:
            return {}
        return {name: clock.from_local(self.data) if self.data is not None else None}


def choose_offered(field: RemoteSelectField, row_id: int, parent: int | None = None) -> None:
    """Preselect a row in a picker if its lookup offers it to this viewer; else leave the field empty."""
    lookup = known()[field.lookup]
    statement = select(lookup.model).where(lookup.model.id == row_id, *lookup.where(parent))
    row = db.session.scalar(statement, execution_options={REACH_OPTION: lookup.reach})
    if row is not None:
        field.process_data(row)


def describe(field: Any) -> Any:
    """Return what a field holds, as a person reads it."""
    if hasattr(field, "describe"):
        return field.describe()
    if isinstance(field, OptionField):
        return next((label for value, label in field._offered() if value == field.data), "")
    if isinstance(field, RemoteSelectField):
        return field.selected[1] if field.selected else ""
    if isinstance(field, LocalTimeField):
        return field.data.strftime("%Y-%m-%d %H:%M") if field.data else ""
    return show(field.data)
