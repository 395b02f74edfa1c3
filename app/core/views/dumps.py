"""REST answers that one odd value does not break: it becomes null and a line in the log."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask_appbuilder.api.convert import Model2SchemaConverter
from marshmallow import Schema
from marshmallow.utils import missing

from ..base.entities import Entity
from ..base.showing import ODD, show_safely

Plain = dict[str, object]  # of one row


class SafeConverter(Model2SchemaConverter):
    """FAB's maker of schemas; what it makes dumps value by value when a row cannot be dumped whole."""

    def convert(
        self, columns: list[str], model: type[Entity] | None = None, nested: bool = True, parent_schema_name: str | None = None
    ) -> Schema:  # fmt: skip
        """Return the schema of these columns."""
        schema = super().convert(columns, model=model, nested=nested, parent_schema_name=parent_schema_name)
        if nested:  # the schema of a whole resource, not of what hangs on one of its columns
            schema.dump = partial(dump_safely, schema, schema.dump)
        return schema


def dump_safely(schema: Schema, dump: Callable[..., Plain | list[Plain]], rows: Any, *, many: bool | None = None) -> Plain | list[Plain]:
    """Return rows, or one row, as plain data; null where a value cannot be dumped."""
    try:
        return dump(rows, many=many)
    except ODD:
        return [_dump_row(schema, row) for row in rows] if many else _dump_row(schema, rows)


def _dump_row(schema: Schema, row: Entity) -> Plain:
    found: Plain = {}
    for name, one in schema.dump_fields.items():
        value = show_safely(row, name, partial(one.serialize, name, accessor=schema.get_attribute), None)
        if value is not missing:
            found[one.data_key or name] = value
    return found
