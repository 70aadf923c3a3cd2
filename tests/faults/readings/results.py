"""What stands of a tenant's readings: the rows, and all that was judged and made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import orjson

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
SELECT slug, value, source, observed_at, threshold::jsonb::text, policies_judged, pending
FROM kpi_state JOIN kpis USING (tenant, kpi_id) WHERE tenant = $1
"""
_EPISODES = """
SELECT slug, opened_at, rule::jsonb::text, trigger_readings, triggered_at, triggered_source,
    steps::jsonb::text, recovered_at, recovered_source, value, readings
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


def differences_of(results: Lines, undisturbed: Lines) -> list[str]:
    return [
        f"{name}: {_shown(results.get(name))}, undisturbed: {_shown(undisturbed.get(name))}"
        for name in sorted(results.keys() | undisturbed.keys())
        if results.get(name) != undisturbed.get(name)
    ]


def _shown(content: Any) -> str:
    return orjson.dumps(content, default=str).decode()
