"""comments and files as parts of any record

Revision: 0007, after: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.base.errors import SetupRefused

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LIVING = sa.text("deleted_at IS NULL")
OWNED = ("created_at", "created_by_id", "owner_id", "department_id", "row_version", "deleted_at", "deleted_by_id")
LINKS = {"created_by_id": "ab_user", "deleted_by_id": "ab_user", "owner_id": "ab_user", "department_id": "department"}


def upgrade() -> None:
    _make_comments(
        "comment",
        [sa.Column("record_model", sa.String(60), nullable=False), sa.Column("record_id", sa.Integer(), nullable=False),
         sa.Column("root_id", sa.Integer())],
        {},
        {"record_model": sa.literal("Ticket"), "record_id": sa.column("ticket_id"), "root_id": sa.column("customer_id")},
        "ticket_comment",
    )  # fmt: skip
    _index_part("comment")
    last = _read_last_id("attachment")
    with op.batch_alter_table("attachment", table_kwargs={"sqlite_autoincrement": True}) as batch:
        for column in ("contract_id", "customer_id"):
            batch.drop_index(f"ix_attachment_{column}")
            batch.drop_constraint(f"fk_attachment_{column}", type_="foreignkey")
        batch.add_column(sa.Column("record_model", sa.String(60), nullable=False, server_default="Contract"))
        batch.alter_column("contract_id", new_column_name="record_id", existing_type=sa.Integer(), existing_nullable=False)
        batch.alter_column("customer_id", new_column_name="root_id", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("attachment", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("record_model", existing_type=sa.String(60), existing_nullable=False, server_default=None)
    _index_part("attachment", owned=False)
    _set_last_id("attachment", last)


def downgrade() -> None:
    """Go back to one table for each kind of record; what hangs on other kinds has no place there and stops it."""
    for table, record in (("comment", "Ticket"), ("attachment", "Contract")):
        part = sa.table(table, sa.column("record_model"))
        if op.get_bind().execute(sa.select(part.c.record_model).where(part.c.record_model != record).limit(1)).first() is not None:
            raise SetupRefused(f"{table} holds rows of other records than {record}; the former release has no place for them.")
    _make_comments(
        "ticket_comment",
        [sa.Column("ticket_id", sa.Integer(), nullable=False), sa.Column("customer_id", sa.Integer(), nullable=False)],
        {"ticket_id": "ticket", "customer_id": "customer"},
        {"ticket_id": sa.column("record_id"), "customer_id": sa.column("root_id")},
        "comment",
    )
    last = _read_last_id("attachment")
    for name in ("ix_attachment_record_model_record_id", "ix_attachment_root_id"):
        op.drop_index(name, "attachment")
    with op.batch_alter_table("attachment", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_column("record_model")
        batch.alter_column("record_id", new_column_name="contract_id", existing_type=sa.Integer(), existing_nullable=False)
        batch.alter_column("root_id", new_column_name="customer_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("attachment", table_kwargs={"sqlite_autoincrement": True}) as batch:
        for column, target in (("contract_id", "contract"), ("customer_id", "customer")):
            batch.create_foreign_key(f"fk_attachment_{column}", target, [column], ["id"])
            batch.create_index(f"ix_attachment_{column}", [column])
    _set_last_id("attachment", last)


def _make_comments(
    name: str, keys: list[sa.Column], more_links: dict[str, str], source: dict[str, sa.ColumnElement[object]], former: str
) -> None:
    """Create the table of comments, fill it from the former one with the same ids, and drop that."""
    last = _read_last_id(former)
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        *keys,
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("department_id", sa.Integer()),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime()),
        sa.Column("deleted_by_id", sa.Integer()),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{name}_{column}")
            for column, target in {**more_links, **LINKS}.items()
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
    same = ("id", "text", *OWNED)
    rows = sa.select(*(sa.column(column) for column in same), *source.values()).select_from(sa.table(former))
    filled = sa.table(name, *(sa.column(column) for column in (*same, *source)))
    op.get_bind().execute(filled.insert().from_select([*same, *source], rows))
    op.drop_table(former)
    _set_last_id(name, last)
    if more_links:
        _index_owned(name)
        for column in more_links:
            op.create_index(f"ix_{name}_{column}", name, [column])


def _index_owned(table: str) -> None:
    for columns in (["id"], ["owner_id", "id"], ["department_id", "id"]):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns, sqlite_where=LIVING, postgresql_where=LIVING)


def _index_part(table: str, *, owned: bool = True) -> None:
    op.create_index(f"ix_{table}_record_model_record_id", table, ["record_model", "record_id", "id"])
    op.create_index(f"ix_{table}_root_id", table, ["root_id"])
    if owned:
        _index_owned(table)


def _read_last_id(table: str) -> int:
    """Return the highest id that the table ever gave: none is given twice, as the history names rows by them."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        return bind.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table}).scalar() or 0
    return bind.execute(sa.text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq")).scalar_one()  # noqa: S608 - a table of ours


def _set_last_id(table: str, last: int) -> None:
    bind = op.get_bind()
    if not last:
        return
    if bind.dialect.name == "sqlite":
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
        bind.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": table, "last": last})
    else:
        bind.execute(sa.text("SELECT setval(:name, :last)"), {"name": f"{table}_id_seq", "last": last})
