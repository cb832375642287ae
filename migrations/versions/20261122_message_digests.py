"""by what it is known again what each Run asked its model"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable: nobody knows them of Runs that are there, and SQLite adds them without a copy.
    op.add_column('runs', sa.Column('fence', sa.String(length=16), nullable=True))
    op.add_column('runs', sa.Column('message_digest', sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column('runs', 'message_digest')
    op.drop_column('runs', 'fence')
