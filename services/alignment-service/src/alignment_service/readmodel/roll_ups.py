"""Where roll-ups stand, read from the log itself: the last event of a node's stream says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.alignment import RollUpChanged
from helmlog_events.contracts.event import REGISTRY
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncConnection

# One probe of the stream index a node, however long its stream is.
_LATEST = """
SELECT last.version, last.type, last.schema_version, last.data::text AS data, last.occurred_at
FROM unnest($2::text[]) AS wanted(stream)
CROSS JOIN LATERAL (
    SELECT * FROM event_log l WHERE l.tenant = $1 AND l.stream = wanted.stream
    ORDER BY l.version DESC LIMIT 1
) AS last
"""


@dataclass(frozen=True, slots=True)
class RollUp:
    """`value` is a share of 1, none when not measured; true since `occurred_at`."""

    version: int
    value: Decimal | None
    occurred_at: datetime


def roll_up_stream(node: UUID) -> str:
    return stream_id("roll_up", node)


async def latest_roll_ups(
    sql: AsyncConnection, tenant: str, nodes: Iterable[UUID]
) -> dict[UUID, RollUp]:
    """Those of `nodes` that have ever been measured."""
    streams = [roll_up_stream(node) for node in nodes]
    found: dict[UUID, RollUp] = {}
    for row in await (await driver(sql)).fetch(_LATEST, tenant, streams):
        event = REGISTRY.read(row["type"], row["schema_version"], row["data"])
        if isinstance(event, RollUpChanged):
            found[event.node.id] = RollUp(row["version"], event.roll_up, row["occurred_at"])
    return found


def values(roll_ups: Mapping[UUID, RollUp]) -> dict[UUID, Decimal | None]:
    return {node: found.value for node, found in roll_ups.items()}
