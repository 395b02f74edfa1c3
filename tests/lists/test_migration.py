"""The migration of saved views, there and back, with rows in the table."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from app.core.access.viewer import as_system
from app.core.lists.saved_views import SavedView
from app.extensions import db

from ..factories import World


def find_columns() -> set[str]:
    found = inspect(db.engine)
    return {column["name"] for column in found.get_columns("saved_view")} if found.has_table("saved_view") else set()


def list_differences() -> list[Any]:
    """Return what the database lacks of our tables, this module's alone."""
    with db.engine.connect() as connection:
        return [entry for entry in compare_metadata(MigrationContext.configure(connection), db.metadata) if "saved_view" in repr(entry)]


def test_saved_views_are_migrated_down_and_up_again(app: Flask, world: World) -> None:
    with app.app_context():
        with as_system("import"):
            db.session.add(SavedView(staff_id=world.people["south1"], module="customers", name="Mine"))
            db.session.commit()
        db.session.remove()
        downgrade(revision="0001")
        assert find_columns() == set()
        upgrade()
        assert find_columns() == {"id", "staff_id", "module", "name", "query", "columns", "density", "is_default"}
        assert list_differences() == []


def test_the_database_keeps_one_view_of_a_name_and_list_and_known_heights(app: Flask, world: World) -> None:
    person = world.people["south1"]
    with app.app_context(), as_system("import"):
        for values in ({"name": "Mine"}, {"name": "Other", "density": "huge"}, {"name": "Nobody", "staff_id": 999_999}):
            db.session.add_all(
                SavedView(**{"staff_id": person, "module": "customers", **values}) for _turn in range(2 if values["name"] == "Mine" else 1)
            )
            with pytest.raises(IntegrityError):
                db.session.commit()
            db.session.rollback()
