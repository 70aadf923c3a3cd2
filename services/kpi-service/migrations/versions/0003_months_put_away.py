"""Months of readings that were put away."""

import os

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MONTHS = (
    # Months that were put away: their partitions stand beside the table, under another name.
    """
CREATE TABLE readings_months_detached (
    month       date        PRIMARY KEY CHECK (extract(day FROM month) = 1),
    relation    text        NOT NULL,
    detached_at timestamptz NOT NULL
)
""",
    "DROP FUNCTION ensure_readings_partition",
    """
CREATE FUNCTION ensure_readings_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- False for a month that was put away: nothing can be added to it. A partition is made first and
-- attached then, which lets readers and writers of the other months go on.
DECLARE
    first_day timestamp := date_trunc('month', month::timestamp);
    name      text      := 'readings_' || to_char(first_day, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN true;
    END IF;
    PERFORM pg_advisory_xact_lock(7305805412373);
    PERFORM FROM readings_months_detached AS d WHERE d.month = first_day::date;
    IF FOUND THEN
        RETURN false;
    END IF;
    -- A query: to_regclass may still remember that there was none before the wait.
    PERFORM FROM pg_class WHERE relname = name AND relnamespace = 'public'::regnamespace;
    IF FOUND THEN
        RETURN true;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE readings INCLUDING ALL)', name);
    EXECUTE format('CREATE TRIGGER readings_are_not_truncated BEFORE TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('ALTER TABLE readings ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
                   first_day AT TIME ZONE 'UTC',
                   (first_day + interval '1 month') AT TIME ZONE 'UTC');
    RETURN true;
END
$$
""",
)

GRANTS: tuple[str, ...] = (
    "REVOKE ALL ON FUNCTION ensure_readings_partition FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION ensure_readings_partition TO {app}",
    "GRANT SELECT ON readings_months_detached TO {app}, {auditor}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    auditor = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")
    for statement in MONTHS:
        op.get_bind().exec_driver_sql(statement)
    for statement in GRANTS:
        op.execute(statement.format(app=app, auditor=auditor))


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
