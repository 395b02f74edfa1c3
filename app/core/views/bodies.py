"""REST bodies: JSON becomes plain typed data, and what is wrong with it a sentence at its field.

The schemas that describe a resource (FAB's, by marshmallow-sqlalchemy) keep the row they load into on themselves, and every
thread shares them: they write the OpenAPI description and nothing else. Reading is done by a plain schema that holds no row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import RAISE, Schema
from marshmallow.fields import Decimal
from marshmallow_sqlalchemy import field_for
from sqlalchemy import inspect

from .rest_messages import BODY_SENTENCES, sentences_for


class Body(Schema):
    """What a body is read by: it says in our words what is wrong with one."""

    error_messages = BODY_SENTENCES


def make_reader(described: Schema, model: type[Any]) -> Schema:
    """Return the plain schema of the same fields; lengths are the gate's to check, which knows what changes."""
    columns = inspect(model).columns
    fields = {name: field_for(model, name, error_messages=sentences_for(columns.get(name))) for name in described.fields}
    reader: Schema = Body.from_dict(fields)(unknown=RAISE)
    for name, one in reader.fields.items():
        one.validators = []
        if isinstance(one, Decimal):
            one.places = None  # else it rounds what a rule must refuse
        one.allow_none = one.allow_none or _takes_none(columns, name)
    return reader


def allow_emptying(schemas: Iterable[Schema], model: type[Any]) -> None:
    """Let the description say that what may be empty can be emptied: FAB forgets it of foreign keys."""
    columns = inspect(model).columns
    for schema in schemas:
        for name, one in schema.fields.items():
            one.allow_none = one.allow_none or _takes_none(columns, name)


def _takes_none(columns: Any, name: str) -> bool:
    return name in columns and bool(columns[name].nullable)
