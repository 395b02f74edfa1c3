"""What fields of a process take, by the core's definitions, and how it is kept: as JSON, per case, round and field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from ..core.access.directory import name_of_person
from ..core.base.formatting import show
from ..core.base.i18n import Words
from ..core.writes.fields import (
    CHOOSE,
    NEEDED,
    ChoiceRule,
    DayRule,
    FieldRule,
    FlagRule,
    NumberRule,
    ReferenceRule,
    TextRule,
    amount,
)
from ..core.writes.option_sets import name_of, reads_english
from ..staff.models import Department
from . import rules
from .flow.definition import Kind

LOOKUPS = {Kind.PERSON: "staff", Kind.CONTRACT: "case-contracts", Kind.CUSTOMER: "case-customers"}
MOST_ROWS = 200  # of a field of rows


@dataclass(frozen=True)
class FormField:
    """A field of a version's form as plain data (`designs.ProcessField` says what each part means)."""

    code: str
    kind: Kind
    name_zh: str
    name_en: str
    hint_zh: str = ""
    hint_en: str = ""
    options: str = ""
    limit: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    default: str = ""
    is_live: bool = False
    is_shared: bool = False
    is_told: bool = False
    columns: tuple[FormField, ...] = ()

    @property
    def label(self) -> str:
        """Return the name in the reader's language."""
        return self.name_en if reads_english() else self.name_zh

    @property
    def hint(self) -> str:
        """Return the hint in the reader's language."""
        return self.hint_en if reads_english() else self.hint_zh


def read_options(text: str) -> dict[str, Words]:
    """Return code -> name in the reader's language of a choice's options, one a line: “中文 | English”; the Chinese is the code."""
    found: dict[str, Words] = {}
    for line in text.splitlines():
        chinese, _bar, english = (part.strip() for part in line.partition("|"))
        if chinese:
            found[chinese] = (english or chinese) if reads_english() else chinese
    return found


def rule_for(field: FormField, *, is_needed: bool) -> FieldRule:
    """Return the definition of a field, by which every door reads and checks it."""
    needed = NEEDED if is_needed else None
    match field.kind:
        case Kind.NUMBER:
            return _number(field, 15, 4, needed)
        case Kind.MONEY:
            return _number(field, 15, 2, needed)
        case Kind.DATE:
            return DayRule(needed=needed)
        case Kind.CHOICE:
            return ChoiceRule(lambda: read_options(field.options), 200, needed=CHOOSE if is_needed else None)
        case Kind.YES_NO:
            return FlagRule(needed=None)
        case Kind.CONTRACT | Kind.CUSTOMER | Kind.PERSON | Kind.DEPARTMENT:
            said = rules.NUMBER_NEEDED if field.kind is Kind.CONTRACT else CHOOSE
            return ReferenceRule(lookup=LOOKUPS.get(field.kind, ""), needed=said if is_needed else None)
        case Kind.LONG_TEXT:
            return TextRule(field.limit or 4_000, lines=True, needed=needed)
        case _:
            return TextRule(field.limit or 200, needed=needed)


def _number(field: FormField, digits: int, decimals: int, needed: Words | None) -> NumberRule:
    plain = amount(digits, decimals, needed=needed)
    least, most = plain.least if field.least is None else field.least, plain.most if field.most is None else field.most
    return NumberRule(least, most, decimals, needed=needed)


def to_json(value: object) -> str:
    """Return a value as it is kept."""
    return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))


def from_json(field: FormField, text: str) -> Any:
    """Return a kept value as its kind holds it, the cells of rows as those of their columns."""
    return _from_plain(field, json.loads(text))


def _from_plain(field: FormField, found: Any) -> Any:
    if found is None or found == "":
        return None
    if field.kind is Kind.ROWS:
        return [{column.code: _from_plain(column, row.get(column.code)) for column in field.columns} for row in found]
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        return Decimal(str(found))
    return date.fromisoformat(found) if field.kind is Kind.DATE else found


def show_value(field: FormField, value: object, names: Mapping[tuple[Kind, int], str]) -> object:
    """Return a value as a person reads it. `names`: what contracts and customers are called that the reader may see."""
    if value in (None, "", []):
        return ""
    match field.kind:
        case Kind.MONEY if isinstance(value, Decimal):
            return f"{value:,.2f}"
        case Kind.NUMBER if isinstance(value, Decimal):
            return f"{value.normalize():,f}"
        case Kind.YES_NO:
            return _("Yes") if value else _("No")
        case Kind.CHOICE:
            return read_options(field.options).get(str(value), str(value))
        case Kind.PERSON if isinstance(value, int):
            return name_of_person(value)
        case Kind.DEPARTMENT if isinstance(value, int):
            return name_of(Department, value)
        case Kind.CONTRACT | Kind.CUSTOMER if isinstance(value, int):
            return names.get((field.kind, value), f"#{value}")
        case Kind.ROWS if isinstance(value, Sequence):
            return _("%(n)s rows", n=len(value))
        case _:
            return show(value)
