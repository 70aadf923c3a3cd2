"""Sources with keys of their own."""

import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SOURCES = (
    # The latest series of each source's remote writes that are no KPI: a help, not a record.
    """
CREATE TABLE unmapped_series (
    tenant    text        NOT NULL,
    source_id uuid        NOT NULL,
    series    text[]      NOT NULL,
    noted_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, source_id)
) WITH (fillfactor = 70)
""",
)

GRANTS: tuple[str, ...] = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON sources TO {app}",
    "GRANT SELECT, INSERT, UPDATE ON unmapped_series TO {app}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    for statement in SOURCES:
        op.get_bind().exec_driver_sql(statement)
    _create_sources()
    for statement in GRANTS:
        op.execute(statement.format(app=app))


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("events", JSONB, nullable=False),
        sa.UniqueConstraint("tenant", "name"),
    )


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
