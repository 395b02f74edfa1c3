"""The migration that enters the keys of what is there: two-way, and it stops, changing nothing, where names are one and the same."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, insert, inspect, select, update

from app.core.base.errors import SetupRefused
from app.core.db.identities import IdentityKey
from app.core.lists.saved_views import SavedView
from app.customers.models import Status
from app.extensions import db
from app.staff.models import Department, Staff

from ..factories import World
from ..snapshots import take_snapshot

BEFORE = "0005"
CHANGED_SINCE = {"identity", "attachment"}  # what this or a later migration lays out otherwise


def read_keys() -> set[tuple[Any, ...]]:
    """Return every key as (kind, scope, key, row)."""
    keys = IdentityKey.__table__.c
    with db.engine.connect() as connection:
        return {tuple(row) for row in connection.execute(select(keys.kind, keys.scope, keys.key, keys.row_id))}


def run(*statements: Any) -> None:
    """Write past the gate, as an older version did."""
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def add_doubles(world: World) -> None:
    """Add what the older version let in."""
    staff, department, status, view = Staff.__table__, Department.__table__, Status.__table__, SavedView.__table__
    person = {"first_name": "X", "last_name": "", "active": True, "phone": "", "session_epoch": 0, "must_change_password": False}
    entry = {"position": 0, "is_active": True, "row_version": 1}
    run(
        insert(staff).values(username="ADMIN", email="x@example.com", **person),
        insert(staff).values(username="other", email="North1@Example.com", **person),
        insert(Role.__table__).values(name="Maintenance "),
        insert(department).values(name_zh="新", name_en="SOUTH CITY", parent_id=None, **entry),  # below another parent: no double
        insert(status).values(name_zh="签约", name_en="Done", stage="signed", tone="grey", **entry),
        *(
            insert(view).values(
                staff_id=world.people["south1"], module="customers", name=name, query="", columns="", density="normal", is_default=False
            )
            for name in ("Mine", "MINE")
        ),
    )


def test_the_keys_are_taken_away_and_entered_again(app: Flask, world: World) -> None:
    with app.app_context():
        db.session.remove()
        before = read_keys()
        for key in (("account", "", "north1@example.com"), ("role", "", "admin"), ("choice", "source", "trade fair")):
            assert key in {found[:3] for found in before}
        downgrade(revision=BEFORE)
        assert not inspect(db.engine).has_table("identity")
        upgrade()
        assert read_keys() == {key for key in before if key[0] != "process"}  # the first processes went with their tables
        with db.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
        assert [entry for entry in differences if "identity" in repr(entry)] == []


def test_it_stops_at_doubles_names_them_all_and_goes_on_once_they_are_renamed(app: Flask, world: World) -> None:
    with app.app_context():
        db.session.remove()
        downgrade(revision=BEFORE)
        add_doubles(world)
        tables = [name for name in inspect(db.engine).get_table_names() if name not in CHANGED_SINCE]
        before = take_snapshot(app, *tables)
        with pytest.raises(SetupRefused) as refused:
            upgrade()
        said = refused.value.message
        for names in ("“admin”", "“ADMIN”", "“North1@Example.com”", "“Maintenance ”", "“签约”", "“Mine”", "“MINE”"):
            assert names in said
        assert "SOUTH CITY" not in said
        for place in ("People", "Roles", "Statuses", "deletes one of the two views", "previous version"):
            assert place in said
        assert not inspect(db.engine).has_table("identity")
        assert take_snapshot(app, *tables) == before
        staff = Staff.__table__
        run(
            update(staff).where(staff.c.username == "ADMIN").values(username="second"),
            update(staff).where(staff.c.username == "other").values(email="other@example.com"),
            update(Role.__table__).where(Role.__table__.c.name == "Maintenance ").values(name="Upkeep"),
            update(Status.__table__).where(Status.__table__.c.name_en == "Done").values(name_zh="办妥"),
            delete(SavedView.__table__).where(SavedView.__table__.c.name == "MINE"),
        )
        upgrade()
        assert ("role", "", "upkeep") in {key[:3] for key in read_keys()}


def test_the_command_that_prepares_ends_with_the_sentence(app: Flask, world: World) -> None:
    with app.app_context():
        db.session.remove()
        downgrade(revision=BEFORE)
        add_doubles(world)
    done = app.test_cli_runner().invoke(args=["crm", "init"])
    assert done.exit_code == 2 and "“ADMIN”" in done.output and isinstance(done.exception, SystemExit)
