"""Columns made from the definitions of their fields, and the definitions of a model's columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Date, DateTime, Integer, Numeric, String, Text, Time
from sqlalchemy.orm import Mapped, class_mapper, mapped_column

from ..base.caches import once_each
from ..base.entities import Entity, table_of
from ..base.registry import Registry
from .fields import (
    MAX_TEXT,
    NEEDED,
    ChoiceRule,
    DayRule,
    FieldRule,
    FlagRule,
    InstantRule,
    NumberRule,
    ReferenceRule,
    TextRule,
    amount,
)
from .times import TimeRule

RULE = "field_rule"  # where a column's `info` keeps its definition
# Table and column -> the definition that a manifest gives it; of tables that are none of ours.
DEFINITIONS: Registry[tuple[str, str], FieldRule] = Registry("definitions of fields", single=True)


def column(rule: FieldRule, *parts: Any, **options: Any) -> Mapped[Any]:
    """Return the column of a field: type and default by its definition, `parts` (foreign keys) and `options` as of `mapped_column`."""
    if rule.needed is None or rule.default not in (None, ""):
        options.setdefault("default", rule.default)
    return mapped_column(_make_type(rule), *parts, info={RULE: rule}, **options)


def _make_type(rule: FieldRule) -> Any:
    if isinstance(rule, TextRule):
        return Text() if rule.lines else String(rule.limit)
    if isinstance(rule, ChoiceRule):
        return String(rule.size)
    if isinstance(rule, NumberRule) and rule.decimals:
        return Numeric(len(str(int(rule.most))) + rule.decimals, rule.decimals)
    kinds: dict[type[FieldRule], Any] = {DayRule: Date, InstantRule: DateTime, TimeRule: Time, FlagRule: Boolean}
    return kinds.get(type(rule), Integer)()


def as_check(name: str, rule: FieldRule) -> CheckConstraint:
    """Return the CHECK by which the database keeps a column to its choices, or above its least number."""
    if isinstance(rule, ChoiceRule):
        codes = ", ".join(f"'{code}'" for code in rule.codes())
        return CheckConstraint(f"{name} IN ({codes})", name=name)
    assert isinstance(rule, NumberRule)
    return CheckConstraint(f"{name} >= {rule.least}", name=name)


def rule_of(made: Any) -> FieldRule | None:
    """Return the definition of a column: its own, or its manifest's, else one read off its type; None for files and the like."""
    found: FieldRule | None = made.info.get(RULE) or DEFINITIONS.find((made.table.name, made.name))
    return found if found is not None else _derive(made)


def _derive(made: Any) -> FieldRule | None:
    """Return what a column's type says. It is asked for only where a person enters it: the desk fills many a column itself."""
    plain = made.default.arg if made.default is not None and made.default.is_scalar else None
    is_needed = not made.nullable and made.default is None and made.server_default is None
    said: dict[str, Any] = {"needed": NEEDED if is_needed else None, "default": plain, "is_derived": True}
    if made.foreign_keys and isinstance(made.type, Integer):
        return ReferenceRule(**said)
    if isinstance(made.type, String):
        return TextRule(made.type.length or MAX_TEXT, isinstance(made.type, Text), **said)
    if isinstance(made.type, Numeric) and made.type.scale:
        return amount(made.type.precision or 15, made.type.scale, **said)
    kinds = ((Boolean, FlagRule), (Integer, NumberRule), (DateTime, InstantRule), (Date, DayRule), (Time, TimeRule))
    return next((rule(**said) for kind, rule in kinds if isinstance(made.type, kind)), None)


def rules_of(model: type[Entity]) -> Mapping[str, FieldRule]:
    """Return the definition of every column of a model, by its attribute; keys and versions, which nobody enters, are left out."""
    return _read_rules(model, len(DEFINITIONS))  # read again where a model was asked for before the manifests were bound


@once_each
def _read_rules(model: type[Entity], _defined: int) -> Mapping[str, FieldRule]:
    mapper = class_mapper(model)
    columns = {one.key: one.columns[0] for one in mapper.column_attrs if isinstance(one.columns[0], Column)}
    found = {name: rule_of(made) for name, made in columns.items() if not made.primary_key and made is not mapper.version_id_col}
    return {name: rule for name, rule in found.items() if rule is not None}


def find_rule(model: Any, name: str) -> tuple[str, FieldRule]:
    """Return attribute and definition of a field by the name that forms have for it: the relation's, where it is one.

    Raises LookupError for a name that is neither a column's nor a relation's.
    """
    columns = model.__table__.c
    key = name if name in columns else f"{name}_id"
    rule = rule_of(columns[key]) if key in columns else None
    if rule is None:
        raise LookupError(f"{model.__name__} has no field {name!r}")
    return key, rule


@once_each
def find_target(model: type[Entity], key: str) -> type[Entity] | None:
    """Return the model to which a foreign key leads; None when it is none of one column, or leads to several."""
    tables = [found.column.table for found in table_of(model).c[key].foreign_keys]
    known = [mapper.class_ for mapper in class_mapper(model).registry.mappers if len(tables) == 1 and mapper.local_table is tables[0]]
    return known[0] if len(known) == 1 else None
