"""what was told of budgets, and notices in the outbox"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('budget_notices',
    sa.Column('scope', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('percent', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('scope', 'kind', 'first_day', 'percent', name=op.f('pk_budget_notices'))
    )
    op.add_column('notifications', sa.Column('notice', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('notifications', 'notice')
    op.drop_table('budget_notices')
