"""cases of processes: tasks, events, values, copies

Revision: 0011, after: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ('process_case', 'case_copy', 'case_event', 'case_task', 'case_value')


def upgrade() -> None:
    _add_process_case()
    _add_case_copy()
    _add_case_event()
    _add_case_task()
    _add_case_value()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _add_process_case() -> None:
    op.create_table('process_case',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('process_id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('step', sa.String(), nullable=False),
        sa.Column('visit', sa.Integer(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('since', sa.Integer(), nullable=False),
        sa.Column('path', sa.Text(), nullable=False),
        sa.Column('resume', sa.Text(), nullable=False),
        sa.Column('stuck', sa.String()),
        sa.Column('pinned', sa.Text(), nullable=False),
        sa.Column('contract_id', sa.Integer()),
        sa.Column('customer_id', sa.Integer()),
        sa.Column('started_at', sa.DateTime()),
        sa.Column('ended_at', sa.DateTime()),
        sa.Column('search_text', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.Column('created_by_id', sa.Integer()),
        sa.Column('owner_id', sa.Integer()),
        sa.Column('department_id', sa.Integer()),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.Column('deleted_at', sa.DateTime()),
        sa.Column('deleted_by_id', sa.Integer()),
        sa.CheckConstraint("state IN ('draft', 'running', 'done', 'refused', 'cancelled')", name='ck_process_case_state'),
        sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name='fk_process_case_contract_id'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name='fk_process_case_created_by_id'),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name='fk_process_case_customer_id'),
        sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name='fk_process_case_deleted_by_id'),
        sa.ForeignKeyConstraint(['department_id'], ['department.id'], name='fk_process_case_department_id'),
        sa.ForeignKeyConstraint(['number'], ['issued_number.number'], name='fk_process_case_number'),
        sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name='fk_process_case_owner_id'),
        sa.ForeignKeyConstraint(['process_id'], ['process.id'], name='fk_process_case_process_id'),
        sa.ForeignKeyConstraint(['version_id'], ['process_version.id'], name='fk_process_case_version_id'),
        sa.PrimaryKeyConstraint('id', name='pk_process_case'),
        sa.UniqueConstraint('number', name='uq_process_case_number'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_process_case_contract_id_state', 'process_case', ['contract_id', 'state'])
    op.create_index('ix_process_case_customer_id', 'process_case', ['customer_id', 'id'])
    op.create_index('ix_process_case_department_id_id', 'process_case', ['department_id', 'id'], postgresql_where=sa.text('deleted_at IS NULL'), sqlite_where=sa.text('deleted_at IS NULL'))
    op.create_index('ix_process_case_id', 'process_case', ['id'], postgresql_where=sa.text('deleted_at IS NULL'), sqlite_where=sa.text('deleted_at IS NULL'))
    op.create_index('ix_process_case_owner_id_id', 'process_case', ['owner_id', 'id'], postgresql_where=sa.text('deleted_at IS NULL'), sqlite_where=sa.text('deleted_at IS NULL'))
    op.create_index('ix_process_case_state_process_id', 'process_case', ['state', 'process_id', 'id'])
    op.create_index('ix_process_case_version_id', 'process_case', ['version_id'])


def _add_case_copy() -> None:
    op.create_table('case_copy',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('step', sa.String(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['process_case.id'], name='fk_case_copy_case_id', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['person_id'], ['ab_user.id'], name='fk_case_copy_person_id'),
        sa.PrimaryKeyConstraint('id', name='pk_case_copy'),
        sa.UniqueConstraint('case_id', 'person_id', name='uq_case_copy_case_id_person_id'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_case_copy_person_id', 'case_copy', ['person_id'])


def _add_case_event() -> None:
    op.create_table('case_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('actor_id', sa.Integer()),
        sa.Column('stands_for_id', sa.Integer()),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('step', sa.String(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('data', sa.Text(), nullable=False),
        sa.Column('said', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name='fk_case_event_actor_id'),
        sa.ForeignKeyConstraint(['case_id'], ['process_case.id'], name='fk_case_event_case_id', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['stands_for_id'], ['ab_user.id'], name='fk_case_event_stands_for_id'),
        sa.PrimaryKeyConstraint('id', name='pk_case_event'),
        sa.UniqueConstraint('case_id', 'place', name='uq_case_event_case_id_place'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_case_event_actor_id', 'case_event', ['actor_id'])


def _add_case_task() -> None:
    op.create_table('case_task',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('step', sa.String(), nullable=False),
        sa.Column('visit', sa.Integer(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer()),
        sa.Column('role_id', sa.Integer()),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('is_seat', sa.Boolean(), nullable=False),
        sa.Column('waits_for', sa.String(), nullable=False),
        sa.Column('is_claimed', sa.Boolean(), nullable=False),
        sa.Column('lender_id', sa.Integer()),
        sa.Column('adder_id', sa.Integer()),
        sa.Column('verdict', sa.String()),
        sa.Column('actor_id', sa.Integer()),
        sa.Column('dropped', sa.String()),
        sa.Column('opened_at', sa.DateTime(), nullable=False),
        sa.Column('closed_at', sa.DateTime()),
        sa.Column('due_at', sa.DateTime()),
        sa.Column('worked', sa.Integer()),
        sa.Column('overdue_at', sa.DateTime()),
        sa.CheckConstraint("state IN ('open', 'waiting', 'closed', 'dropped')", name='ck_case_task_state'),
        sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name='fk_case_task_actor_id'),
        sa.ForeignKeyConstraint(['adder_id'], ['ab_user.id'], name='fk_case_task_adder_id'),
        sa.ForeignKeyConstraint(['case_id'], ['process_case.id'], name='fk_case_task_case_id', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['lender_id'], ['ab_user.id'], name='fk_case_task_lender_id'),
        sa.ForeignKeyConstraint(['person_id'], ['ab_user.id'], name='fk_case_task_person_id'),
        sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name='fk_case_task_role_id'),
        sa.PrimaryKeyConstraint('id', name='pk_case_task'),
        sa.UniqueConstraint('case_id', 'number', name='uq_case_task_case_id_number'),
        sqlite_autoincrement=True
        )
    op.create_index('ix_case_task_actor_id', 'case_task', ['actor_id', 'closed_at'])
    op.create_index('ix_case_task_person_id_state', 'case_task', ['person_id', 'state', 'case_id'])
    op.create_index('ix_case_task_role_id_state', 'case_task', ['role_id', 'state', 'case_id'])
    op.create_index('ix_case_task_state_due_at', 'case_task', ['state', 'due_at'])


def _add_case_value() -> None:
    op.create_table('case_value',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('field', sa.String(), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.Column('by_id', sa.Integer()),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['by_id'], ['ab_user.id'], name='fk_case_value_by_id'),
        sa.ForeignKeyConstraint(['case_id'], ['process_case.id'], name='fk_case_value_case_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_case_value'),
        sa.UniqueConstraint('case_id', 'round', 'field', name='uq_case_value_case_id_round_field'),
        sqlite_autoincrement=True
        )
