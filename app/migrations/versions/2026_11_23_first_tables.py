"""first tables

Revision: 0001, after: 
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


TRIGRAM_INDEXES = (
    ("customer", "search_text"), ("contract", "search_text"), ("ticket", "search_text"), ("activity", "text"),
)  # fmt: skip


def _has_trigrams() -> bool:
    """Tell whether this PostgreSQL offers pg_trgm; without it searches scan the narrow column."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return False
    return connection.execute(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")).first() is not None


def upgrade() -> None:
    op.create_table('ab_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('label', sa.String(length=150), nullable=True),
    sa.Column('description', sa.String(length=512), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_group')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_group_name'))
    )
    op.create_table('ab_permission',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_permission_name'))
    )
    op.create_table('ab_register_user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=False),
    sa.Column('last_name', sa.String(length=64), nullable=False),
    sa.Column('username', sa.String(length=128), nullable=False),
    sa.Column('password', sa.String(length=256), nullable=True),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('registration_date', sa.DateTime(), nullable=True),
    sa.Column('registration_hash', sa.String(length=256), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_register_user')),
    sa.UniqueConstraint('email', name=op.f('uq_ab_register_user_email')),
    sa.UniqueConstraint('username', name=op.f('uq_ab_register_user_username'))
    )
    op.create_table('ab_role',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_role')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_role_name'))
    )
    op.create_table('ab_view_menu',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=250), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_view_menu')),
    sa.UniqueConstraint('name', name=op.f('uq_ab_view_menu_name'))
    )
    op.create_table('choice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('list_code', sa.String(length=30), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_choice')),
    sa.UniqueConstraint('list_code', 'code', name=op.f('uq_choice_list_code_code')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('choice', schema=None) as batch_op:
        batch_op.create_index('ix_choice_list_code_position', ['list_code', 'position'], unique=False)

    op.create_table('department',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['department.id'], name=op.f('fk_department_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('department', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_department_parent_id'), ['parent_id'], unique=False)

    op.create_table('grants_version',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grants_version'))
    )
    op.create_table('installation_value',
    sa.Column('key', sa.String(length=190), nullable=False),
    sa.Column('value', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_installation_value'))
    )
    op.create_table('number_series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('pattern', sa.String(length=40), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('last_value', sa.Integer(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('last_value >= 0', name=op.f('ck_number_series_last_value')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_series')),
    sa.UniqueConstraint('code', 'year', 'length', name=op.f('uq_number_series_code_year_length')),
    sa.UniqueConstraint('code', 'year', name=op.f('uq_number_series_code_year')),
    sqlite_autoincrement=True
    )
    op.create_table('priority',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('hours', sa.Integer(), nullable=False),
    sa.Column('tone', sa.String(length=6), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('hours > 0', name=op.f('ck_priority_hours')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_priority')),
    sqlite_autoincrement=True
    )
    op.create_table('sign_in_try',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('bucket', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_try')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('sign_in_try', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_try_bucket_at', ['bucket', 'at'], unique=False)

    op.create_table('status',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=12), nullable=False),
    sa.Column('tone', sa.String(length=6), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.CheckConstraint("stage IN ('lead', 'signed', 'terminated')", name=op.f('ck_status_stage')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_status')),
    sa.UniqueConstraint('id', 'stage', name=op.f('uq_status_id_stage')),
    sqlite_autoincrement=True
    )
    op.create_table('ab_group_role',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.Column('role_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['ab_group.id'], name=op.f('fk_ab_group_role_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_group_role_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_group_role')),
    sa.UniqueConstraint('group_id', 'role_id', name=op.f('uq_ab_group_role_group_id_role_id'))
    )
    with op.batch_alter_table('ab_group_role', schema=None) as batch_op:
        batch_op.create_index('idx_group_id', ['group_id'], unique=False)
        batch_op.create_index('idx_group_role_id', ['role_id'], unique=False)

    op.create_table('ab_permission_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('permission_id', sa.Integer(), nullable=False),
    sa.Column('view_menu_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['permission_id'], ['ab_permission.id'], name=op.f('fk_ab_permission_view_permission_id')),
    sa.ForeignKeyConstraint(['view_menu_id'], ['ab_view_menu.id'], name=op.f('fk_ab_permission_view_view_menu_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission_view')),
    sa.UniqueConstraint('permission_id', 'view_menu_id', name=op.f('uq_ab_permission_view_permission_id_view_menu_id'))
    )
    with op.batch_alter_table('ab_permission_view', schema=None) as batch_op:
        batch_op.create_index('idx_permission_id', ['permission_id'], unique=False)
        batch_op.create_index('idx_view_menu_id', ['view_menu_id'], unique=False)

    op.create_table('ab_user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first_name', sa.String(length=64), nullable=False),
    sa.Column('last_name', sa.String(length=64), nullable=False),
    sa.Column('username', sa.String(length=128), nullable=False),
    sa.Column('password', sa.String(length=256), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=True),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('last_login', sa.DateTime(), nullable=True),
    sa.Column('login_count', sa.Integer(), nullable=True),
    sa.Column('fail_login_count', sa.Integer(), nullable=True),
    sa.Column('created_on', sa.DateTime(), nullable=True),
    sa.Column('changed_on', sa.DateTime(), nullable=True),
    sa.Column('created_by_fk', sa.Integer(), nullable=True),
    sa.Column('changed_by_fk', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('phone', sa.String(length=30), server_default='', nullable=False),
    sa.Column('locale', sa.String(length=5), nullable=True),
    sa.Column('session_epoch', sa.Integer(), server_default='0', nullable=False),
    sa.Column('must_change_password', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('one_time_code', sa.String(length=256), nullable=True),
    sa.Column('one_time_code_until', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['changed_by_fk'], ['ab_user.id'], name=op.f('fk_ab_user_changed_by_fk')),
    sa.ForeignKeyConstraint(['created_by_fk'], ['ab_user.id'], name=op.f('fk_ab_user_created_by_fk')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_ab_user_department_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user')),
    sa.UniqueConstraint('email', name=op.f('uq_ab_user_email')),
    sa.UniqueConstraint('username', name=op.f('uq_ab_user_username'))
    )
    with op.batch_alter_table('ab_user', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ab_user_department_id'), ['department_id'], unique=False)

    op.create_table('ab_api_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uuid', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=256), nullable=False),
    sa.Column('key_hash', sa.String(length=256), nullable=False),
    sa.Column('lookup_hash', sa.String(length=256), nullable=True),
    sa.Column('key_prefix', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_on', sa.DateTime(), nullable=True),
    sa.Column('expires_on', sa.DateTime(), nullable=True),
    sa.Column('revoked_on', sa.DateTime(), nullable=True),
    sa.Column('last_used_on', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_api_key_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_api_key')),
    sa.UniqueConstraint('lookup_hash', name=op.f('uq_ab_api_key_lookup_hash')),
    sa.UniqueConstraint('uuid', name=op.f('uq_ab_api_key_uuid'))
    )
    with op.batch_alter_table('ab_api_key', schema=None) as batch_op:
        batch_op.create_index('idx_api_key_lookup_hash', ['lookup_hash'], unique=True)
        batch_op.create_index('idx_api_key_prefix', ['key_prefix'], unique=False)
        batch_op.create_index('idx_api_key_user_id', ['user_id'], unique=False)

    op.create_table('ab_permission_view_role',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('permission_view_id', sa.Integer(), nullable=True),
    sa.Column('role_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['permission_view_id'], ['ab_permission_view.id'], name=op.f('fk_ab_permission_view_role_permission_view_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_permission_view_role_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission_view_role')),
    sa.UniqueConstraint('permission_view_id', 'role_id', name=op.f('uq_ab_permission_view_role_permission_view_id_role_id'))
    )
    with op.batch_alter_table('ab_permission_view_role', schema=None) as batch_op:
        batch_op.create_index('idx_permission_view_id', ['permission_view_id'], unique=False)
        batch_op.create_index('idx_role_id', ['role_id'], unique=False)

    op.create_table('ab_user_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['ab_group.id'], name=op.f('fk_ab_user_group_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_user_group_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user_group')),
    sa.UniqueConstraint('user_id', 'group_id', name=op.f('uq_ab_user_group_user_id_group_id'))
    )
    with op.batch_alter_table('ab_user_group', schema=None) as batch_op:
        batch_op.create_index('idx_user_group_id', ['group_id'], unique=False)
        batch_op.create_index('idx_user_id', ['user_id'], unique=False)

    op.create_table('ab_user_role',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('role_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_user_role_role_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_user_role_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user_role')),
    sa.UniqueConstraint('user_id', 'role_id', name=op.f('uq_ab_user_role_user_id_role_id'))
    )
    op.create_table('form_submission',
    sa.Column('token', sa.String(length=36), nullable=False),
    sa.Column('model', sa.String(length=60), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['ab_user.id'], name=op.f('fk_form_submission_staff_id')),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_form_submission'))
    )
    with op.batch_alter_table('form_submission', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_submission_at'), ['at'], unique=False)

    op.create_table('history',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('way', sa.String(length=20), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=True),
    sa.Column('model', sa.String(length=60), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('field', sa.String(length=60), nullable=False),
    sa.Column('old', sa.Text(), nullable=True),
    sa.Column('new', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name=op.f('fk_history_actor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_history')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_history_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_history_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_history_batch'), ['batch'], unique=False)
        batch_op.create_index('ix_history_model_row_id', ['model', 'row_id', 'id'], unique=False)

    op.create_table('issued_number',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('issued_at', sa.DateTime(), nullable=False),
    sa.Column('issued_by_id', sa.Integer(), nullable=True),
    sa.Column('fate', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.CheckConstraint('length(number) = length', name=op.f('ck_issued_number_fixed_length')),
    sa.ForeignKeyConstraint(['code', 'year', 'length'], ['number_series.code', 'number_series.year', 'number_series.length'], name='fk_issued_number_series', onupdate='RESTRICT', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['issued_by_id'], ['ab_user.id'], name=op.f('fk_issued_number_issued_by_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_issued_number')),
    sa.UniqueConstraint('code', 'year', 'sequence', name=op.f('uq_issued_number_code_year_sequence'))
    )
    op.create_table('share',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('module', sa.String(length=60), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('access', sa.String(length=4), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.Column('granted_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.Column('revoked_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("access IN ('read', 'full')", name=op.f('ck_share_access')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['ab_user.id'], name=op.f('fk_share_granted_by_id')),
    sa.ForeignKeyConstraint(['revoked_by_id'], ['ab_user.id'], name=op.f('fk_share_revoked_by_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['ab_user.id'], name=op.f('fk_share_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('share', schema=None) as batch_op:
        batch_op.create_index('ix_share_module_row_id', ['module', 'row_id'], unique=False)
        batch_op.create_index('ix_share_staff_id_module', ['staff_id', 'module'], unique=False)

    op.create_table('customer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('sort_name', sa.String(length=200), nullable=False),
    sa.Column('status_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.String(length=500), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('industry_id', sa.Integer(), nullable=True),
    sa.Column('region_id', sa.Integer(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('website', sa.String(length=200), nullable=False),
    sa.Column('credit_code', sa.String(length=18), nullable=True),
    sa.Column('next_follow_up', sa.Date(), nullable=True),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("stage <> 'terminated' OR ended_on IS NOT NULL", name=op.f('ck_customer_ended_on')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_customer_created_by_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_customer_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_customer_department_id')),
    sa.ForeignKeyConstraint(['industry_id'], ['choice.id'], name=op.f('fk_customer_industry_id')),
    sa.ForeignKeyConstraint(['number'], ['issued_number.number'], name=op.f('fk_customer_number')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_customer_owner_id')),
    sa.ForeignKeyConstraint(['region_id'], ['choice.id'], name=op.f('fk_customer_region_id')),
    sa.ForeignKeyConstraint(['source_id'], ['choice.id'], name=op.f('fk_customer_source_id')),
    sa.ForeignKeyConstraint(['status_id', 'stage'], ['status.id', 'status.stage'], name='fk_customer_status_stage'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer')),
    sa.UniqueConstraint('credit_code', name=op.f('uq_customer_credit_code')),
    sa.UniqueConstraint('number', name=op.f('uq_customer_number')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.create_index('ix_customer_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_customer_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_customer_next_follow_up', ['next_follow_up', 'id'], unique=False)
        batch_op.create_index('ix_customer_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_customer_owner_id_sort_name', ['owner_id', 'sort_name', 'id'], unique=False)
        batch_op.create_index('ix_customer_sort_name', ['sort_name', 'id'], unique=False)
        batch_op.create_index('ix_customer_stage_sort_name', ['stage', 'sort_name', 'id'], unique=False)
        batch_op.create_index('ix_customer_status_id_id', ['status_id', 'id'], unique=False)

    op.create_table('activity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('kind_id', sa.Integer(), nullable=False),
    sa.Column('happened_at', sa.DateTime(), nullable=False),
    sa.Column('entered_at', sa.DateTime(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('author_department_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('result', sa.Text(), nullable=False),
    sa.Column('next_step_on', sa.Date(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_reason', sa.String(length=500), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name=op.f('ck_activity_withdrawn_reason')),
    sa.ForeignKeyConstraint(['author_department_id'], ['department.id'], name=op.f('fk_activity_author_department_id')),
    sa.ForeignKeyConstraint(['author_id'], ['ab_user.id'], name=op.f('fk_activity_author_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_activity_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_activity_customer_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_activity_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_activity_department_id')),
    sa.ForeignKeyConstraint(['kind_id'], ['choice.id'], name=op.f('fk_activity_kind_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_activity_owner_id')),
    sa.ForeignKeyConstraint(['withdrawn_by_id'], ['ab_user.id'], name=op.f('fk_activity_withdrawn_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('activity', schema=None) as batch_op:
        batch_op.create_index('ix_activity_author_id_happened_at', ['author_id', 'happened_at'], unique=False)
        batch_op.create_index('ix_activity_customer_id_happened_at', ['customer_id', 'happened_at', 'id'], unique=False)
        batch_op.create_index('ix_activity_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_activity_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_activity_happened_at_author_id', ['happened_at', 'author_id'], unique=False)
        batch_op.create_index('ix_activity_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))

    op.create_table('contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('mail', sa.String(length=200), nullable=False),
    sa.Column('is_primary', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_contact_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_contact_customer_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_contact_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_contact_department_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_contact_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_contact_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_contact_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_contact_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))

    op.create_table('contract',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('amount', sa.Numeric(precision=15, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('start_on', sa.Date(), nullable=True),
    sa.Column('end_on', sa.Date(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.String(length=500), nullable=False),
    sa.Column('renews_id', sa.Integer(), nullable=True),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("currency IN ('CNY', 'HKD', 'USD', 'EUR')", name=op.f('ck_contract_currency')),
    sa.CheckConstraint("status IN ('draft', 'in_force', 'terminated', 'void')", name=op.f('ck_contract_status')),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_contract_amount')),
    sa.CheckConstraint('end_on IS NULL OR start_on IS NULL OR end_on >= start_on', name=op.f('ck_contract_term')),
    sa.CheckConstraint('renews_id IS NULL OR renews_id <> id', name=op.f('ck_contract_renews')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_contract_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_contract_customer_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_contract_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_contract_department_id')),
    sa.ForeignKeyConstraint(['number'], ['issued_number.number'], name=op.f('fk_contract_number')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_contract_owner_id')),
    sa.ForeignKeyConstraint(['renews_id'], ['contract.id'], name=op.f('fk_contract_renews_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract')),
    sa.UniqueConstraint('number', name=op.f('uq_contract_number')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_customer_id_status_end_on', ['customer_id', 'status', 'end_on'], unique=False)
        batch_op.create_index('ix_contract_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_contract_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_contract_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_contract_renews_id'), ['renews_id'], unique=False)
        batch_op.create_index('ix_contract_status_end_on', ['status', 'end_on', 'id'], unique=False)

    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_attachment_contract_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_attachment_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_attachment_customer_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_attachment_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_attachment_department_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_attachment_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_attachment_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_attachment_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_attachment_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))

    op.create_table('ticket',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('priority_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.String(length=500), nullable=False),
    sa.Column('assignee_id', sa.Integer(), nullable=True),
    sa.Column('reported_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=True),
    sa.Column('resolved_at', sa.DateTime(), nullable=True),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("status IN ('open', 'in_progress', 'waiting', 'resolved', 'closed')", name=op.f('ck_ticket_status')),
    sa.ForeignKeyConstraint(['assignee_id'], ['ab_user.id'], name=op.f('fk_ticket_assignee_id')),
    sa.ForeignKeyConstraint(['category_id'], ['choice.id'], name=op.f('fk_ticket_category_id')),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_ticket_contract_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_ticket_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_ticket_customer_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_ticket_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_ticket_department_id')),
    sa.ForeignKeyConstraint(['number'], ['issued_number.number'], name=op.f('fk_ticket_number')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_ticket_owner_id')),
    sa.ForeignKeyConstraint(['priority_id'], ['priority.id'], name=op.f('fk_ticket_priority_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('number', name=op.f('uq_ticket_number')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_assignee_id_status', ['assignee_id', 'status', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_ticket_customer_id_id', ['customer_id', 'id'], unique=False)
        batch_op.create_index('ix_ticket_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_ticket_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_ticket_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_ticket_status_due_at', ['status', 'due_at', 'id'], unique=False)

    op.create_table('ticket_comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.Column('deleted_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_ticket_comment_created_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_ticket_comment_customer_id')),
    sa.ForeignKeyConstraint(['deleted_by_id'], ['ab_user.id'], name=op.f('fk_ticket_comment_deleted_by_id')),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_ticket_comment_department_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_ticket_comment_owner_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_comment_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_comment')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('ticket_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_comment_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_ticket_comment_department_id_id', ['department_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_ticket_comment_id', ['id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_ticket_comment_owner_id_id', ['owner_id', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_ticket_comment_ticket_id'), ['ticket_id'], unique=False)
    if _has_trigrams():
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for table, column in TRIGRAM_INDEXES:
            op.create_index(
                f"ix_{table}_{column}_trgm", table, [column], postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"}
            )


def downgrade() -> None:
    with op.batch_alter_table('ticket_comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticket_comment_ticket_id'))
        batch_op.drop_index('ix_ticket_comment_owner_id_id')
        batch_op.drop_index('ix_ticket_comment_id')
        batch_op.drop_index('ix_ticket_comment_department_id_id')
        batch_op.drop_index(batch_op.f('ix_ticket_comment_customer_id'))

    op.drop_table('ticket_comment')
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_status_due_at')
        batch_op.drop_index('ix_ticket_owner_id_id')
        batch_op.drop_index('ix_ticket_id')
        batch_op.drop_index('ix_ticket_department_id_id')
        batch_op.drop_index('ix_ticket_customer_id_id')
        batch_op.drop_index(batch_op.f('ix_ticket_contract_id'))
        batch_op.drop_index('ix_ticket_assignee_id_status')

    op.drop_table('ticket')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index('ix_attachment_owner_id_id')
        batch_op.drop_index('ix_attachment_id')
        batch_op.drop_index('ix_attachment_department_id_id')
        batch_op.drop_index(batch_op.f('ix_attachment_customer_id'))
        batch_op.drop_index(batch_op.f('ix_attachment_contract_id'))

    op.drop_table('attachment')
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_status_end_on')
        batch_op.drop_index(batch_op.f('ix_contract_renews_id'))
        batch_op.drop_index('ix_contract_owner_id_id')
        batch_op.drop_index('ix_contract_id')
        batch_op.drop_index('ix_contract_department_id_id')
        batch_op.drop_index('ix_contract_customer_id_status_end_on')

    op.drop_table('contract')
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.drop_index('ix_contact_owner_id_id')
        batch_op.drop_index('ix_contact_id')
        batch_op.drop_index('ix_contact_department_id_id')
        batch_op.drop_index(batch_op.f('ix_contact_customer_id'))

    op.drop_table('contact')
    with op.batch_alter_table('activity', schema=None) as batch_op:
        batch_op.drop_index('ix_activity_owner_id_id')
        batch_op.drop_index('ix_activity_happened_at_author_id')
        batch_op.drop_index('ix_activity_id')
        batch_op.drop_index('ix_activity_department_id_id')
        batch_op.drop_index('ix_activity_customer_id_happened_at')
        batch_op.drop_index('ix_activity_author_id_happened_at')

    op.drop_table('activity')
    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.drop_index('ix_customer_status_id_id')
        batch_op.drop_index('ix_customer_stage_sort_name')
        batch_op.drop_index('ix_customer_sort_name')
        batch_op.drop_index('ix_customer_owner_id_sort_name')
        batch_op.drop_index('ix_customer_owner_id_id')
        batch_op.drop_index('ix_customer_next_follow_up')
        batch_op.drop_index('ix_customer_id')
        batch_op.drop_index('ix_customer_department_id_id')

    op.drop_table('customer')
    with op.batch_alter_table('share', schema=None) as batch_op:
        batch_op.drop_index('ix_share_staff_id_module')
        batch_op.drop_index('ix_share_module_row_id')

    op.drop_table('share')
    op.drop_table('issued_number')
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.drop_index('ix_history_model_row_id')
        batch_op.drop_index(batch_op.f('ix_history_batch'))
        batch_op.drop_index(batch_op.f('ix_history_at'))
        batch_op.drop_index(batch_op.f('ix_history_actor_id'))

    op.drop_table('history')
    with op.batch_alter_table('form_submission', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_form_submission_at'))

    op.drop_table('form_submission')
    op.drop_table('ab_user_role')
    with op.batch_alter_table('ab_user_group', schema=None) as batch_op:
        batch_op.drop_index('idx_user_id')
        batch_op.drop_index('idx_user_group_id')

    op.drop_table('ab_user_group')
    with op.batch_alter_table('ab_permission_view_role', schema=None) as batch_op:
        batch_op.drop_index('idx_role_id')
        batch_op.drop_index('idx_permission_view_id')

    op.drop_table('ab_permission_view_role')
    with op.batch_alter_table('ab_api_key', schema=None) as batch_op:
        batch_op.drop_index('idx_api_key_user_id')
        batch_op.drop_index('idx_api_key_prefix')
        batch_op.drop_index('idx_api_key_lookup_hash')

    op.drop_table('ab_api_key')
    with op.batch_alter_table('ab_user', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ab_user_department_id'))

    op.drop_table('ab_user')
    with op.batch_alter_table('ab_permission_view', schema=None) as batch_op:
        batch_op.drop_index('idx_view_menu_id')
        batch_op.drop_index('idx_permission_id')

    op.drop_table('ab_permission_view')
    with op.batch_alter_table('ab_group_role', schema=None) as batch_op:
        batch_op.drop_index('idx_group_role_id')
        batch_op.drop_index('idx_group_id')

    op.drop_table('ab_group_role')
    op.drop_table('status')
    with op.batch_alter_table('sign_in_try', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_in_try_bucket_at')

    op.drop_table('sign_in_try')
    op.drop_table('priority')
    op.drop_table('number_series')
    op.drop_table('installation_value')
    op.drop_table('grants_version')
    with op.batch_alter_table('department', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_department_parent_id'))

    op.drop_table('department')
    with op.batch_alter_table('choice', schema=None) as batch_op:
        batch_op.drop_index('ix_choice_list_code_position')

    op.drop_table('choice')
    op.drop_table('ab_view_menu')
    op.drop_table('ab_role')
    op.drop_table('ab_register_user')
    op.drop_table('ab_permission')
    op.drop_table('ab_group')
