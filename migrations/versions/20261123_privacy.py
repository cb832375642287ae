"""what of a Monitor's logs is hidden beside secrets, and whether a remote model may read them"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

USUAL = '{"redact": ["card"], "local_model_only": false}'


def upgrade() -> None:
    # With a default for the Monitors that are there, so that SQLite adds it without a copy.
    op.add_column('monitors', sa.Column('privacy_config', sa.JSON(), nullable=False, server_default=USUAL))


def downgrade() -> None:
    op.drop_column('monitors', 'privacy_config')
