"""what was counted over the text that a model was asked about"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('facts', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'facts')
