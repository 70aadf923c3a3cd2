"""Tables of the pipeline, installed by each service's first migration."""

from __future__ import annotations

from alembic.operations import Operations

from helmlog_events.kafka.schema import CONSUMER_TABLES, RELAY_TABLES

_TABLES = (
    """
CREATE TABLE inbox (
    source         text        NOT NULL,
    seq            bigint      NOT NULL,
    tenant         text        NOT NULL,
    stream         text        NOT NULL,
    version        int         NOT NULL,
    event_id       uuid        NOT NULL,
    type           text        NOT NULL,
    schema_version int         NOT NULL,
    data           json        NOT NULL,
    metadata       json        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    leaf           bytea       NOT NULL,
    hash           bytea       NOT NULL,
    PRIMARY KEY (source, seq),
    UNIQUE (source, tenant, stream, version)
)
""",
    """
CREATE TABLE parked (
    LIKE inbox,
    kind           text        NOT NULL CHECK (kind IN ('gap', 'failed', 'behind')),
    reason         text        NOT NULL,
    attempts       int         NOT NULL,
    parked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, seq),
    UNIQUE (source, tenant, stream, version)
)
""",
    """
CREATE TABLE dead_letters (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text        NOT NULL,
    partition    int         NOT NULL,
    "offset"     bigint      NOT NULL,
    part         int         NOT NULL DEFAULT 0,
    key          bytea,
    value        bytea,
    headers      json        NOT NULL,
    reason       text        NOT NULL,
    attempts     int         NOT NULL,
    parked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz,
    UNIQUE (topic, partition, "offset", part)
)
""",
    "CREATE INDEX dead_letters_unpublished ON dead_letters (id) WHERE published_at IS NULL",
)

_GRANTS = (
    "GRANT SELECT, INSERT ON inbox TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON parked TO {app}",
    "GRANT SELECT, INSERT, UPDATE ON dead_letters TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON relay_positions, consumer_positions TO {app}",
    "GRANT SELECT ON inbox, parked TO {auditor}",
    """
CREATE TRIGGER inbox_is_append_only BEFORE UPDATE OR DELETE ON inbox
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
""",
)


def create_pipeline(operations: Operations, *, app: str, auditor: str) -> None:
    """Creates inbox, parked events, dead letters and positions; after `create_log`."""
    for statement in (*_TABLES, *RELAY_TABLES, *CONSUMER_TABLES, *_GRANTS):
        operations.get_bind().exec_driver_sql(
            statement.replace("{app}", app).replace("{auditor}", auditor)
        )
