"""Holds what clients were told, what the logs say and what is shown against each other.

Each check returns what it found wrong, as lines that name the key, the place or the row.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

import asyncpg
from helmlog_events.canonical import GENESIS, chain_hash
from helmlog_events.pipeline.rebuild import Rebuild, RebuildReport
from helmlog_events.store.postgres.connections import create_engine

from tests.faults.journal import Acknowledged, Journal, Reading
from tests.faults.settling import LOGS, foreign_sources, pipeline_of
from tests.support.stack import LocalStack

_NAMED = 10
_AUTOMATON = "system:"


async def assert_nothing_lost_or_repeated(stack: LocalStack, journal: Journal) -> None:
    """The whole examination, once everything has settled."""
    wrong = _few(journal.errors)
    for service in LOGS:
        wrong += await _commands(stack, service, journal)
        wrong += await _reactions(stack, service, journal.tenant)
    wrong += await _readings(stack, journal)
    wrong += await faults_of_logs(stack)
    assert not wrong, "\n".join(wrong)


async def faults_of_logs(stack: LocalStack) -> list[str]:
    """Of all tenants: logs, what followed from them elsewhere, and what is shown of them."""
    wrong: list[str] = []
    for service in LOGS:
        wrong += await _chain(stack, service)
        wrong += await _held_back(stack, service)
    wrong += await _inboxes(stack)
    wrong += await differences(stack)
    wrong += await _verify_log(stack)
    return wrong


def _few(found: Iterable[str]) -> list[str]:
    lines = list(found)
    more = len(lines) - _NAMED
    return lines if more <= 0 else [*lines[:_NAMED], f"... and {more} more of these"]


async def _chain(stack: LocalStack, service: str) -> list[str]:
    """`seq` dense, versions in order, every hash from the one before."""
    wrong: list[str] = []
    previous, versions = GENESIS, Counter[tuple[str, str]]()
    async with stack.database(service) as connection:
        rows = await connection.fetch(
            "SELECT seq, tenant, stream, version, leaf, hash FROM event_log ORDER BY seq"
        )
    for place, row in enumerate(rows, start=1):
        stream = (row["tenant"], row["stream"])
        versions[stream] += 1
        if row["seq"] != place:
            return [*wrong, f"{service}: {place} is missing in the log, {row['seq']} follows"]
        if row["version"] != versions[stream]:
            wrong.append(f"{service} {place}: version {row['version']}, not {versions[stream]}")
        if row["hash"] != chain_hash(previous, row["leaf"]):
            wrong.append(f"{service} {place}: its hash does not follow")
        previous = row["hash"]
    return _few(wrong)


async def _commands(stack: LocalStack, service: str, journal: Journal) -> list[str]:
    """To each acknowledgement one command in the log, and no command without one."""
    async with stack.database(service) as connection:
        rows = await connection.fetch(
            "SELECT seq, stream, version, type, data::text AS data,"
            " metadata->>'actor' AS actor, metadata->>'command_id' AS command"
            " FROM event_log WHERE tenant = $1 ORDER BY seq",
            journal.tenant,
        )
        records = dict(
            await connection.fetch(
                "SELECT key, last_seq FROM idempotency WHERE tenant = $1", journal.tenant
            )
        )
    by_seq = {row["seq"]: row for row in rows}
    by_command: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        if not row["actor"].startswith(_AUTOMATON):
            by_command[row["command"]].append(row)
    wrong: list[str] = []
    known: dict[str, str] = {}
    unanswered = {records[key] for key in journal.unanswered & records.keys()}
    for one in journal.of(service):
        name = f"{service}: {one.path} with key {one.key}, acknowledged at {one.seq}"
        if one.seq not in by_seq:
            wrong.append(f"{name}: is missing in the log")
            continue
        command = by_seq[one.seq]["command"]
        if records.get(one.key) != one.seq:
            wrong.append(f"{name}: its idempotency record says {records.get(one.key)}")
        if not _stands(one, by_command[command]):
            wrong.append(f"{name}: version {one.version} of {one.thing} is not what stands there")
        if command in known:
            wrong.append(f"{name}: stands where key {known[command]} stands")
        known[command] = one.key
    wrong += [
        f"{service} {row['seq']}: {row['type']} of {row['stream']} by no acknowledged command"
        for command in by_command.keys() - known.keys()
        for row in by_command[command]
        if by_command[command][-1]["seq"] not in unanswered
    ]
    return _few(wrong)


def _stands(one: Acknowledged, events: Iterable[asyncpg.Record]) -> bool:
    """Whether the command's events are about the thing, at the version that was told."""
    if one.thing is None:
        return True
    about = [row for row in events if one.thing in row["stream"] or one.thing in row["data"]]
    # Of a thing that shares a stream with others, the version told is the thing's own.
    shares = not any(one.thing in row["stream"] for row in about) and "/links" in one.path
    return bool(about) and (shares or one.version in {None, *(row["version"] for row in about)})


