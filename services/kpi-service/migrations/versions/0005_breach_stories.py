"""What is told of breaches and done about them, and when to look whether a source is silent."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SILENCES = (
    # When to look whether a source is silent: written by the worker's timer and its reaction.
    """
CREATE TABLE silence_timers (
    tenant text        NOT NULL,
    kpi_id uuid        NOT NULL,
    due_at timestamptz,
    after  interval,
    until  timestamptz,
    waits  boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, kpi_id)
) WITH (fillfactor = 70)
""",
    "CREATE INDEX silence_timers_due ON silence_timers (due_at, tenant, kpi_id)"
    " WHERE due_at IS NOT NULL",
    "CREATE INDEX silence_timers_waiting ON silence_timers (tenant, kpi_id) WHERE waits",
    # Policies that were set before somebody looked.
    "INSERT INTO silence_timers (tenant, kpi_id, due_at)"
    " SELECT DISTINCT tenant, (data->>'kpi_id')::uuid, transaction_timestamp() FROM event_log"
    " WHERE type = 'ThresholdPolicySet' AND data->>'no_data_after' IS NOT NULL",
)

GRANTS: tuple[str, ...] = (
    "GRANT SELECT, INSERT, UPDATE ON silence_timers TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON breach_heads, breach_entries TO {app}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    for statement in SILENCES:
        op.get_bind().exec_driver_sql(statement)
    # Its stories tell a breach as of any moment, with what was revised.
    op.drop_table("breaches")
    _create_breach_stories()
    for statement in GRANTS:
        op.execute(statement.format(app=app))


def _create_breach_stories() -> None:
    op.create_table(
        "breach_heads",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("breach_id", sa.Uuid, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recovered_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("severity", sa.Text),
        sa.Column("merged_into", sa.Uuid),
    )
    place = ["opened_at", "breach_id"]
    op.create_index("breach_heads_in_order", "breach_heads", ["tenant", *place])
    op.create_index("breach_heads_of_kpi", "breach_heads", ["tenant", "kpi_id", *place])
    op.create_index(
        "breach_heads_open",
        "breach_heads",
        ["tenant", *place],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "breach_entries",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("breach_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("silenced_until", sa.DateTime(timezone=True)),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
