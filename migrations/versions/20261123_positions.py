"""how far the Inputs of each Monitor were read and judged"""

import sqlalchemy as sa
from alembic import op

from webapp.extensions import UtcDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('positions',
    sa.Column('monitor_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('inputs', sa.JSON(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['monitor_id'], ['monitors.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('monitor_id')
    )


def downgrade() -> None:
    op.drop_table('positions')
