"""saved views

Revision: 0002, after: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('module', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.String(length=1000), nullable=False),
    sa.Column('columns', sa.String(length=500), nullable=False),
    sa.Column('density', sa.String(length=7), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.CheckConstraint("density IN ('normal', 'compact')", name=op.f('ck_saved_view_density')),
    sa.ForeignKeyConstraint(['staff_id'], ['ab_user.id'], name=op.f('fk_saved_view_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('staff_id', 'module', 'name', name=op.f('uq_saved_view_staff_id_module_name')),
    sqlite_autoincrement=True
    )


def downgrade() -> None:
    op.drop_table('saved_view')
