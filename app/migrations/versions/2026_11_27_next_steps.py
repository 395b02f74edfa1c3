"""next steps with text, time and state; the contact spoken to; the last contact of a customer

Revision: 0008, after: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

A_DAY = "(next_step_on IS NOT NULL OR (next_step = '' AND next_step_at IS NULL))"
# In this order: a CHECK that names several columns comes with the last of them, once the rows that are there obey it. Columns are
# added and dropped in place on both databases, as SQLite can make no table anew to which others refer.
STEP = {
    "next_step": "VARCHAR(200) DEFAULT '' NOT NULL",
    "next_step_postponed": "INTEGER DEFAULT 0 NOT NULL",
    "next_step_state": "VARCHAR(4) CONSTRAINT ck_customer_next_step_state CHECK (next_step_state IN ('open', 'done'))",
}
STEP_TIME = f"TIME CONSTRAINT ck_customer_next_step CHECK ((next_step_on IS NULL) = (next_step_state IS NULL) AND {A_DAY})"
LAST_CONTACT = {
    "last_contact_at": "TIMESTAMP",
    "last_contact_kind_id": "INTEGER CONSTRAINT fk_customer_last_contact_kind_id REFERENCES choice (id)",
    "last_contact_with_id": "INTEGER CONSTRAINT fk_customer_last_contact_with_id REFERENCES contact (id)",
}
ACTIVITY = {
    "contact_id": "INTEGER CONSTRAINT fk_activity_contact_id REFERENCES contact (id)",
    "next_step": "VARCHAR(200) DEFAULT '' NOT NULL",
    "next_step_at": f"TIME CONSTRAINT ck_activity_next_step CHECK {A_DAY}",
}


def upgrade() -> None:
    _add("activity", ACTIVITY)
    op.create_index("ix_activity_contact_id", "activity", ["contact_id"])
    _rename_day("next_follow_up", "next_step_on")
    _add("customer", STEP)
    customer = sa.table("customer", sa.column("next_step_on"), sa.column("next_step_state"))
    op.get_bind().execute(sa.update(customer).where(customer.c.next_step_on.is_not(None)).values(next_step_state="open"))
    _add("customer", {"next_step_at": STEP_TIME, **LAST_CONTACT})
    _fill_last_contact()
    op.create_index("ix_customer_last_contact_at", "customer", ["last_contact_at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        for table, column in (("customer", "next_step"), ("customer", "next_step_postponed"), ("activity", "next_step")):
            op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    """Go back to a day alone; texts, times and states of next steps have no place in the former release, and are dropped."""
    op.drop_index("ix_customer_last_contact_at", "customer")
    _drop("customer", ["last_contact_with_id", "last_contact_kind_id", "last_contact_at", "next_step_at", *STEP])
    _rename_day("next_step_on", "next_follow_up")
    op.drop_index("ix_activity_contact_id", "activity")
    _drop("activity", ["next_step_at", "next_step", "contact_id"])


def _add(table: str, columns: dict[str, str]) -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, kind in columns.items():
        typed = kind.replace("TIMESTAMP", "DATETIME") if is_sqlite else kind
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {typed}")


def _drop(table: str, columns: list[str]) -> None:
    for name in columns:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _rename_day(old: str, new: str) -> None:
    op.drop_index(f"ix_customer_{old}", "customer")
    op.execute(f"ALTER TABLE customer RENAME COLUMN {old} TO {new}")
    op.create_index(f"ix_customer_{new}", "customer", [new, "id"])


def _fill_last_contact() -> None:
    """Write down the latest activity of each customer that is neither withdrawn nor in the bin; no contact is named yet."""
    names = ("id", "customer_id", "happened_at", "kind_id", "withdrawn_at", "deleted_at")
    activity = sa.table("activity", *(sa.column(name) for name in names)).c
    customer = sa.table("customer", *(sa.column(name) for name in ("id", "last_contact_at", "last_contact_kind_id")))
    latest = (
        sa.select(activity.happened_at)
        .where(activity.customer_id == customer.c.id, activity.withdrawn_at.is_(None), activity.deleted_at.is_(None))
        .order_by(activity.happened_at.desc(), activity.id.desc())
        .limit(1)
        .correlate(customer)
    )
    values = {"last_contact_at": latest.scalar_subquery(), "last_contact_kind_id": latest.with_only_columns(activity.kind_id).scalar_subquery()}
    op.get_bind().execute(sa.update(customer).values(values))
