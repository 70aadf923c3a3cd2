"""Definitions with all their fields, and values that are withdrawn."""

import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

READINGS = (
    # Only a formula takes back the value of an instant: an upstream system corrects it.
    "ALTER TABLE readings ALTER COLUMN value DROP NOT NULL",
    "ALTER TABLE readings ADD CONSTRAINT only_formulas_withdraw"
    " CHECK (value IS NOT NULL OR source = 'formula')",
    # The few instants that were corrected: reads of many readings look there for what not to count.
    "CREATE INDEX readings_corrections ON readings (tenant, kpi_id, observed_at)"
    " WHERE revision > 1",
)

GRANTS: tuple[str, ...] = ("GRANT SELECT, INSERT, UPDATE, DELETE ON kpis, imports TO {app}",)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    auditor = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")
    for statement in READINGS:
        op.get_bind().exec_driver_sql(statement)
    op.drop_table("kpis")
    _create_kpis()
    _create_imports()
    for statement in GRANTS:
        op.execute(statement.format(app=app, auditor=auditor))


def _create_kpis() -> None:
    op.create_table(
        "kpis",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded_name", sa.Text(collation="C"), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("org_unit", sa.Text),
        sa.Column("key", sa.Boolean, nullable=False),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("template", sa.Text),
        sa.Column("derived", sa.Boolean, nullable=False),
        sa.Column("events", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "slug"),
    )
    op.create_index("kpis_by_name", "kpis", ["tenant", "folded_name", "kpi_id"])
    op.create_index("kpis_by_parent", "kpis", ["tenant", "parent_id"])


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("revised", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_index("imports_in_order", "imports", ["tenant", "seq"])


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
