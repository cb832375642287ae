"""how Monitors stand, tags, muting, what LLMs took, and the prompt of a Run"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# Of each Monitor the last Run that ended.
STAND = """
INSERT INTO standings (monitor_id, run_id, status, sentence, finished_at, since)
SELECT monitor_id, id, status,
    substr(coalesce(CASE WHEN status = 'error' THEN error_message ELSE summary END, ''), 1, 500),
    finished_at, finished_at
FROM runs WHERE finished_at IS NOT NULL AND id IN (
    SELECT max(id) FROM runs WHERE status NOT IN ('queued', 'running') GROUP BY monitor_id
)
"""
# The Runs of LLMs that are still kept.
SPEND = """
INSERT INTO llm_usage
    (day, monitor_id, model, runs, input_tokens, output_tokens, cost_usd, unpriced_runs)
SELECT {day}, monitor_id, llm_model, count(*), coalesce(sum(input_tokens), 0),
    coalesce(sum(output_tokens), 0), coalesce(sum(cost_usd), 0), count(*) - count(cost_usd)
FROM runs WHERE llm_model <> 'builtin' AND finished_at IS NOT NULL
GROUP BY {day}, monitor_id, llm_model
"""
DAYS = {"sqlite": "date(finished_at)", "postgresql": "(finished_at AT TIME ZONE 'UTC')::date"}
BAD = sa.text("status IN ('warn', 'alert', 'error')")


def upgrade() -> None:
    op.create_table('standings',
    sa.Column('monitor_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['monitor_id'], ['monitors.id'], name=op.f('fk_standings_monitor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('monitor_id', name=op.f('pk_standings'))
    )
    op.create_table('monitor_tags',
    sa.Column('monitor_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('tag', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['monitor_id'], ['monitors.id'], name=op.f('fk_monitor_tags_monitor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('monitor_id', 'tag', name=op.f('pk_monitor_tags'))
    )
    op.create_index(op.f('ix_monitor_tags_tag'), 'monitor_tags', ['tag'])
    op.create_table('llm_usage',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('monitor_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('model', sa.String(length=200), nullable=False),
    sa.Column('runs', sa.Integer(), nullable=False),
    sa.Column('input_tokens', sa.Integer(), nullable=False),
    sa.Column('output_tokens', sa.Integer(), nullable=False),
    sa.Column('cost_usd', sa.Double(), nullable=False),
    sa.Column('unpriced_runs', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'monitor_id', 'model', name=op.f('pk_llm_usage'))
    )
    op.add_column('monitors', sa.Column('muted_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('monitors', sa.Column('muted_until', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_monitors_updated_at', 'monitors', ['updated_at'])
    op.create_index('ix_monitors_muted_until', 'monitors', ['muted_until'])
    op.add_column('runs', sa.Column('prompt', sa.Text(), nullable=True))
    op.create_index('ix_runs_bad', 'runs', ['finished_at'], sqlite_where=BAD, postgresql_where=BAD)
    op.execute(STAND)
    op.execute(SPEND.format(day=DAYS[op.get_bind().dialect.name]))


def downgrade() -> None:
    op.drop_index('ix_runs_bad', table_name='runs', sqlite_where=BAD, postgresql_where=BAD)
    op.drop_column('runs', 'prompt')
    op.drop_index('ix_monitors_muted_until', table_name='monitors')
    op.drop_index('ix_monitors_updated_at', table_name='monitors')
    op.drop_column('monitors', 'muted_until')
    op.drop_column('monitors', 'muted_at')
    op.drop_table('llm_usage')
    op.drop_index(op.f('ix_monitor_tags_tag'), table_name='monitor_tags')
    op.drop_table('monitor_tags')
    op.drop_table('standings')
