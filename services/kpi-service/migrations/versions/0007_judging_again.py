"""What judging readings again needs, and what was judged before."""

import os

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What was judged before is taken as it stands: the first reading that came for an instant was.
CARRIED_OVER = (
    """
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT e.tenant, e.seq, e.type, e.data, (e.data->>'kpi_id')::uuid AS kpi_id,
    (e.data->>'breach_id')::uuid AS breach_id, (e.data->>'observed_at')::timestamptz AS observed_at,
    coalesce((
        SELECT r.source FROM readings AS r
        WHERE r.tenant = e.tenant AND r.kpi_id = (e.data->>'kpi_id')::uuid
            AND r.observed_at = (e.data->>'observed_at')::timestamptz AND r.revision = 1
        ORDER BY r.received_at, r.source LIMIT 1
    ), '') AS source
FROM event_log AS e
WHERE e.type IN ('KPIThresholdBreached', 'KPIThresholdEscalated', 'KPIThresholdRecovered')
""",
    "CREATE INDEX ON told (tenant, breach_id)",
    """
INSERT INTO breach_episodes (tenant, breach_id, kpi_id, opened_at, rule, trigger_readings,
    triggered_at, triggered_source, steps, recovered_at, recovered_source, value, readings)
SELECT o.tenant, o.breach_id, o.kpi_id, (o.data->>'opened_at')::timestamptz, o.data->'rule',
    (o.data->>'readings')::int, o.observed_at, o.source,
    (SELECT json_agg(json_build_array(s.data->>'severity', s.data->>'value',
            s.data->>'observed_at', s.source) ORDER BY s.seq)
        FROM told AS s WHERE s.tenant = o.tenant AND s.breach_id = o.breach_id
            AND s.type <> 'KPIThresholdRecovered'),
    r.observed_at, r.source, (r.data->>'value')::numeric, (r.data->>'readings')::int
FROM told AS o LEFT JOIN told AS r ON r.tenant = o.tenant AND r.breach_id = o.breach_id
    AND r.type = 'KPIThresholdRecovered'
WHERE o.type = 'KPIThresholdBreached'
""",
    """
UPDATE kpi_state SET breach_id = (threshold->'breach'->>'id')::uuid, threshold = (
    (threshold::jsonb #- '{breach,id}' #- '{breach,opened_at}') || jsonb_build_object('last',
        to_char(observed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
)::json
WHERE threshold->>'state' <> 'normal'
""",
    """
UPDATE kpi_state AS s SET
    policies_judged = (SELECT count(*) FROM event_log AS e WHERE e.tenant = s.tenant
        AND e.stream = 'kpi-' || s.kpi_id AND e.type = 'ThresholdPolicySet'),
    calm_since = (SELECT max(recovered_at) FROM breach_episodes AS b
        WHERE b.tenant = s.tenant AND b.kpi_id = s.kpi_id)
""",
)

JUDGEMENT = (
    # A KPI's readings are judged in the order of (observed_at, source): by code point everywhere.
    'ALTER TABLE readings ALTER COLUMN source TYPE text COLLATE "C"',
    """
ALTER TABLE kpi_state
    ADD COLUMN breach_id       uuid,
    ADD COLUMN calm_since      timestamptz,
    ADD COLUMN silent_until    timestamptz,
    ADD COLUMN policies_judged int NOT NULL DEFAULT 0,
    ADD COLUMN judged_again    int NOT NULL DEFAULT 0
""",
    # What was announced of each breach, and from which reading to which it is open.
    """
CREATE TABLE breach_episodes (
    tenant           text        NOT NULL,
    breach_id        uuid        NOT NULL,
    kpi_id           uuid        NOT NULL,
    opened_at        timestamptz NOT NULL,
    rule             json        NOT NULL,
    trigger_readings int         NOT NULL,
    triggered_at     timestamptz NOT NULL,
    triggered_source text        COLLATE "C" NOT NULL,
    steps            json        NOT NULL,
    recovered_at     timestamptz,
    recovered_source text        COLLATE "C",
    value            numeric,
    readings         int,
    PRIMARY KEY (tenant, breach_id)
)
""",
    "CREATE INDEX breach_episodes_in_order ON breach_episodes"
    " (tenant, kpi_id, triggered_at, triggered_source)",
    # States along what is not normal, from which judging again can start and where it can end.
    """
CREATE TABLE threshold_checkpoints (
    tenant      text        NOT NULL,
    kpi_id      uuid        NOT NULL,
    observed_at timestamptz NOT NULL,
    source      text        COLLATE "C" NOT NULL,
    state       json        NOT NULL,
    readings    int         NOT NULL,
    PRIMARY KEY (tenant, kpi_id, observed_at, source)
)
""",
    # KPIs with a policy that holds for readings which may have been judged already.
    """
CREATE TABLE judging_due (
    tenant text NOT NULL,
    kpi_id uuid NOT NULL,
    PRIMARY KEY (tenant, kpi_id)
)
""",
    *CARRIED_OVER,
)

GRANTS: tuple[str, ...] = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON breach_episodes, threshold_checkpoints, judging_due"
    " TO {app}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    for statement in JUDGEMENT:
        op.get_bind().exec_driver_sql(statement)
    for statement in GRANTS:
        op.execute(statement.format(app=app))


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