async def _reactions(stack: LocalStack, service: str, tenant: str) -> list[str]:
    """What an event sets off is set off once, whatever was tried again."""
    async with stack.database(service) as connection:
        rows = await connection.fetch(
            "SELECT stream, type, metadata->>'causation_id' AS cause, array_agg(seq) AS places"
            " FROM event_log WHERE metadata->>'causation_id' IS NOT NULL AND tenant = $1"
            " GROUP BY 1, 2, 3 HAVING count(*) > 1",
            tenant,
        )
    return _few(
        f"{service} {row['places']}: {row['type']} of {row['stream']} several times for"
        f" {row['cause']}"
        for row in rows
    )


async def _held_back(stack: LocalStack, service: str) -> list[str]:
    async with stack.database(service) as connection:
        parked = await connection.fetch("SELECT source, seq, kind, reason FROM parked")
        dead = await connection.fetch("SELECT topic, partition, reason FROM dead_letters")
    return _few(
        [
            *(
                f"{service}: {r['source']}/{r['seq']} is parked ({r['kind']}): {r['reason']}"
                for r in parked
            ),
            *(
                f"{service}: dead letter of {r['topic']}/{r['partition']}: {r['reason']}"
                for r in dead
            ),
        ]
    )


async def _inboxes(stack: LocalStack) -> list[str]:
    """Every event of every log that a service follows, as it stands there, in order of versions."""
    logs = {}
    for service in LOGS:
        async with stack.database(service) as connection:
            logs[service] = await _fingerprints(connection, "event_log")
    wrong: list[str] = []
    for service, sources in (await foreign_sources(stack)).items():
        async with stack.database(service) as connection:
            for source in sorted(sources):
                there = await _fingerprints(connection, "inbox WHERE source = $1", source)
                missing = sorted(logs[source].keys() - there.keys())
                other = sorted(seq for seq, row in there.items() if logs[source].get(seq) != row)
                wrong += _few(f"{service}: {source}/{seq} never arrived" for seq in missing)
                wrong += _few(f"{service}: {source}/{seq} is not what the log has" for seq in other)
    return wrong


async def _fingerprints(
    connection: asyncpg.Connection, where: str, *arguments: object
) -> dict[int, tuple[object, ...]]:
    rows = await connection.fetch(
        "SELECT seq, tenant, stream, version, event_id, data::text, metadata::text, leaf, hash"
        f" FROM {where}",
        *arguments,
    )
    return {row["seq"]: tuple(row) for row in rows}


async def _readings(stack: LocalStack, journal: Journal) -> list[str]:
    async with stack.database("kpi") as connection:
        rows = await connection.fetch(
            "SELECT kpi_id::text, source, observed_at FROM readings WHERE tenant = $1",
            journal.tenant,
        )
    stored = Counter(Reading(*row) for row in rows)
    return [
        *_few(f"kpi: {reading} is missing" for reading in sorted(journal.readings - stored.keys())),
        *_few(f"kpi: {reading} was never sent" for reading in stored.keys() - journal.offered),
        *_few(f"kpi: {reading} stands {n} times" for reading, n in stored.items() if n > 1),
    ]


async def differences(stack: LocalStack) -> list[str]:
    """Every read model of every service against its rebuild from the service's own database."""
    wrong: list[str] = []
    for service in LOGS:
        engine = create_engine(stack.role_url(service, "owner"), application="evidence")
        try:
            pipeline = pipeline_of(service, engine)
            for projection in pipeline.projections:
                report = await Rebuild(engine, pipeline.own_source, projection).run()
                wrong += _described(service, report)
        finally:
            await engine.dispose()
    return wrong


def _described(service: str, report: RebuildReport) -> list[str]:
    return [
        f"{service}: {table.table} differs from its rebuild: {table.only_serving} rows only shown,"
        f" {table.only_rebuilt} only rebuilt: {table.samples[:2]}"
        for table in report.tables
        if not table.equal
    ]


async def _verify_log(stack: LocalStack) -> list[str]:
    """`helmlog audit verify-log`, as an auditor runs it."""
    logs = ",".join(f"{name}={stack.role_url(name, 'auditor')}" for name in LOGS)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "audit_service.cli",
        "audit",
        "verify-log",
        env={**os.environ, "HELMLOG_AUDIT_LOGS": logs},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    if process.returncode == 0:
        return []
    lines = (said + complained).decode().splitlines()
    return ["helmlog audit verify-log:", *_few(lines)]
