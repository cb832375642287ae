"""what each model of a Run was asked, and how far a model's word goes"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

USUAL = '{"builtin_may_raise": true, "second_opinion": null}'


def upgrade() -> None:
    # With defaults for the rows that are there, so that SQLite adds them without a copy.
    op.add_column('monitors', sa.Column('verdict_config', sa.JSON(), nullable=False, server_default=USUAL))
    op.add_column('runs', sa.Column('calls', sa.JSON(), nullable=False, server_default='[]'))
    op.add_column('runs', sa.Column('instead_of', sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'instead_of')
    op.drop_column('runs', 'calls')
    op.drop_column('monitors', 'verdict_config')
