"""The language in which a person reads the screens."""

from __future__ import annotations

from sqlalchemy import update

from ..extensions import db
from .models import Staff


def remember_language(staff_id: int, code: str) -> None:
    """Keep a language for a person's next sessions, and commit; no rule and no history: nobody else is concerned."""
    table = Staff.__table__
    db.session.connection().execute(update(table).where(table.c.id == staff_id).values(locale=code))
    db.session.commit()
