"""Form fields of our own: remote pickers, short lists, local times, the guard against double submits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select
from wtforms import DateTimeLocalField, Field, HiddenField, SelectField
from wtforms.csrf.core import CSRFTokenField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import TextInput

from ...extensions import db
from ..access.scope import REACH_OPTION
from ..base import clock
from ..base.formatting import show
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.parsing import parse_instant
from ..writes import row_data
from ..writes.fields import CHOOSE, INSTANT_BAD
from .lookups import known


class RowForm:
    """Mixed into a form of a record: writes what it holds on the row.

    A field may say by `row_values(row, name)` what it sets; else it sets the attribute of its name. A field with parts of
    its own (`has_parts`) writes them itself.
    """

    def populate_obj(self, obj: Any) -> None:
        """Set the row's attributes to what was entered."""
        for name, field in self._fields.items():  # type: ignore[attr-defined]
            if getattr(field, "has_parts", False):
                field.populate_obj(obj, name)
        row_data.write(obj, values_of(self, obj))


def values_of(form: Any, row: object) -> dict[str, object]:
    """Return what a form sets on a row, by attribute; fields with parts of their own write those themselves."""
    values: dict[str, object] = {}
    for field in form:
        name = field.short_name
        if hasattr(field, "row_values"):
            values |= field.row_values(row, name)
        elif not getattr(field, "has_parts", False) and not isinstance(field, CSRFTokenField):
            values[name] = field.data
    return values


class KeptHidden(HiddenField):
    """A hidden field of the form's own, never written to the row. Give it "" as its label: WTForms reads a catalogue to make one up."""

    def row_values(self, _row: object, _name: str) -> dict[str, object]:
        """Return nothing: the row is left alone."""
        return {}


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

    An entry that is no longer offered (retired) is offered while it is the row's own. The gate decides what can be chosen.
    """

    def __init__(
        self, label: Words | None = None, *, options: Callable[[], Sequence[tuple[int, str]]], required: bool = False,
        description: Words = "", empty: Words = "", needed: Words | None = None, bad: Words = CHOOSE, **kwargs: Any,
    ) -> None:  # fmt: skip
        validators = [InputRequired(needed or CHOOSE)] if required else [Optional()]
        super().__init__(label, validators, coerce=int, choices=[], description=description, validate_choice=False, **kwargs)
        self._options, self._empty, self._bad = options, empty, bad
        self._kept: tuple[int, str] | None = None
        self.is_required = required
        if required:
            self.flags.required = True

    def offer(self, options: Sequence[tuple[int, str]]) -> None:
        """Offer these entries: where they depend on the record that the form is of."""
        self._options = lambda: options

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

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = _read_id(valuelist[0], self._bad)

    def row_values(self, _row: object, name: str) -> dict[str, object]:
        """Return the foreign key that is chosen."""
        return {f"{name}_id": self.data}


def _read_id(text: object, bad: Words) -> int | None:
    """Return the id that was chosen, None for nothing. Raises ValueError with the sentence for what is none."""
    text = str(text).strip()
    if (number := parse_id(text)) is None and text:
        raise ValueError(str(bad))
    return number


class RemoteSelectField(Field):
    """A relation chosen from a lookup: the page never holds the table. Saves the foreign key `<name>_id`.

    The field repeats no rule: the gate decides. A present value the viewer may not see is kept.
    """

    widget = TextInput()

    def __init__(self, label: Words | None = None, *, lookup: str, required: bool = False, depends: str | None = None,
                 description: Words = "", needed: Words | None = None, bad: Words = CHOOSE, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(label, [InputRequired(needed or CHOOSE)] if required else [Optional()], description=description, **kwargs)
        self.lookup, self.depends, self._bad = lookup, depends, bad
        self.parent: int | None = None  # what it depends on, where the form has no field for that
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
    def add_link(self) -> tuple[str, Words] | None:
        """Return address and words of the add page that an empty search offers; None when the viewer may not add."""
        lookup = known()[self.lookup]
        url = lookup.add_url
        return (url, lookup.add_label) if url else None

    def process_data(self, value: Any) -> None:
        self.data = value
        if value is not None and not isinstance(value, int):
            self.data, self._selected = value.id, (value.id, str(value))

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = None
            self.data = _read_id(valuelist[0], self._bad)

    def row_values(self, row: object, name: str) -> dict[str, object]:
        """Return the foreign key that is chosen; nothing when the present one is not shown to this viewer, so not theirs to clear."""
        is_hidden = self.data is None and getattr(row, name, None) is None and getattr(row, f"{name}_id", None) is not None
        return {} if is_hidden else {f"{name}_id": self.data}


class LocalTimeField(ShownAs, DateTimeLocalField):
    """An instant entered as the company's wall time, kept as UTC."""

    shown_as = "DateTimeLocalField"

    def _value(self) -> str:
        """Return what the control shows: what was typed, else the minute, whatever the year."""
        return " ".join(self.raw_data) if self.raw_data else self.data.isoformat(timespec="minutes") if self.data else ""

    def process_data(self, value: datetime | None) -> None:
        self.data = clock.to_local(value) if value is not None else None

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        text = str(valuelist[0]).strip()
        self.data = parse_instant(text)
        if self.data is None and text:
            raise ValueError(str(INSTANT_BAD))

    def find_instant(self, present: datetime | None) -> datetime | None:
        """Return the instant that is entered; the present one when the form shows it, of whole minutes: left alone, its seconds stay."""
        if present is not None and self.data is not None and clock.to_local(present).replace(second=0, microsecond=0) == self.data:
            return present
        return clock.from_local(self.data) if self.data is not None else None

    def row_values(self, row: object, name: str) -> dict[str, object]:
        """Return the instant; nothing when it is the present one."""
        present = getattr(row, name, None)
        found = self.find_instant(present)
        return {} if present is not None and found == present else {name: found}


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
