"""The gate's part of the definitions: what changes is stored as its field takes it, or refused. Older values stay as they are."""

from __future__ import annotations

from ..base.errors import RuleViolation
from .change import Change
from .columns import find_target, rules_of
from .fields import NEEDED, DayRule, FieldRule, InstantRule, ReferenceRule, TextRule, say_too_long
from .option_sets import check_entry


def check_given(change: Change) -> None:
    """Check every field that changes, before a rule reckons with it, and keep it as it is stored. Raises RuleViolation at the field."""
    if change.kind == "delete":
        return
    for name, rule in rules_of(type(change.row)).items():
        if change.changed(name):
            _check_field(change, name, rule)


def _check_field(change: Change, name: str, rule: FieldRule) -> None:
    value = getattr(change.row, name)
    if rule.is_derived and (value is None or not isinstance(rule, TextRule | DayRule | InstantRule)):
        return
    if isinstance(rule, ReferenceRule) and value is None and change.row.__dict__.get(name.removesuffix("_id")) is not None:
        return  # a row that is made in the same breath has no id yet
    try:
        stored = rule.check(value, is_asked=not rule.is_derived)
    except RuleViolation as refusal:
        raise RuleViolation(refusal.message, _name_field(name, rule)) from refusal
    if isinstance(rule, ReferenceRule) and isinstance(stored, int):
        _check_reference(change, name, rule, stored)
    if stored != value:
        setattr(change.row, name, stored)


def _check_reference(change: Change, name: str, rule: ReferenceRule, row_id: int) -> None:
    """Refuse what is no entry in use of the list (an import may bring retired ones), or no row at all."""
    if rule.list_code and not change.viewer.is_system:
        check_entry(rule.list_code, row_id, _name_field(name, rule))
    if rule.is_looked_up:
        target = find_target(type(change.row), name)
        assert target is not None  # what is looked up has a foreign key to one table
        if change.facts.get(target, row_id) is None:
            raise RuleViolation(rule.unknown, _name_field(name, rule))


def _name_field(name: str, rule: FieldRule) -> str:
    """Return what forms call a column: the relation, where it is one's foreign key."""
    return name.removesuffix("_id") if isinstance(rule, ReferenceRule) else name


def check_kept(change: Change) -> None:
    """Refuse a text that the guards have made too long, and a new row without what its column cannot do without."""
    row = change.row
    for name, rule in rules_of(type(row)).items():
        value = getattr(row, name)
        if isinstance(rule, TextRule):
            if isinstance(value, str) and len(value) > rule.limit and change.changed(name):
                raise RuleViolation(say_too_long(rule.limit), name)
        elif isinstance(rule, ReferenceRule):
            continue
        if value is None and change.is_new and rule.is_derived and rule.needed is not None:
            raise RuleViolation(NEEDED, name)
