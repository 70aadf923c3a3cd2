"""The witness's own log, the journal of all logs, and which event concerns what."""

import os

import sqlalchemy as sa
from alembic import op
from helmlog_events.pipeline.schema import create_pipeline
from helmlog_events.store.postgres.schema import create_log

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

READ_MODELS = ("cycle_events", "kpi_events", "bound_kpis")


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_audit_app")
    auditor = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")
    create_log(op, app=app, auditor=auditor)
    create_pipeline(op, app=app, auditor=auditor)

    op.create_table(
        "cycle_events",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "cycle_events_in_order",
        "cycle_events",
        ["tenant", "cycle_id", "recorded_at", "source", "seq"],
    )
    op.create_table(
        "kpi_events",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("kpi_events_in_order", "kpi_events", ["tenant", "kpi_id", "recorded_at", "seq"])
    op.create_table(
        "bound_kpis",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
    )
    op.create_table(
        "chain_positions",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    for table in READ_MODELS:
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app}"')
    op.execute(f'GRANT SELECT, INSERT, UPDATE ON chain_positions TO "{app}"')
    op.execute(f'GRANT SELECT ON chain_positions TO "{auditor}"')


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays: migrations go forward only")
