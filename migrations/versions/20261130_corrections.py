"""what people said of past Runs, and what is learned of those that were normal"""

import sqlalchemy as sa
from alembic import op

from webapp.extensions import UtcDateTime

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'corrections',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('monitor_id', sa.Integer(), nullable=False),
        sa.Column('run_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('fingerprint', sa.String(length=24), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('author', sa.String(length=100), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['monitor_id'], ['monitors.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['run_id'], ['runs.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_corrections_monitor', 'corrections', ['monitor_id', 'run_id'])
    op.create_index('ix_corrections_run', 'corrections', ['run_id', 'id'])
    op.add_column('runs', sa.Column('lesson', sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        'runs', sa.Column('to_learn', sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        'ix_runs_to_learn',
        'runs',
        ['monitor_id'],
        sqlite_where=sa.text('to_learn'),
        postgresql_where=sa.text('to_learn'),
    )
    op.execute(
        'UPDATE notes SET run_id = NULL WHERE NOT EXISTS ('
        'SELECT 1 FROM runs WHERE runs.id = notes.run_id AND runs.monitor_id = notes.monitor_id)'
    )
    with op.batch_alter_table('notes', table_kwargs={'sqlite_autoincrement': True}) as notes:
        notes.add_column(sa.Column('correction_id', sa.Integer(), nullable=True))
        notes.create_foreign_key(
            'fk_notes_run_id', 'runs', ['run_id'], ['id'], ondelete='SET NULL'
        )
        notes.create_foreign_key(
            'fk_notes_correction_id', 'corrections', ['correction_id'], ['id'], ondelete='SET NULL'
        )
        notes.create_index('ix_notes_run', ['run_id'])
        notes.create_index('ix_notes_correction', ['correction_id'])


def downgrade() -> None:
    with op.batch_alter_table('notes', table_kwargs={'sqlite_autoincrement': True}) as notes:
        notes.drop_index('ix_notes_correction')
        notes.drop_index('ix_notes_run')
        notes.drop_constraint('fk_notes_correction_id', type_='foreignkey')
        notes.drop_constraint('fk_notes_run_id', type_='foreignkey')
        notes.drop_column('correction_id')
    op.drop_index('ix_runs_to_learn', 'runs')
    op.drop_column('runs', 'to_learn')
    op.drop_column('runs', 'lesson')
    op.drop_table('corrections')
