"""The readings behind each `ReadingsIngested`, against the digest that the event carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from helmlog_events.contracts.kpi import ReadingsDetached, ReadingsIngested
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
    """`months` are the (count, digest) by month that `digest` is over; version 1 told none."""

    tenant: str
    seq: int
    count: int
    digest: str
    months: dict[str, tuple[int, str]]


@dataclass(slots=True)
class ToldReadings:
    """What kpi's log tells of readings: the batches, and the months each tenant put away."""

    batches: dict[UUID, IngestedBatch] = field(default_factory=dict)
    put_away: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, entry: RecordedEvent) -> None:
        if entry.type == ReadingsIngested.event_type:
            data = orjson.loads(entry.data)
            self.batches[UUID(data["batch_id"])] = IngestedBatch(
                entry.tenant,
                entry.seq,
                data["count"],
                data["digest"],
                {one["month"]: (one["count"], one["digest"]) for one in data.get("months", ())},
            )
        elif entry.type == ReadingsDetached.event_type:
            self.put_away[entry.tenant].add(orjson.loads(entry.data)["month"])


@dataclass(slots=True)
class _Stored:
    """A batch as the table has it, digested as a whole and by month."""

    count: int = 0
    digest: Any = field(default_factory=sha256)
    months: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def add(self, row: Any) -> None:
        line, month = _line(row), row["observed_at"].isoformat()[:7]
        self.count += 1
        self.digest.update(line)
        count, digest = self.months.get(month) or (0, sha256())
        digest.update(line)
        self.months[month] = (count + 1, digest)

    def is_as(self, told: IngestedBatch, put_away: Collection[str]) -> bool:
        """A month that was put away may be missing, but not be there in part or otherwise."""
        if not told.months:
            return (self.count, self.digest.hexdigest()) == (told.count, told.digest)
        stored = {month: (count, one.hexdigest()) for month, (count, one) in self.months.items()}
        due = {
            month: content
            for month, content in told.months.items()
            if month in stored or month not in put_away
        }
        return stored == due and told.digest == _digest_of(told.months)


async def verify_readings(
    connection: asyncpg.Connection, told: ToldReadings
) -> tuple[int, list[Finding]]:
    """How many readings there are, and what of them does not hold.

    In the transaction in which the log was read, so that both are of one moment.
    """
    findings: list[Finding] = []
    missing = dict(told.batches)
    total = 0
    async for batch_id, stored in _stored_batches(connection):
        total += stored.count
        batch = missing.pop(batch_id, None)
        if batch is None:
            detail = f"no event tells of batch {batch_id}, which has {stored.count} readings"
            findings.append(Finding("kpi", 0, "readings", "unknown", detail))
        elif not stored.is_as(batch, told.put_away[batch.tenant]):
            detail = (
                f"batch {batch_id}: {stored.count} readings are stored, {batch.count} were ingested"
            )
            if stored.count == batch.count:
                detail = f"batch {batch_id}: its readings do not give the digest"
            findings.append(Finding("kpi", batch.seq, "readings", "altered", detail))
    for batch_id, batch in missing.items():
        if not _Stored().is_as(batch, told.put_away[batch.tenant]):
            detail = f"batch {batch_id}: none of its {batch.count} readings is stored"
            findings.append(Finding("kpi", batch.seq, "readings", "missing", detail))
    return total, findings


async def has_readings(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT to_regclass('readings') IS NOT NULL"))


async def _stored_batches(
    connection: asyncpg.Connection,
) -> AsyncIterator[tuple[UUID, _Stored]]:
    batch_id: UUID | None = None
    stored = _Stored()
    cursor = await connection.cursor(_READINGS)
    while rows := await cursor.fetch(_PAGE):
        for row in rows:
            if row["batch_id"] != batch_id:
                if batch_id is not None:
                    yield batch_id, stored
                batch_id, stored = row["batch_id"], _Stored()
            stored.add(row)
    if batch_id is not None:
        yield batch_id, stored


def _digest_of(months: Mapping[str, tuple[int, str]]) -> str:
    lines = [f"{month} {count} {digest}\n" for month, (count, digest) in sorted(months.items())]
    return sha256("".join(lines).encode()).hexdigest()


def _line(row: Any) -> bytes:
    value = b"null" if row["value"] is None else b'"%b"' % row["value"].encode()
    return b'["%b",%b,"%bZ",%b,%d]\n' % (
        row["kpi_id"].encode(),
        orjson.dumps(row["source"]),
        row["observed_at"].isoformat()[:-6].encode(),
        value,
        row["revision"],
    )
