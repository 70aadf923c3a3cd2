"""The log's tables and rules, installed by each service's first migration."""

from __future__ import annotations

from importlib.resources import files

from alembic.operations import Operations

_TABLES = (
    """
CREATE TABLE event_log (
    seq            bigint      PRIMARY KEY,
    tenant         text        NOT NULL,
    stream         text        NOT NULL,
    version        int         NOT NULL CHECK (version > 0),
    event_id       uuid        NOT NULL UNIQUE,
    type           text        NOT NULL,
    schema_version int         NOT NULL,
    data           json        NOT NULL,
    metadata       json        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    leaf           bytea       NOT NULL,
    hash           bytea       NOT NULL,
    UNIQUE (tenant, stream, version)
)
""",
    """
CREATE TABLE idempotency (
    tenant      text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    status      int         NOT NULL,
    body        text        NOT NULL,
    headers     json        NOT NULL,
    last_seq    bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, key)
)
""",
    "CREATE INDEX idempotency_created_at ON idempotency USING brin (created_at)",
    """
CREATE TABLE snapshots (
    tenant      text   NOT NULL,
    stream      text   NOT NULL,
    version     int    NOT NULL,
    schema      text   NOT NULL,
    state       bytea  NOT NULL,
    PRIMARY KEY (tenant, stream)
)
""",
    """
CREATE FUNCTION seq_at(known_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
-- recorded_at never decreases with seq, which is dense: bisecting needs no index of its own.
DECLARE
    low  bigint := 0;
    high bigint := coalesce((SELECT max(seq) FROM event_log), 0);
    middle bigint;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT recorded_at FROM event_log WHERE seq = middle) <= known_at THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$
""",
    """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what is recorded stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$
""",
    """
CREATE TRIGGER event_log_is_append_only BEFORE UPDATE OR DELETE ON event_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
""",
    """
CREATE TRIGGER event_log_is_not_truncated BEFORE TRUNCATE ON event_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
""",
)

_GRANTS = (
    "REVOKE ALL ON event_log FROM PUBLIC, {app}",
    "REVOKE ALL ON FUNCTION append_events FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION append_events TO {app}",
    "GRANT SELECT ON event_log TO {app}, {auditor}",
    "GRANT SELECT, DELETE ON idempotency TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots TO {app}",
)


def append_function() -> str:
    """The SQL of `append_events`; a migration runs it again when it changes."""
    return files("helmlog_events.store.postgres").joinpath("append.sql").read_text("utf-8")


def create_log(operations: Operations, *, app: str, auditor: str) -> None:
    """Creates log, idempotency records and snapshots.

    `app` is the role the service connects as: it may read the log and call `append_events`, no
    more. `auditor` may read the log.
    """
    for statement in (*_TABLES, append_function(), *_GRANTS):
        operations.get_bind().exec_driver_sql(
            statement.replace("{app}", app).replace("{auditor}", auditor)
        )
