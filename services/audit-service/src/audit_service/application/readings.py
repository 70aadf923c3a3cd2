"""The readings behind each `ReadingsIngested`, against the digest that the event carries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from helmlog_events.contracts.kpi import ReadingsIngested
from helmlog_events.envelope import RecordedEvent

from audit_service.domain.verification import Finding

_PAGE = 5_000

# The order is that of the digest: kpi-service documents it where it computes it.
_READINGS = """
SELECT batch_id, kpi_id::text AS kpi_id, source, observed_at, value::text AS value, revision
FROM readings
ORDER BY batch_id, kpi_id::text COLLATE "C", source COLLATE "C", observed_at, revision
"""


@dataclass(frozen=True, slots=True)
class IngestedBatch:
    seq: int
    count: int
    digest: str


def ingested_batch(entry: RecordedEvent) -> tuple[UUID, IngestedBatch] | None:
    """The batch an entry of kpi's log tells of, if it is such an entry."""
    if entry.type != ReadingsIngested.event_type:
        return None
    data = orjson.loads(entry.data)
    return UUID(data["batch_id"]), IngestedBatch(entry.seq, data["count"], data["digest"])


async def verify_readings(
    connection: asyncpg.Connection, batches: Mapping[UUID, IngestedBatch]
) -> tuple[int, list[Finding]]:
    """How many readings there are, and what of them does not hold.

    In the transaction in which the log was read, so that both are of one moment.
    """
    findings: list[Finding] = []
    missing = dict(batches)
    total = 0
    async for batch_id, count, digest in _stored_batches(connection):
        total += count
        told = missing.pop(batch_id, None)
        if told is None:
            detail = f"no event tells of batch {batch_id}, which has {count} readings"
            findings.append(Finding("kpi", 0, "readings", "unknown", detail))
        elif (count, digest) != (told.count, told.digest):
            detail = f"batch {batch_id}: {count} readings are stored, {told.count} were ingested"
            if count == told.count:
                detail = f"batch {batch_id}: its readings do not give the digest"
            findings.append(Finding("kpi", told.seq, "readings", "altered", detail))
    for batch_id, told in missing.items():
        detail = f"batch {batch_id}: none of its {told.count} readings is stored"
        findings.append(Finding("kpi", told.seq, "readings", "missing", detail))
    return total, findings


async def has_readings(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT to_regclass('readings') IS NOT NULL"))


async def _stored_batches(
    connection: asyncpg.Connection,
) -> AsyncIterator[tuple[UUID, int, str]]:
    """Each batch with its number of readings and their digest, in hex."""
    current: UUID | None = None
    count, digest = 0, sha256()
    cursor = await connection.cursor(_READINGS)
    while rows := await cursor.fetch(_PAGE):
        for batch_id, group in groupby(rows, key=lambda row: row["batch_id"]):
            if batch_id != current:
                if current is not None:
                    yield current, count, digest.hexdigest()
                current, count, digest = batch_id, 0, sha256()
            lines = [_line(row) for row in group]
            count += len(lines)
            digest.update(b"".join(lines))
    if current is not None:
        yield current, count, digest.hexdigest()


def _line(row: Any) -> bytes:
    return b'["%b",%b,"%bZ","%b",%d]\n' % (
        row["kpi_id"].encode(),
        orjson.dumps(row["source"]),
        row["observed_at"].isoformat()[:-6].encode(),
        row["value"].encode(),
        row["revision"],
    )
