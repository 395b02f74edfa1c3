"""REST bodies: JSON becomes plain typed data, and what is wrong with it a sentence at its field.

The schemas that describe a resource (FAB's, by marshmallow-sqlalchemy) keep the row they load into on themselves, and every
thread shares them: they write answers and nothing else. Reading is done by a plain schema that holds no row, whose fields are read
by their definitions.
"""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import RAISE, Schema, ValidationError
from marshmallow.fields import Field

from ..base.entities import Entity
from ..base.errors import RuleViolation
from ..writes.columns import rules_of
from ..writes.fields import FieldRule
from .rest_messages import BODY_SENTENCES, FIELD_SENTENCES


class Body(Schema):
    """What a body is read by: it says in our words what is wrong with one."""

    error_messages = BODY_SENTENCES


class RuledField(Field):
    """A field of a body, read by its definition; limits are the gate's to check, which knows what changes."""

    default_error_messages = FIELD_SENTENCES

    def __init__(self, rule: FieldRule) -> None:
        super().__init__(allow_none=True)
        self.rule = rule

    def _deserialize(self, value: object, _attr: str | None, _data: Mapping[str, object] | None, **_more: object) -> object:
        try:
            return self.rule.read(value)
        except RuleViolation as refusal:
            raise ValidationError(str(refusal)) from refusal


def make_reader(described: Schema, model: type[Entity]) -> Schema:
    """Return the plain schema of the same fields."""
    rules = rules_of(model)
    reader: Schema = Body.from_dict({name: RuledField(rules[name]) for name in described.fields})(unknown=RAISE)
    return reader
