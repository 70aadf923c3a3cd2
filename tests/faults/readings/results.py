"""What stands of a tenant's readings: the rows, and all that was judged and made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from kpi_service.application.kept import load_told
from kpi_service.domain.threshold.episode import as_told
from kpi_service.domain.threshold.telling import UNKNOWN, Known, evolve

from tests.faults.readings.company import DENSITY, MEASURED, VOLUME
from tests.support.stack import LocalStack

Lines = Mapping[str, Any]
"""What stands, by a name that tells where to look."""

_STANDING = """
SELECT DISTINCT ON (slug, source, observed_at) slug, source, observed_at, value
FROM readings JOIN kpis USING (tenant, kpi_id) WHERE tenant = $1
ORDER BY slug, source, observed_at, revision DESC
"""
_STATES = """
SELECT slug, value, source, observed_at, threshold::text AS threshold, policies_judged, pending,
    calm_since
FROM kpi_state JOIN kpis USING (tenant, kpi_id) WHERE tenant = $1
"""
_EPISODES = """
SELECT slug, opened_at, rule::text, trigger_readings, triggered_at, triggered_source, steps::text,
    recovered_at, recovered_source, value, readings
FROM breach_episodes JOIN kpis USING (tenant, kpi_id) WHERE tenant = $1
"""
_UNDEFINED = """
SELECT slug, starts_at, reason FROM derived_undefined JOIN kpis USING (tenant, kpi_id)
WHERE tenant = $1
"""
_SILENCES = """
SELECT DISTINCT ON (slug) slug, e.type FROM event_log AS e
JOIN kpis AS k ON k.tenant = e.tenant AND e.stream = 'kpi_silence-' || k.kpi_id
WHERE e.tenant = $1 ORDER BY slug, e.seq DESC
"""


async def read_results(stack: LocalStack, tenant: str) -> Lines:
    """All that does not depend on the order in which readings arrived, and without ids."""
    async with stack.database("kpi") as connection:
        found = {
            **{
                f"reading of {slug} by {source} at {at}": value
                for (slug, source, at), value in (await standing(connection, tenant)).items()
            },
            **{
                f"state of {slug}": (*rest,)
                for slug, *rest in await connection.fetch(_STATES, tenant)
            },
            **{
                f"breach of {row['slug']} at {row['triggered_at']} {row['triggered_source']}": (
                    *row,
                )
                for row in await connection.fetch(_EPISODES, tenant)
            },
            **{
                f"no value of {slug} at {at}": reason
                for slug, at, reason in await connection.fetch(_UNDEFINED, tenant)
            },
            **{
                f"silence of {slug}": last
                for slug, last in await connection.fetch(_SILENCES, tenant)
            },
        }
    return {**found, **await _period_values(stack, tenant)}


async def standing(
    connection: asyncpg.Connection, tenant: str
) -> dict[tuple[str, str, datetime], Decimal]:
    """By KPI, source and instant; without what was withdrawn."""
    rows = await connection.fetch(_STANDING, tenant)
    return {(*place,): value for *place, value in rows if value is not None}


async def _period_values(stack: LocalStack, tenant: str) -> Lines:
    headers = {"Authorization": f"Bearer {stack.token('admin', tenant)}"}
    found = {}
    async with httpx.AsyncClient(
        base_url=stack.url("kpi"), headers=headers, trust_env=False, timeout=30
    ) as http:
        for slug in (*MEASURED, DENSITY):
            for period in ("hour", "day"):
                query: dict[str, Any] = {"period": period, "limit": 500}
                answer = await http.get(f"/v1/kpis/{slug}/values", params=query)
                answer.raise_for_status()
                for item in answer.json()["items"]:
                    found[f"{period} of {slug} from {item['starts_at']}"] = item
    assert any(one["target"] for name, one in found.items() if f"day of {VOLUME}" in name)
    return found


async def contradictions(stack: LocalStack, tenant: str) -> list[str]:
    """Effects that something had twice, or not at all."""
    async with stack.database("kpi") as connection:
        wrong = [
            f"{what}: {[*row]}"
            for what, query in _TWICE.items()
            for row in await connection.fetch(query, tenant)
        ]
    return wrong + await _episodes_not_as_told(stack, tenant)


_TWICE = {
    "a revision that says nothing new, or is missing": """
SELECT * FROM (SELECT kpi_id, source, observed_at, revision, value,
        row_number() OVER one AS place, lag(value) OVER one AS before, lag(revision) OVER one AS was
    FROM readings WHERE tenant = $1
    WINDOW one AS (PARTITION BY kpi_id, source, observed_at ORDER BY revision)) AS r
WHERE revision <> place OR (was IS NOT NULL AND value IS NOT DISTINCT FROM before)
""",
    "a batch that is not what was told of it": """
SELECT * FROM (SELECT (data->>'batch_id')::uuid AS batch_id, (data->>'count')::int AS told
        FROM event_log WHERE tenant = $1 AND type = 'ReadingsIngested') AS e
FULL JOIN (SELECT batch_id, count(*) AS stored FROM readings WHERE tenant = $1 GROUP BY 1) AS r
    USING (batch_id)
WHERE told IS DISTINCT FROM stored
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
    "a policy that was not heeded": """
SELECT s.kpi_id, s.policies_judged, p.count FROM kpi_state AS s JOIN
    (SELECT (data->>'kpi_id')::uuid AS kpi_id, count(*) FROM event_log
        WHERE tenant = $1 AND type = 'ThresholdPolicySet' GROUP BY 1) AS p USING (kpi_id)
WHERE s.tenant = $1 AND s.policies_judged <> p.count
""",
}


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


def differences_of(results: Lines, undisturbed: Lines) -> list[str]:
    return [
        f"{name}: {_shown(results.get(name))}, undisturbed: {_shown(undisturbed.get(name))}"
        for name in sorted(results.keys() | undisturbed.keys())
        if results.get(name) != undisturbed.get(name)
    ]


def _shown(content: Any) -> str:
    return orjson.dumps(content, default=str).decode()
