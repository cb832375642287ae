"""what people said of findings and Runs"""

import sqlalchemy as sa
from alembic import op

from webapp.extensions import UtcDateTime

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'notes',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('monitor_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('fingerprint', sa.String(length=24), nullable=True),
        sa.Column('label', sa.String(length=64), nullable=True),
        sa.Column('quote', sa.Text(), nullable=True),
        sa.Column('run_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('author', sa.String(length=100), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('expires_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['monitor_id'], ['monitors.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_notes_monitor', 'notes', ['monitor_id', 'id'])
    op.add_column('runs', sa.Column('notes', sa.JSON(), nullable=False, server_default='{}'))


def downgrade() -> None:
    op.drop_column('runs', 'notes')
    op.drop_table('notes')
