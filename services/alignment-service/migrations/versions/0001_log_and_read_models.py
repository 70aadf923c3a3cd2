"""The log, the pipeline, and the first read models."""

import os

import sqlalchemy as sa
from alembic import op
from helmlog_events.pipeline.schema import create_pipeline
from helmlog_events.store.postgres.schema import create_log

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

READ_MODELS = (
    "cycles",
    "objectives",
    "key_results",
    "links",
    "kpi_values",
    "breaches",
    "risks",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_alignment_app")
    auditor = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")
    create_log(op, app=app, auditor=auditor)
    create_pipeline(op, app=app, auditor=auditor)

    op.create_table(
        "cycles",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "objectives",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("objective_id", sa.Uuid, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("closed", sa.Boolean, nullable=False),
    )
    op.create_index("objectives_by_cycle", "objectives", ["tenant", "cycle_id"])
    op.create_table(
        "key_results",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
        sa.Column("objective_id", sa.Uuid, nullable=False),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("weight", sa.Numeric, nullable=False),
        sa.Column("kpi_id", sa.Uuid),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("progress", sa.Numeric),
        sa.Column("status", sa.Text),
        sa.Column("measured_at", sa.DateTime(timezone=True)),
        sa.Column("measured_seq", sa.BigInteger),
    )
    op.create_index("key_results_by_objective", "key_results", ["tenant", "objective_id"])
    op.create_index("key_results_by_cycle", "key_results", ["tenant", "cycle_id"])
    op.create_index("key_results_by_kpi", "key_results", ["tenant", "kpi_id"])
    op.create_table(
        "links",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("link_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source_id", sa.Uuid, nullable=False),
        sa.Column("target_type", sa.Text, nullable=False),
        sa.Column("target_id", sa.Uuid, nullable=False),
        sa.Column("weight", sa.Numeric, nullable=False),
    )
    op.create_index("links_by_source", "links", ["tenant", "source_id"])
    op.create_index("links_by_target", "links", ["tenant", "target_id"])
    op.create_table(
        "kpi_values",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("last_value_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "breaches",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("breach_id", sa.Uuid, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recovered_at", sa.DateTime(timezone=True)),
        sa.Column("recovery_recorded_at", sa.DateTime(timezone=True)),
    )
    op.create_index("breaches_by_kpi", "breaches", ["tenant", "kpi_id"])
    op.create_table(
        "risks",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("objective_id", sa.Uuid, primary_key=True),
        sa.Column("breach_id", sa.Uuid, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, nullable=False),
        sa.Column("kpi_id", sa.Uuid, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared", sa.Boolean, nullable=False),
    )
    for table in READ_MODELS:
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app}"')


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays: migrations go forward only")
