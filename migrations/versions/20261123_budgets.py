"""budgets: what calls under way may take, and what a Run says of them"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('llm_reservations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('monitor_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('tokens', sa.Integer(), nullable=False),
    sa.Column('cost_usd', sa.Double(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_llm_reservations'))
    )
    op.create_index(op.f('ix_llm_reservations_run_id'), 'llm_reservations', ['run_id'])
    op.add_column('runs', sa.Column('budget_note', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'budget_note')
    op.drop_index(op.f('ix_llm_reservations_run_id'), table_name='llm_reservations')
    op.drop_table('llm_reservations')
