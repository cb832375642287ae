"""the findings that a Monitor's Runs had, all those alike together"""

import sqlalchemy as sa
from alembic import op

from webapp.extensions import UtcDateTime

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'past_findings',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('monitor_id', sa.Integer(), nullable=False),
        sa.Column('fingerprint', sa.String(length=24), nullable=False),
        sa.Column('severity', sa.String(length=16), nullable=False),
        sa.Column('by', sa.String(length=16), nullable=False),
        sa.Column('label', sa.String(length=64), nullable=True),
        sa.Column('line', sa.Integer(), nullable=True),
        sa.Column('quote', sa.Text(), nullable=True),
        sa.Column('explanation', sa.Text(), nullable=False),
        sa.Column('times', sa.Integer(), nullable=False),
        sa.Column('run_id', sa.Integer(), nullable=False),
        sa.Column('first_at', UtcDateTime(), nullable=False),
        sa.Column('last_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['monitor_id'], ['monitors.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sqlite_autoincrement=True,
    )
    op.create_index('uq_past_findings', 'past_findings', ['monitor_id', 'fingerprint'], unique=True)
    op.create_index('ix_past_findings_last', 'past_findings', ['monitor_id', 'run_id', 'id'])


def downgrade() -> None:
    op.drop_table('past_findings')
