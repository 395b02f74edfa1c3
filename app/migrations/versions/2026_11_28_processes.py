"""designed processes: versions, fields, steps, rights, routes, copies

Revision: 0010, after: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ('process', 'process_version', 'process_field', 'process_step', 'process_copy', 'process_field_right', 'process_route', 'process_step_role', 'process_condition')


def upgrade() -> None:
    _add_process()
    _add_process_version()
    _add_process_field()
    _add_process_step()
    _add_process_copy()
    _add_process_field_right()
    _add_process_route()
    _add_process_step_role()
    _add_process_condition()
    _freeze()


def downgrade() -> None:
    _thaw()
    _forget()
    for table in reversed(TABLES):
        op.drop_table(table)


def _add_process() -> None:
    op.create_table('process',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=30), nullable=False),
        sa.Column('owner_id', sa.Integer()),
        sa.Column('name_zh', sa.String(length=60), nullable=False),
        sa.Column('name_en', sa.String(length=60), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('is_active', sa.Boolean(), nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name='fk_process_owner_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process'),
        sa.UniqueConstraint('code', name='uq_process_code'),
        sqlite_autoincrement=True
        )


def _add_process_version() -> None:
    op.create_table('process_version',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('process_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('note', sa.String(length=500), nullable=False),
        sa.Column('binding', sa.String(length=500), nullable=False),
        sa.Column('effect', sa.String(length=40), nullable=False),
        sa.Column('effect_by', sa.String(), nullable=False),
        sa.Column('is_reserved', sa.Boolean(), nullable=False),
        sa.Column('published_at', sa.DateTime()),
        sa.Column('published_by_id', sa.Integer()),
        sa.Column('asked_by_id', sa.Integer()),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.CheckConstraint("effect_by IN ('approver', 'owner')", name='ck_process_version_effect_by'),
        sa.CheckConstraint("state IN ('draft', 'published', 'retired')", name='ck_process_version_state'),
        sa.ForeignKeyConstraint(['asked_by_id'], ['ab_user.id'], name='fk_process_version_asked_by_id'),
        sa.ForeignKeyConstraint(['process_id'], ['process.id'], name='fk_process_version_process_id'),
        sa.ForeignKeyConstraint(['published_by_id'], ['ab_user.id'], name='fk_process_version_published_by_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_version'),
        sa.UniqueConstraint('process_id', 'number', name='uq_process_version_process_id_number'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_version_published', 'process_version', ['process_id'], unique=True, postgresql_where=sa.text("state = 'published'"), sqlite_where=sa.text("state = 'published'"))


def _add_process_field() -> None:
    op.create_table('process_field',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('parent_id', sa.Integer()),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('hint_zh', sa.String(length=200), nullable=False),
        sa.Column('hint_en', sa.String(length=200), nullable=False),
        sa.Column('options', sa.Text(), nullable=False),
        sa.Column('limit', sa.Integer()),
        sa.Column('least', sa.Numeric(precision=18, scale=4)),
        sa.Column('most', sa.Numeric(precision=18, scale=4)),
        sa.Column('default', sa.String(length=200), nullable=False),
        sa.Column('is_live', sa.Boolean(), nullable=False),
        sa.Column('is_shared', sa.Boolean(), nullable=False),
        sa.Column('is_told', sa.Boolean(), nullable=False),
        sa.Column('code', sa.String(length=30), nullable=False),
        sa.Column('name_zh', sa.String(length=60), nullable=False),
        sa.Column('name_en', sa.String(length=60), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('text', 'long_text', 'number', 'money', 'date', 'choice', 'yes_no', 'person', 'department', 'contract', 'customer', 'attachment', 'rows')", name='ck_process_field_kind'),
        sa.ForeignKeyConstraint(['parent_id'], ['process_field.id'], name='fk_process_field_parent_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_field_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_field'),
        sa.UniqueConstraint('version_id', 'parent_id', 'code', name='uq_process_field_version_id_parent_id_code'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_field_version_id', 'process_field', ['version_id'])


def _add_process_step() -> None:
    op.create_table('process_step',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('who', sa.String(length=14), nullable=False),
        sa.Column('person_field', sa.String(length=30), nullable=False),
        sa.Column('quorum', sa.String(length=10), nullable=False),
        sa.Column('needed', sa.Integer()),
        sa.Column('on_no', sa.String(length=8), nullable=False),
        sa.Column('may_return', sa.String(length=10), nullable=False),
        sa.Column('resume', sa.String(length=10), nullable=False),
        sa.Column('starter_may_approve', sa.Boolean(), nullable=False),
        sa.Column('pass_same_person', sa.Boolean(), nullable=False),
        sa.Column('nobody', sa.String(length=10), nullable=False),
        sa.Column('stand_in_id', sa.Integer()),
        sa.Column('hours', sa.Integer()),
        sa.Column('overdue', sa.String(length=16), nullable=False),
        sa.Column('in_bulk', sa.Boolean(), nullable=False),
        sa.Column('verb_zh', sa.String(length=20), nullable=False),
        sa.Column('verb_en', sa.String(length=20), nullable=False),
        sa.Column('code', sa.String(length=30), nullable=False),
        sa.Column('name_zh', sa.String(length=60), nullable=False),
        sa.Column('name_en', sa.String(length=60), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.CheckConstraint("may_return IN ('never', 'previous', 'start', 'any')", name='ck_process_step_may_return'),
        sa.CheckConstraint("nobody IN ('skip', 'stand_in', 'owner')", name='ck_process_step_nobody'),
        sa.CheckConstraint("on_no IN ('ends', 'counts')", name='ck_process_step_on_no'),
        sa.CheckConstraint("overdue IN ('remind', 'tell_manager', 'give_to_manager')", name='ck_process_step_overdue'),
        sa.CheckConstraint("quorum IN ('one', 'all', 'any', 'some', 'in_turn', 'each_role')", name='ck_process_step_quorum'),
        sa.CheckConstraint("resume IN ('straight', 'again')", name='ck_process_step_resume'),
        sa.CheckConstraint("who IN ('starter', 'role', 'person_field', 'manager', 'manager_above', 'chosen')", name='ck_process_step_who'),
        sa.ForeignKeyConstraint(['stand_in_id'], ['ab_user.id'], name='fk_process_step_stand_in_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_step_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_step'),
        sa.UniqueConstraint('version_id', 'code', name='uq_process_step_version_id_code'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_step_version_id', 'process_step', ['version_id'])


def _add_process_copy() -> None:
    op.create_table('process_copy',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('step_id', sa.Integer()),
        sa.Column('who', sa.String(length=8), nullable=False),
        sa.Column('role_id', sa.Integer()),
        sa.Column('person_id', sa.Integer()),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.CheckConstraint("who IN ('starter', 'manager', 'role', 'person')", name='ck_process_copy_who'),
        sa.ForeignKeyConstraint(['person_id'], ['ab_user.id'], name='fk_process_copy_person_id'),
        sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name='fk_process_copy_role_id'),
        sa.ForeignKeyConstraint(['step_id'], ['process_step.id'], name='fk_process_copy_step_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_copy_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_copy'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_copy_role_id', 'process_copy', ['role_id'])
    op.create_index('ix_process_copy_step_id', 'process_copy', ['step_id'])
    op.create_index('ix_process_copy_version_id', 'process_copy', ['version_id'])


def _add_process_field_right() -> None:
    op.create_table('process_field_right',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('step_id', sa.Integer(), nullable=False),
        sa.Column('field_id', sa.Integer(), nullable=False),
        sa.Column('allows', sa.String(length=8), nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.CheckConstraint("allows IN ('write', 'required', 'read', 'hidden')", name='ck_process_field_right_allows'),
        sa.ForeignKeyConstraint(['field_id'], ['process_field.id'], name='fk_process_field_right_field_id'),
        sa.ForeignKeyConstraint(['step_id'], ['process_step.id'], name='fk_process_field_right_step_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_field_right_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_field_right'),
        sa.UniqueConstraint('step_id', 'field_id', name='uq_process_field_right_step_id_field_id'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_field_right_field_id', 'process_field_right', ['field_id'])
    op.create_index('ix_process_field_right_version_id', 'process_field_right', ['version_id'])


def _add_process_route() -> None:
    op.create_table('process_route',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('step_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('target_id', sa.Integer()),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['step_id'], ['process_step.id'], name='fk_process_route_step_id'),
        sa.ForeignKeyConstraint(['target_id'], ['process_step.id'], name='fk_process_route_target_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_route_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_route'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_route_step_id', 'process_route', ['step_id', 'position'])
    op.create_index('ix_process_route_target_id', 'process_route', ['target_id'])
    op.create_index('ix_process_route_version_id', 'process_route', ['version_id'])


def _add_process_step_role() -> None:
    op.create_table('process_step_role',
        sa.Column('step_id', sa.Integer(), nullable=False),
        sa.Column('role_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name='fk_process_step_role_role_id'),
        sa.ForeignKeyConstraint(['step_id'], ['process_step.id'], name='fk_process_step_role_step_id'),
        sa.PrimaryKeyConstraint('step_id', 'role_id', name='pk_process_step_role')
        )
    op.create_index('ix_process_step_role_role_id', 'process_step_role', ['role_id'])


def _add_process_condition() -> None:
    op.create_table('process_condition',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('route_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('field', sa.String(length=60), nullable=False),
        sa.Column('operator', sa.String(length=8), nullable=False),
        sa.Column('value', sa.String(length=200), nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['route_id'], ['process_route.id'], name='fk_process_condition_route_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_condition_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_condition'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_condition_route_id', 'process_condition', ['route_id'])
    op.create_index('ix_process_condition_version_id', 'process_condition', ['version_id'])


# A published version stays as it is, whoever writes: the app's gate says so in a sentence, and the database has the last word.
PARTS = ("process_field", "process_step", "process_field_right", "process_route", "process_condition", "process_copy")
STEP_ROLES = "(SELECT version_id FROM process_step WHERE id = {row}.step_id)"
FROZEN = "EXISTS (SELECT 1 FROM process_version WHERE id = {version} AND state <> 'draft')"


def _freeze() -> None:
    for table in (*PARTS, "process_step_role"):
        for verb in ("INSERT", "UPDATE", "DELETE"):
            row = "OLD" if verb == "DELETE" else "NEW"
            version = STEP_ROLES.format(row=row) if table == "process_step_role" else f"{row}.version_id"
            _add_trigger(table, verb, FROZEN.format(version=version))


def _add_trigger(table: str, verb: str, when: str) -> None:
    name = f"frozen_{table}_{verb.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, 'published version'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {when} THEN"
        " RAISE EXCEPTION 'published version' USING ERRCODE = 'check_violation'; END IF;"
        f" RETURN {'OLD' if verb == 'DELETE' else 'NEW'}; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _thaw() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # a trigger goes with its table
    for table in (*PARTS, "process_step_role"):
        for verb in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER frozen_{table}_{verb} ON {table}")
            op.execute(f"DROP FUNCTION frozen_{table}_{verb}()")


def _forget() -> None:
    """Let the names of processes be given again, and the first processes be written again by a later upgrade."""
    op.execute("DELETE FROM identity WHERE kind = 'process'")
    op.execute("DELETE FROM installation_value WHERE key = 'seed:processes'")
