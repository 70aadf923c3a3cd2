"""Objectives and key results change, move and end; links say which objective they lead to.

What was read before is dropped: the new tables are filled from the log after the migration.
"""

import os

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHANGED = ("objectives", "key_results", "links")


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_alignment_app")
    for table in CHANGED:
        op.drop_table(table)
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
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_under_type", sa.Text),
        sa.Column("drafted_under_id", sa.Uuid),
    )
    op.create_index("objectives_by_cycle", "objectives", ["tenant", "cycle_id"])
    op.create_index("objectives_by_drafted_under", "objectives", ["tenant", "drafted_under_id"])
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
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False, comment="at its objective"),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False, comment="to its KPI, there"),
        sa.Column("bound_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_seq", sa.BigInteger, nullable=False, comment="who said how it counts"),
        sa.Column("cancelled", sa.Boolean, nullable=False),
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
        sa.Column("target_objective_id", sa.Uuid, nullable=False),
        sa.Column("weight", sa.Numeric, nullable=False),
    )
    op.create_index("links_by_source", "links", ["tenant", "source_id"])
    op.create_index("links_by_target", "links", ["tenant", "target_id"])
    op.create_index("risks_by_breach", "risks", ["tenant", "breach_id"])
    for table in CHANGED:
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app}"')


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays: migrations go forward only")
