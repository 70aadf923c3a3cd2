"""What judging keeps of a KPI: the episodes that were told, and checkpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from helmlog_events.contracts.kpi import ThresholdRule
from helmlog_events.values import plain

from kpi_service.domain.threshold.as_json import state_from_json, state_to_json
from kpi_service.domain.threshold.changes import Ended
from kpi_service.domain.threshold.episode import Episode, Step, Told
from kpi_service.domain.threshold.observation import Place
from kpi_service.domain.threshold.rejudging import Checkpoint
from kpi_service.domain.threshold.state import OpenState, ThresholdState, length, with_readings

_EPISODE = (
    "breach_id, opened_at, rule::text, trigger_readings, steps::text,"
    " recovered_at, recovered_source, value, readings"
)


@dataclass(frozen=True, slots=True)
class StoredJudgement:
    """What was told and kept of one KPI's judgement."""

    connection: asyncpg.Connection
    tenant: str
    kpi_id: UUID

    async def last_told(self, up_to: Place) -> Told | None:
        row = await self.connection.fetchrow(
            f"SELECT {_EPISODE} FROM breach_episodes WHERE tenant = $1 AND kpi_id = $2"
            " AND (triggered_at, triggered_source) <= ($3, $4)"
            " ORDER BY triggered_at DESC, triggered_source DESC LIMIT 1",
            self.tenant,
            self.kpi_id,
            *up_to,
        )
        return None if row is None else _told(row)

    async def told(self, after: Place, up_to: Place) -> list[Told]:
        rows = await self.connection.fetch(
            f"SELECT {_EPISODE} FROM breach_episodes WHERE tenant = $1 AND kpi_id = $2"
            " AND (triggered_at, triggered_source) > ($3, $4)"
            " AND (triggered_at, triggered_source) <= ($5, $6)"
            " ORDER BY triggered_at, triggered_source",
            self.tenant,
            self.kpi_id,
            *after,
            *up_to,
        )
        return [_told(row) for row in rows]

    async def last_checkpoint(self, before: Place) -> Checkpoint | None:
        row = await self.connection.fetchrow(
            "SELECT observed_at, source, state::text, readings FROM threshold_checkpoints"
            " WHERE tenant = $1 AND kpi_id = $2 AND (observed_at, source) < ($3, $4)"
            " ORDER BY observed_at DESC, source DESC LIMIT 1",
            self.tenant,
            self.kpi_id,
            *before,
        )
        return None if row is None else _checkpoint(row)

    async def checkpoints(self, after: Place, up_to: Place) -> list[Checkpoint]:
        rows = await self.connection.fetch(
            "SELECT observed_at, source, state::text, readings FROM threshold_checkpoints"
            " WHERE tenant = $1 AND kpi_id = $2 AND (observed_at, source) > ($3, $4)"
            " AND (observed_at, source) <= ($5, $6) ORDER BY observed_at, source",
            self.tenant,
            self.kpi_id,
            *after,
            *up_to,
        )
        return [_checkpoint(row) for row in rows]

    async def replace_checkpoints(
        self, after: Place, up_to: Place, checkpoints: Sequence[Checkpoint]
    ) -> None:
        await self.connection.execute(
            "DELETE FROM threshold_checkpoints WHERE tenant = $1 AND kpi_id = $2"
            " AND (observed_at, source) > ($3, $4) AND (observed_at, source) <= ($5, $6)",
            self.tenant,
            self.kpi_id,
            *after,
            *up_to,
        )
        await save_checkpoints(self.connection, self.tenant, {self.kpi_id: checkpoints})

    async def lengthen_checkpoints(self, after: Place, before: Place | None, by: int) -> None:
        await self.connection.execute(
            "UPDATE threshold_checkpoints SET readings = readings + $5"
            " WHERE tenant = $1 AND kpi_id = $2 AND (observed_at, source) > ($3, $4)"
            " AND ($6::timestamptz IS NULL OR (observed_at, source) < ($6, $7))",
            self.tenant,
            self.kpi_id,
            *after,
            by,
            *(before or (None, None)),
        )


