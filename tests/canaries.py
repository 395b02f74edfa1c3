"""A text of its own in every text field of every record, and who may ever be answered with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.access.scope import owned_models
from app.core.base import clock
from app.extensions import db
from app.staff.models import Staff

from . import access_table, made_rows
from .people import ANYBODY

# Codes that no check of the database lists; a reason stands only where something was ended.
NOT_FREE = {"credit_code", "media_type", "sha256", "withdrawn_reason", "status_reason"}
SHAPES = {"website": "https://{}", "mail": "{}@example.com"}
# The pickers and cards of a ticket show maintenance this much of everybody's customers and contracts.
ON_CARDS = {("Customer", "name"), ("Contact", "name"), ("Contact", "title"), ("Contact", "phone"), ("Contract", "title")}
# A phone number holds digits and signs alone.
PHONE = "+7(777){}#77"
FORM = re.compile(r"(?:cnry(?=\d{4}x)|\+7\(777\)(?=\d{4}#77))(\d{4})")


@dataclass(frozen=True)
class Canary:
    """One planted text."""

    model: str
    row_id: int
    column: str
    owner: str
    module: str

    def is_for(self, person: str) -> bool:
        """Tell whether what is declared lets the person see the record (or, for maintenance, its card)."""
        if person.startswith("service") and (self.model, self.column) in ON_CARDS:
            return True
        declared = next(one for one in access_table.find_access().values() if one.module == self.module)
        return person != ANYBODY and declared.reaches(person, self.owner, "see")


def plant() -> list[Canary]:
    """Put a canary into every free text of every owned row, through the ORM; the caller commits."""
    names = {row.id: row.username for row in db.session.scalars(select(Staff))}
    found: list[Canary] = []
    # Children first: the next step of an activity becomes its customer's, whose own text then takes its place.
    for model in sorted(owned_models(), key=lambda one: -len(one.policy.links)):
        columns = [name for name in made_rows.list_texts(model) if name not in NOT_FREE and name not in model.policy.frozen]
        for row in db.session.scalars(select(model).order_by(model.id)):
            if "next_step_on" in model.__table__.c:
                row.next_step_on = clock.today()  # a next step's text needs its day
            for column in columns:
                place = f"{len(found):04d}"
                setattr(row, column, PHONE.format(place) if column == "phone" else SHAPES.get(column, "{}").format(f"cnry{place}x"))
                found.append(Canary(model.__name__, row.id, column, names[row.owner_id], model.policy.module))
        db.session.flush()
    return found


def find(text: str) -> set[int]:
    """Return the places of the canaries that stand in an answer."""
    return {int(place) for place in FORM.findall(text)}


__all__: list[Any] = ["Canary", "find", "plant"]
