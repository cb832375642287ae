"""metric samples, and since when a Run waits"""

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
    # Nullable, as SQLite then adds it without copying all Runs, and an old scheduler that still
    # runs can go on inserting them.
    op.add_column('runs', sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE runs SET queued_at = created_at WHERE status = 'queued'")


def downgrade() -> None:
    op.drop_column('runs', 'queued_at')
    op.drop_table('metric_samples')
