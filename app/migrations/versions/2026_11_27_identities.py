"""identity keys

Revision: 0006, after: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.base.errors import SetupRefused
from app.core.db.identities import Double, find_doubles, write_all

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# kind -> what its rows are called, and where the previous version's screens rename them
KINDS = {
    "account": ("accounts", "Administration → People → the person → Edit: another user name or mail"),
    "role": ("roles", "Administration → Roles → the role: another name"),
    "group": ("groups", "Administration → Groups → the group: another name"),
    "department": ("departments", "Administration → Departments → the department → Edit: another Chinese or English name"),
    "status": ("statuses", "Administration → Statuses → the status → Edit: another Chinese or English name"),
    "priority": ("priorities", "Administration → Priorities → the priority → Edit: another Chinese or English name"),
    "choice": ("entries of one list", "Administration → Lists → the entry → Edit: another Chinese or English name"),
    "view": ("views of one list and person", "the person opens the list and deletes one of the two views"),
    "series": ("rows of a number series", "an administrator of the database gives one of them another code"),
}


def upgrade() -> None:
    doubles = find_doubles(op.get_bind(), KINDS)
    if doubles:
        raise SetupRefused(say_doubles(doubles))
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("kind", "scope", "key", name=op.f("uq_identity_kind_scope_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identity_kind_row_id", "identity", ["kind", "row_id"])
    write_all(op.get_bind(), KINDS)


def say_doubles(doubles: list[Double]) -> str:
    """Say which names must become different, and where to change them."""
    lines = []
    for kind in KINDS:
        found = [double for double in doubles if double.kind == kind]
        for double in found:
            names = ", ".join(f"“{name}” ({field}, id {row_id})" for row_id, field, name in double.names)
            lines.append(f"  {KINDS[kind][0]}: {names}")
        if found:
            lines.append(f"    to rename: {KINDS[kind][1]}")
    return "\n".join([
        "The database was not upgraded, and nothing was changed: from this version on, names that differ only in capitals, width,",
        "blanks or invisible letters are one and the same, and these belong to several rows:",
        *lines,
        "Start the previous version once more, rename all but one of each line there, and upgrade again.",
    ])


def downgrade() -> None:
    op.drop_table("identity")
