"""Act as somebody of the test company in a session of one's own, without a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask_babel import force_locale

from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base.errors import RuleViolation
from app.extensions import db

from .factories import World


@contextmanager
def acting(app: Flask, world: World, person: str) -> Iterator[Any]:
    """Run the block as this person, in a fresh session."""
    with app.app_context():
        viewer = load_viewer(world.people[person])
        with acting_as(viewer):
            yield db.session
        db.session.rollback()


@contextmanager
def system(app: Flask) -> Iterator[Any]:
    """Run the block as the system and commit it."""
    with app.app_context(), as_system("import"):
        yield db.session
        db.session.commit()


def hear_commit(session: Any) -> str | None:
    """Commit; return the sentence, in English, that refuses it."""
    try:
        session.commit()
    except RuleViolation as refusal:
        with force_locale("en"):
            return str(refusal)
    return None


def names(rows: Any) -> set[str]:
    """Return whose customers these are, by their names."""
    return {row.name.split()[0] for row in rows}
