"""Reads every service's log as it stands in its database, and holds it against the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
from helmlog_events.envelope import RecordedEvent
from helmlog_events.store.postgres.rows import COLUMNS

from audit_service.application.readings import ToldReadings, has_readings, verify_readings
from audit_service.domain.chain import ChainPosition
from audit_service.domain.verification import Finding, LogVerification, by_seq

JOURNAL: Final = "audit"
"""Whose database holds the journal."""

_PAGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class LogSummary:
    """`unjournaled` entries are on their way to the journal; `readings` is of kpi only."""

    source: str
    entries: int
    last_seq: int
    unjournaled: int
    readings: int | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    logs: tuple[LogSummary, ...]

    @property
    def findings(self) -> list[Finding]:
        return [finding for log in self.logs for finding in log.findings]

    @property
    def holds(self) -> bool:
        return not self.findings


class LogUnreachable(Exception):
    """A log could not be read, so nothing can be said about it."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason


async def verify_logs(logs: Mapping[str, str]) -> Verification:
    """Verifies every log in `logs`, which gives the URL of each service's database by source.

    The witness's own database must be among them. Raises `LogUnreachable`.
    """
    if JOURNAL not in logs:
        raise LogUnreachable(JOURNAL, "its database, which holds the journal, is not given")
    summaries = []
    for source, url in logs.items():
        # The journal is looked at first: whatever it has, the log must have had before.
        async with _reading(JOURNAL, logs[JOURNAL]) as journal, _reading(source, url) as log:
            summaries.append(await _verify(source, log, journal))
    return Verification(tuple(summaries))


async def _verify(source: str, log: asyncpg.Connection, journal: asyncpg.Connection) -> LogSummary:
    verification = LogVerification(await _checked(journal, source))
    told = ToldReadings()
    cursor = await log.cursor(f"SELECT {COLUMNS} FROM event_log ORDER BY seq")
    while rows := await cursor.fetch(_PAGE):
        entries = [RecordedEvent._make(row) for row in rows]
        last = entries[-1].seq
        copies = await _copies(journal, source, verification.last_seq, last)
        verification.page(entries, by_seq(copies))
        if source == "kpi":
            for entry in entries:
                told.add(entry)
    after = verification.last_seq
    while copies := await _copies(journal, source, after, None):
        verification.tail(copies)
        after = copies[-1].seq
    readings = None
    if source == "kpi" and await has_readings(log):
        readings, findings = await verify_readings(log, told)
        verification.findings += findings
    return LogSummary(
        source,
        verification.entries,
        verification.last_seq,
        verification.unjournaled,
        readings,
        tuple(verification.findings),
    )


async def _copies(
    journal: asyncpg.Connection, source: str, after_seq: int, up_to_seq: int | None
) -> Sequence[RecordedEvent]:
    rows = await journal.fetch(
        f"SELECT {COLUMNS} FROM inbox WHERE source = $1 AND seq > $2"
        " AND ($3::bigint IS NULL OR seq <= $3) ORDER BY seq LIMIT $4",
        source,
        after_seq,
        up_to_seq,
        # A gap in the log may span more than a page of the journal; then all of it is wanted.
        _PAGE if up_to_seq is None else None,
    )
    return [RecordedEvent._make(row) for row in rows]


async def _checked(journal: asyncpg.Connection, source: str) -> ChainPosition:
    row = await journal.fetchrow("SELECT seq, hash FROM chain_positions WHERE source = $1", source)
    return ChainPosition(source) if row is None else ChainPosition(source, *row)


@asynccontextmanager
async def _reading(source: str, url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection within one snapshot of the database, taken now."""
    try:
        connection = await asyncpg.connect(
            url, timeout=10, server_settings={"application_name": "helmlog-audit"}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise LogUnreachable(source, repr(error)) from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SELECT 1 FROM event_log LIMIT 1")
            yield connection
    finally:
        await connection.close(timeout=10)
