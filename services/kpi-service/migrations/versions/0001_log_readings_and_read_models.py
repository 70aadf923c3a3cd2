"""The log, the pipeline, the readings with what is known of each KPI, and the read models."""

import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from helmlog_events.pipeline.schema import create_pipeline
from helmlog_events.store.postgres.schema import create_log

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

READINGS = (
    # By month of observed_at; the key begins with what a KPI's readings are asked for by.
    """
CREATE TABLE readings (
    tenant      text        NOT NULL,
    kpi_id      uuid        NOT NULL,
    source      text        NOT NULL,
    observed_at timestamptz NOT NULL,
    value       numeric     NOT NULL,
    revision    int         NOT NULL CHECK (revision > 0),
    batch_id    uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    external_id text,
    PRIMARY KEY (tenant, kpi_id, observed_at, source, revision)
) PARTITION BY RANGE (observed_at)
""",
    """
CREATE TRIGGER readings_are_append_only BEFORE UPDATE OR DELETE ON readings
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
""",
    """
CREATE TRIGGER readings_are_not_truncated BEFORE TRUNCATE ON readings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
""",
    """
CREATE FUNCTION ensure_readings_partition(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- Made first and attached then, which lets readers and writers of the other months go on.
DECLARE
    first_day timestamp := date_trunc('month', month::timestamp);
    name      text      := 'readings_' || to_char(first_day, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305805412373);
    -- A query: to_regclass may still remember that there was none before the wait.
    PERFORM FROM pg_class WHERE relname = name AND relnamespace = 'public'::regnamespace;
    IF FOUND THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE readings INCLUDING ALL)', name);
    EXECUTE format('CREATE TRIGGER readings_are_not_truncated BEFORE TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('ALTER TABLE readings ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
                   first_day AT TIME ZONE 'UTC',
                   (first_day + interval '1 month') AT TIME ZONE 'UTC');
END
$$
""",
    # What is known of a KPI between batches. Its row is locked while a batch is taken in.
    """
CREATE TABLE kpi_state (
    tenant       text        NOT NULL,
    kpi_id       uuid        NOT NULL,
    value        numeric,
    source       text,
    observed_at  timestamptz,
    threshold    json        NOT NULL DEFAULT '{"state":"normal"}',
    published_at timestamptz,
    pending      boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, kpi_id)
) WITH (fillfactor = 70)
""",
    "CREATE INDEX kpi_state_pending ON kpi_state (published_at) WHERE pending",
    """
CREATE TABLE reading_sources (
    tenant text        NOT NULL,
    kpi_id uuid        NOT NULL,
    source text        NOT NULL,
    newest timestamptz NOT NULL,
    PRIMARY KEY (tenant, kpi_id, source)
) WITH (fillfactor = 70)
""",
)

GRANTS = (
    "REVOKE ALL ON FUNCTION ensure_readings_partition FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION ensure_readings_partition TO {app}",
    "GRANT SELECT, INSERT ON readings TO {app}",
    "GRANT SELECT, INSERT, UPDATE ON kpi_state, reading_sources TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON kpis, breaches TO {app}",
    "GRANT SELECT ON readings TO {auditor}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    auditor = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")
    create_log(op, app=app, auditor=auditor)
    create_pipeline(op, app=app, auditor=auditor)
    for statement in READINGS:
        op.get_bind().exec_driver_sql(statement)
    _create_read_models()
    for statement in GRANTS:
        op.execute(statement.format(app=app, auditor=auditor))


def _create_read_models() -> None:
    op.create_table(
        "kpis",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("key", sa.Boolean, nullable=False),
        sa.Column("events", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "slug"),
    )
    op.create_table(
        "breaches",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("breach_id", sa.Uuid, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trigger", JSONB, nullable=False),
        sa.Column("severities", JSONB, nullable=False),
        sa.Column("readings", sa.Integer, nullable=False),
        sa.Column("recovered_at", sa.DateTime(timezone=True)),
        sa.Column("recovery_known_at", sa.DateTime(timezone=True)),
    )
    op.create_index("breaches_of_kpi", "breaches", ["tenant", "kpi_id", "opened_at", "breach_id"])


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
