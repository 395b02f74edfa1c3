"""managers of departments, absences with deputies, working hours and calendar days

Revision: 0009, after: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place on both databases: SQLite can make no table anew to which others refer.
    op.execute("ALTER TABLE department ADD COLUMN manager_id INTEGER CONSTRAINT fk_department_manager_id REFERENCES ab_user (id)")
    _add_absences()
    op.create_table(
        "working_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.String(length=3), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("break_from", sa.Time(), nullable=True),
        sa.Column("break_until", sa.Time(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("weekday IN ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')", name=op.f("ck_working_hours_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
        sa.UniqueConstraint("weekday", name=op.f("uq_working_hours_weekday")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works_as", sa.String(length=3), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "works_as IN ('off', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')", name=op.f("ck_calendar_day_works_as")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("day", name=op.f("uq_calendar_day_day")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Go back to the former release, which has no place for managers, absences and the calendar: they are dropped."""
    for table in ("calendar_day", "working_hours", "absence"):
        op.drop_table(table)
    op.execute("ALTER TABLE department DROP COLUMN manager_id")
    known = sa.table("installation_value", sa.column("key"))
    keys = ("seed:working hours", "seed:holidays 2026")
    op.get_bind().execute(sa.delete(known).where(known.c.key.in_(keys)))  # so that a later upgrade brings them again


def _add_absences() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.Column("deleted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_absence_days")),
        sa.CheckConstraint("deputy_id <> owner_id", name=op.f("ck_absence_deputy")),
        sa.ForeignKeyConstraint(["deputy_id"], ["ab_user.id"], name=op.f("fk_absence_deputy_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"], name=op.f("fk_absence_created_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["ab_user.id"], name=op.f("fk_absence_owner_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_absence_department_id")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["ab_user.id"], name=op.f("fk_absence_deleted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sqlite_autoincrement=True,
    )
    living = sa.text("deleted_at IS NULL")
    for columns in (["id"], ["owner_id", "id"], ["department_id", "id"]):
        op.create_index("ix_absence_" + "_".join(columns), "absence", columns, postgresql_where=living, sqlite_where=living)
    op.create_index("ix_absence_until_on", "absence", ["until_on", "from_on"])
