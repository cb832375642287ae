"""rules beside the prompt, and windows with lines alike shown once"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

NO_RULES = '{"ignore": [], "must_alert": []}'


def upgrade() -> None:
    # With a default for the Monitors that are there, so that SQLite adds them without a copy.
    op.add_column('monitors', sa.Column('rules', sa.JSON(), nullable=False, server_default=NO_RULES))
    op.add_column('monitors', sa.Column('collapse_repeats', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('runs', sa.Column('raw_text', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'raw_text')
    op.drop_column('monitors', 'collapse_repeats')
    op.drop_column('monitors', 'rules')
