"""metric samples"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('metric_samples',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('labels', sa.Text(), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'labels', name=op.f('pk_metric_samples'))
    )


def downgrade() -> None:
    op.drop_table('metric_samples')
