"""verdicts that are reused, and what a Monitor may cost"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

USUAL = '{"reuse_verdicts": true, "judge_every": 12}'


def upgrade() -> None:
    # With defaults for the rows that are there, so that SQLite adds them without a copy.
    op.add_column('monitors', sa.Column('cost_config', sa.JSON(), nullable=False, server_default=USUAL))
    op.add_column('llm_usage', sa.Column('reused_runs', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('runs', sa.Column('reused_from', sa.Integer(), nullable=True))
    op.add_column('runs', sa.Column('profile', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'profile')
    op.drop_column('runs', 'reused_from')
    op.drop_column('llm_usage', 'reused_runs')
    op.drop_column('monitors', 'cost_config')
