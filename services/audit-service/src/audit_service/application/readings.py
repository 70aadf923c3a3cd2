"""The readings behind each `ReadingsIngested`, against the digest that the event carries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
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
    """`months` are the (month, count, digest) that `digest` is over; version 1 told none."""

    seq: int
    count: int
    digest: str
    months: tuple[tuple[str, int, str], ...]


@dataclass(slots=True)
class _Stored:
    """A batch as the table has it, digested both ways."""

    batch_id: UUID
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

    def gives(self, told: IngestedBatch) -> bool:
        if not told.months:
            return str(self.digest.hexdigest()) == told.digest
        return told.digest == _digest_of(told.months) and told.months == tuple(
            (month, count, digest.hexdigest())
            for month, (count, digest) in sorted(self.months.items())
        )


def ingested_batch(entry: RecordedEvent) -> tuple[UUID, IngestedBatch] | None:
    """The batch an entry of kpi's log tells of, if it is such an entry."""
    if entry.type != ReadingsIngested.event_type:
        return None
    data = orjson.loads(entry.data)
    months = tuple((one["month"], one["count"], one["digest"]) for one in data.get("months", ()))
    return UUID(data["batch_id"]), IngestedBatch(entry.seq, data["count"], data["digest"], months)


async def verify_readings(
    connection: asyncpg.Connection, batches: Mapping[UUID, IngestedBatch]
) -> tuple[int, list[Finding]]:
    """How many readings there are, and what of them does not hold.

    In the transaction in which the log was read, so that both are of one moment.
    """
    findings: list[Finding] = []
    missing = dict(batches)
    total = 0
    async for stored in _stored_batches(connection):
        batch_id = stored.batch_id
        total += stored.count
        told = missing.pop(batch_id, None)
        if told is None:
            detail = f"no event tells of batch {batch_id}, which has {stored.count} readings"
            findings.append(Finding("kpi", 0, "readings", "unknown", detail))
        elif stored.count != told.count or not stored.gives(told):
            detail = (
                f"batch {batch_id}: {stored.count} readings are stored, {told.count} were ingested"
            )
            if stored.count == told.count:
                detail = f"batch {batch_id}: its readings do not give the digest"
            findings.append(Finding("kpi", told.seq, "readings", "altered", detail))
    for batch_id, told in missing.items():
        detail = f"batch {batch_id}: none of its {told.count} readings is stored"
        findings.append(Finding("kpi", told.seq, "readings", "missing", detail))
    return total, findings


async def has_readings(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT to_regclass('readings') IS NOT NULL"))


async def _stored_batches(connection: asyncpg.Connection) -> AsyncIterator[_Stored]:
    current: _Stored | None = None
    cursor = await connection.cursor(_READINGS)
    while rows := await cursor.fetch(_PAGE):
        for row in rows:
            if current is None or row["batch_id"] != current.batch_id:
                if current is not None:
                    yield current
                current = _Stored(row["batch_id"])
            current.add(row)
    if current is not None:
        yield current


def _digest_of(months: Iterable[tuple[str, int, str]]) -> str:
    lines = "".join(f"{month} {count} {digest}\n" for month, count, digest in months)
    return sha256(lines.encode()).hexdigest()


def _line(row: Any) -> bytes:
    value = b"null" if row["value"] is None else b'"%b"' % row["value"].encode()
    return b'["%b",%b,"%bZ",%b,%d]\n' % (
        row["kpi_id"].encode(),
        orjson.dumps(row["source"]),
        row["observed_at"].isoformat()[:-6].encode(),
        value,
        row["revision"],
    )
