"""handovers, and which of them lent or took back a share

Revision: 0004, after: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("leaver_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("closed_account", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("followed", sa.Integer(), nullable=False),
        sa.Column("history_mark", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("restored", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.Column("deleted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('handover', 'reassign')", name=op.f("ck_handover_kind")),
        sa.CheckConstraint("state IN ('done', 'undone', 'partly')", name=op.f("ck_handover_state")),
        sa.ForeignKeyConstraint(["number"], ["issued_number.number"], name=op.f("fk_handover_number")),
        sa.ForeignKeyConstraint(["leaver_id"], ["ab_user.id"], name=op.f("fk_handover_leaver_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["ab_user.id"], name=op.f("fk_handover_undone_by_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"], name=op.f("fk_handover_created_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["ab_user.id"], name=op.f("fk_handover_owner_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_handover_department_id")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["ab_user.id"], name=op.f("fk_handover_deleted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_number")),
        sqlite_autoincrement=True,
    )
    living = sa.text("deleted_at IS NULL")
    for columns in (["id"], ["owner_id", "id"], ["department_id", "id"]):
        op.create_index("ix_handover_" + "_".join(columns), "handover", columns, postgresql_where=living, sqlite_where=living)
    op.create_index("ix_handover_leaver_id", "handover", ["leaver_id", "id"])
    op.create_table(
        "handover_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("old_staff_id", sa.Integer(), nullable=True),
        sa.Column("old_department_id", sa.Integer(), nullable=True),
        sa.Column("new_staff_id", sa.Integer(), nullable=False),
        sa.Column("new_department_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_item_handover_id")),
        sa.ForeignKeyConstraint(["old_staff_id"], ["ab_user.id"], name=op.f("fk_handover_item_old_staff_id")),
        sa.ForeignKeyConstraint(["old_department_id"], ["department.id"], name=op.f("fk_handover_item_old_department_id")),
        sa.ForeignKeyConstraint(["new_staff_id"], ["ab_user.id"], name=op.f("fk_handover_item_new_staff_id")),
        sa.ForeignKeyConstraint(["new_department_id"], ["department.id"], name=op.f("fk_handover_item_new_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_item")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handover_item_handover_id", "handover_item", ["handover_id", "model", "field", "row_id"])
    op.create_index("ix_handover_item_new_staff_id", "handover_item", ["new_staff_id", "handover_id"])
    with op.batch_alter_table("share") as batch:
        batch.add_column(sa.Column("batch", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("revoked_batch", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("share") as batch:
        batch.drop_column("revoked_batch")
        batch.drop_column("batch")
    op.drop_table("handover_item")
    op.drop_table("handover")
    # Their numbers lose what they name; the ledger keeps them.
