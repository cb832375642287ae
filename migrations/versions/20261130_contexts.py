"""contexts: how much the model reads at once, and what was cut of a window for it"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('context_tokens', sa.Integer(), nullable=True))
    op.add_column('runs', sa.Column('window_note', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'window_note')
    op.drop_column('runs', 'context_tokens')
