"""A text of its own in every text field of every record, and who may ever be answered with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, Text, inspect, select

from app.core.access.scope import owned_models
from app.extensions import db
from app.staff.models import Staff

from . import access_table

# Codes, keys and what the gate derives; a reason stands only where something was ended.
NOT_FREE = {"number", "sort_name", "search_text", "stage", "status", "currency", "credit_code", "media_type", "sha256",
            "withdrawn_reason", "customer_no", "status_reason", "state", "kind"}  # fmt: skip
SHAPES = {"website": "https://{}", "mail": "{}@example.com"}
# The pickers and cards of a ticket show maintenance this much of everybody's customers and contracts.
ON_CARDS = {("Customer", "name"), ("Contact", "name"), ("Contact", "title"), ("Contact", "phone"), ("Contract", "title")}
FORM = re.compile(r"cnry(\d{4})x")


@dataclass(frozen=True)
class Canary:
    """One planted text."""

    model: str
    row_id: int
    column: str
    owner: str

    def is_for(self, person: str) -> bool:
        """Tell whether the table written by hand lets the person see the record (or, for maintenance, its card)."""
        if person.startswith("service") and (self.model, self.column) in ON_CARDS:
            return True
        grid = access_table.SEE_TICKETS if self.model.startswith("Ticket") else access_table.SEE
        cells = dict(entry.split(":") for entry in grid.split())
        place = ("south1", "south2", "north1").index(self.owner)
        return cells.get(person, "333")[place] == "y"


def plant() -> list[Canary]:
    """Put a canary into every free text of every owned row, through the ORM; the caller commits."""
    names = {row.id: row.username for row in db.session.scalars(select(Staff))}
    found: list[Canary] = []
    for model in owned_models():
        columns = [
            attribute.key
            for attribute in inspect(model).column_attrs
            if isinstance(attribute.columns[0].type, String | Text) and attribute.key not in NOT_FREE
        ]
        for row in db.session.scalars(select(model).order_by(model.id)):
            for column in columns:
                text = f"cnry{len(found):04d}x"
                frozen = column in row.policy.frozen
                if not frozen:
                    setattr(row, column, SHAPES.get(column, "{}").format(text))
                    found.append(Canary(model.__name__, row.id, column, names[row.owner_id]))
        db.session.flush()
    return found


def find(text: str) -> set[int]:
    """Return the places of the canaries that stand in an answer."""
    return {int(place) for place in FORM.findall(text)}


__all__: list[Any] = ["Canary", "find", "plant"]
