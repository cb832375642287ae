"""the version of the instructions that a Run was judged by"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('prompt_version', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'prompt_version')
