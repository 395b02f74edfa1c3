"""The migration of next steps and last contacts, there and back, with rows in the tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from app.customers.models import Customer
from app.extensions import db

from ..conftest import POSTGRES
from ..factories import World

AT = datetime(2026, 11, 2, 3, 4)


def run(*statements: str) -> None:
    """Write as the former version did."""
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def read_rows(world: World) -> dict[int, tuple[Any, ...]]:
    """Return day, state, count and last contact of every customer."""
    table = Customer.__table__.c
    columns = (table.next_step_on, table.next_step_state, table.next_step_postponed, table.last_contact_at, table.last_contact_kind_id)
    with db.engine.connect() as connection:
        return {row.id: tuple(row)[1:] for row in connection.execute(select(table.id, *columns))}


def read_keys(table: str) -> list[tuple[str, str, str]]:
    """Return (column, table it leads to, what becomes of it) of the foreign keys of one column."""
    with db.engine.connect() as connection:
        if POSTGRES:
            found = inspect(connection).get_foreign_keys(table)
            return [(key["constrained_columns"][0], key["referred_table"], key["options"].get("ondelete", "NO ACTION")) for key in found]
        return [(row[3], row[2], row[6]) for row in connection.execute(text(f"PRAGMA foreign_key_list({table})"))]


def test_next_steps_and_last_contacts_are_migrated_down_and_up_again(app: Flask, world: World) -> None:
    with app.app_context():
        db.session.remove()
        downgrade(revision="0007")
        found = inspect(db.engine)
        assert "next_follow_up" in {column["name"] for column in found.get_columns("customer")}
        assert not {"contact_id", "next_step"} & {column["name"] for column in found.get_columns("activity")}
        signed, lead = world.signed["south1"], world.lead["south1"]
        run(
            f"UPDATE customer SET next_follow_up = '2026-12-24' WHERE id = {signed}",
            f"UPDATE activity SET happened_at = '2026-11-02 03:04:00.000000' WHERE customer_id = {signed}",
            f"UPDATE activity SET withdrawn_at = happened_at, withdrawn_reason = 'twice' WHERE customer_id = {world.signed['south2']}",
        )
        upgrade()
        rows = read_rows(world)
        assert rows[signed][:4] == (date(2026, 12, 24), "open", 0, AT) and rows[signed][4] is not None
        assert rows[lead] == (None, None, 0, None, None) == rows[world.signed["south2"]]
        with db.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
        ours = [repr(entry) for entry in differences if "'customer'" in repr(entry) or "'activity'" in repr(entry)]
        assert [entry for entry in ours if "_trgm" not in entry.split(",")[0] + entry[-200:]] == []
        keys = [key for table in ("customer", "activity") for key in read_keys(table)]
        assert {key[2] for key in keys} == {"NO ACTION"}
        assert {("contact_id", "contact", "NO ACTION"), ("last_contact_with_id", "contact", "NO ACTION")} <= {*keys}
        assert ("last_contact_kind_id", "choice", "NO ACTION") in keys


def test_the_database_itself_keeps_a_step_whole(app: Flask, world: World) -> None:
    wrong = (
        "next_step_on = '2026-12-24'", "next_step_state = 'open'", "next_step = 'Call'", "next_step_at = '10:00:00'",
        "next_step_on = '2026-12-24', next_step_state = 'late'",
    )  # fmt: skip
    with app.app_context(), db.engine.connect() as connection:
        for values in wrong:
            taken = True
            try:
                connection.execute(text(f"UPDATE customer SET {values} WHERE id = {world.lead['south1']}"))
            except Exception as error:
                taken = "ck_customer_next_step" not in str(error)
            connection.rollback()
            assert not taken, values
