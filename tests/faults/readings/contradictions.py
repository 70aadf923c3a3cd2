"""Effects of readings that something had twice, or not at all; and what does not fit together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from kpi_service.application.kept import load_told
from kpi_service.domain.threshold.episode import as_told
from kpi_service.domain.threshold.telling import UNKNOWN, Known, evolve

from tests.support.stack import LocalStack

_WRONG = {
    "a revision that says nothing new, or is missing": """
SELECT * FROM (SELECT kpi_id, source, observed_at, revision, value,
        row_number() OVER one AS place, lag(value) OVER one AS before, lag(revision) OVER one AS was
    FROM readings WHERE tenant = $1
    WINDOW one AS (PARTITION BY kpi_id, source, observed_at ORDER BY revision)) AS r
WHERE revision <> place OR (was IS NOT NULL AND value IS NOT DISTINCT FROM before)
""",
    # As an auditor computes the digests again.
    "a batch that is not what was told of it": """
SELECT * FROM (SELECT (data->>'batch_id')::uuid AS batch_id, told->>'month' AS month,
        (told->>'count')::int AS told, told->>'digest' AS told_digest
    FROM event_log, json_array_elements(data->'months') AS told
    WHERE tenant = $1 AND type = 'ReadingsIngested') AS e
FULL JOIN (SELECT batch_id, month, count(*) AS stored, encode(sha256(
        string_agg(convert_to(line || E'\\n', 'UTF8'), ''::bytea
            ORDER BY kpi_id::text COLLATE "C", source COLLATE "C", observed_at, revision)),
        'hex') AS digest
    FROM (SELECT *, to_char(observed_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
            '["' || kpi_id || '","' || source || '","'
            || to_char(observed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '",'
            || coalesce('"' || value || '"', 'null') || ',' || revision || ']' AS line
        FROM readings WHERE tenant = $1) AS lines GROUP BY 1, 2) AS r USING (batch_id, month)
WHERE told IS DISTINCT FROM stored OR told_digest IS DISTINCT FROM digest
""",
    "a value that was published twice": """
SELECT * FROM (SELECT seq, data::text AS said,
        lag(data::text) OVER (PARTITION BY stream ORDER BY version) AS before
    FROM event_log WHERE tenant = $1 AND type = 'KPIValueChanged') AS r
WHERE said = before
""",
    "a value that is not the last one published": """
SELECT s.kpi_id, s.value, s.observed_at, said.value AS said
FROM kpi_state AS s LEFT JOIN LATERAL
    (SELECT (data->>'value')::numeric AS value, (data->>'observed_at')::timestamptz AS at
        FROM event_log AS e WHERE e.tenant = s.tenant AND e.stream = 'kpi_value-' || s.kpi_id
            AND type = 'KPIValueChanged' ORDER BY version DESC LIMIT 1) AS said ON true
WHERE s.tenant = $1 AND (s.pending OR s.value IS DISTINCT FROM said.value)
""",
    "a silence that began or ended twice": """
SELECT * FROM (SELECT seq, type, lag(type) OVER (PARTITION BY stream ORDER BY version) AS before
    FROM event_log WHERE tenant = $1 AND stream LIKE 'kpi_silence-%') AS r
WHERE type = before
""",
    "a breach or checkpoint where there was to be none any more": """
SELECT s.kpi_id, s.calm_since, later.at FROM kpi_state AS s JOIN
    (SELECT kpi_id, recovered_at AS at FROM breach_episodes WHERE tenant = $1
        UNION ALL SELECT kpi_id, observed_at FROM threshold_checkpoints WHERE tenant = $1) AS later
    USING (kpi_id)
WHERE s.tenant = $1 AND (s.calm_since IS NULL OR s.calm_since < later.at)
""",
    "a policy that was not heeded": """
SELECT s.kpi_id, s.policies_judged, p.count FROM kpi_state AS s JOIN
    (SELECT (data->>'kpi_id')::uuid AS kpi_id, count(*) FROM event_log
        WHERE tenant = $1 AND type = 'ThresholdPolicySet' GROUP BY 1) AS p USING (kpi_id)
WHERE s.tenant = $1 AND s.policies_judged <> p.count
""",
}


async def contradictions(stack: LocalStack, tenant: str) -> list[str]:
    """Effects that something had twice, or not at all."""
    async with stack.database("kpi") as connection:
        wrong = [
            f"{what}: {[*row]}"
            for what, query in _WRONG.items()
            for row in await connection.fetch(query, tenant)
        ]
    return wrong + await _episodes_not_as_told(stack, tenant)


async def _episodes_not_as_told(stack: LocalStack, tenant: str) -> list[str]:
    """Whoever folds what was announced of breaches knows those that judging found."""
    known: dict[UUID, Known] = {}
    engine = create_engine(stack.role_url("kpi", "app"))
    store = PostgresStore(engine)
    try:
        async with store.transaction() as tx:
            streams = await tx.raw.fetch(
                "SELECT DISTINCT stream FROM event_log WHERE tenant = $1"
                " AND stream LIKE 'kpi_breach-%'",
                tenant,
            )
            stored = await tx.raw.fetch(
                "SELECT breach_id FROM breach_episodes WHERE tenant = $1", tenant
            )
            found = await load_told(tx.raw, tenant, [row["breach_id"] for row in stored])
        for row in streams:
            for record in await store.read_stream(tenant, row["stream"]):
                told: Any = record.event
                known[told.breach_id] = evolve(known.get(told.breach_id, UNKNOWN), told)
    finally:
        await store.close()
        await engine.dispose()
    told_of = {key: one.episode for key, one in known.items() if one.episode is not None}
    judged = {key: as_told(one.episode) for key, one in found.items()}
    return [
        f"the breach {key} was told as {told_of.get(key)}, and judged as {judged.get(key)}"
        for key in told_of.keys() | judged.keys()
        if told_of.get(key) != judged.get(key)
    ]