async def save_checkpoints(
    connection: asyncpg.Connection, tenant: str, checkpoints: Mapping[UUID, Sequence[Checkpoint]]
) -> None:
    rows = [
        (tenant, kpi_id, *one.place, state_to_json(one.state), length(one.state))
        for kpi_id, some in checkpoints.items()
        for one in some
    ]
    if rows:
        await connection.execute(
            "INSERT INTO threshold_checkpoints (tenant, kpi_id, observed_at, source, state,"
            " readings) SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[],"
            " $4::text[], $5::json[], $6::int[])",
            *zip(*rows, strict=True),
        )


async def load_told(
    connection: asyncpg.Connection, tenant: str, breach_ids: Collection[UUID]
) -> dict[UUID, Told]:
    rows = await connection.fetch(
        f"SELECT {_EPISODE} FROM breach_episodes WHERE tenant = $1 AND breach_id = ANY($2::uuid[])",
        tenant,
        breach_ids,
    )
    return {told.id: told for told in map(_told, rows)}


async def save_episodes(
    connection: asyncpg.Connection, tenant: str, episodes: Iterable[tuple[UUID, Told]]
) -> None:
    """Each with the KPI it is of."""
    rows = [_row(tenant, kpi_id, told) for kpi_id, told in episodes]
    if rows:
        await connection.execute(
            "INSERT INTO breach_episodes AS b (tenant, kpi_id, breach_id, opened_at, rule,"
            " trigger_readings, triggered_at, triggered_source, steps, recovered_at,"
            " recovered_source, value, readings)"
            " SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[],"
            " $5::json[], $6::int[], $7::timestamptz[], $8::text[], $9::json[],"
            " $10::timestamptz[], $11::text[], $12::numeric[], $13::int[])"
            " ON CONFLICT (tenant, breach_id) DO UPDATE SET opened_at = excluded.opened_at,"
            " rule = excluded.rule, trigger_readings = excluded.trigger_readings,"
            " triggered_at = excluded.triggered_at, triggered_source = excluded.triggered_source,"
            " steps = excluded.steps, recovered_at = excluded.recovered_at,"
            " recovered_source = excluded.recovered_source, value = excluded.value,"
            " readings = excluded.readings",
            *zip(*rows, strict=True),
        )


async def remove_episodes(
    connection: asyncpg.Connection, tenant: str, breach_ids: Collection[UUID]
) -> None:
    if breach_ids:
        await connection.execute(
            "DELETE FROM breach_episodes WHERE tenant = $1 AND breach_id = ANY($2::uuid[])",
            tenant,
            breach_ids,
        )


def _told(row: Any) -> Told:
    (identity, opened_at, rule, trigger_readings, steps, *ending) = row
    recovered_at, recovered_source, value, readings = ending
    return Told(
        UUID(int=identity.int),  # the driver's own class compares slower
        Episode(
            opened_at,
            ThresholdRule.model_validate_json(rule),
            trigger_readings,
            tuple(
                Step(severity, Decimal(number), (datetime.fromisoformat(observed_at), source))
                for severity, number, observed_at, source in orjson.loads(steps)
            ),
            None
            if recovered_at is None
            else Ended(value, (recovered_at, recovered_source), readings),
        ),
    )


def _row(tenant: str, kpi_id: UUID, told: Told) -> tuple[Any, ...]:
    identity, episode = told
    ended = episode.ended
    return (
        tenant,
        kpi_id,
        identity,
        episode.opened_at,
        episode.rule.model_dump_json(),
        episode.trigger_readings,
        *episode.triggered,
        orjson.dumps(
            [[step.severity, plain(step.value), *step.place] for step in episode.steps]
        ).decode(),
        *((None, None) if ended is None else ended.place),
        None if ended is None else ended.value,
        None if ended is None else ended.readings,
    )


def _checkpoint(row: Any) -> Checkpoint:
    observed_at, source, text, readings = row
    state: ThresholdState = state_from_json(text)
    if isinstance(state, OpenState):
        state = with_readings(state, readings)
    return Checkpoint((observed_at, source), state)
