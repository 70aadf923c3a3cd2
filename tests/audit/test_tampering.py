"""What a superuser can do to a log behind everybody's back, and that it shows."""

import asyncio

import asyncpg
import pytest
from audit_service.application.verification import LogUnreachable, verify_logs
from helmlog_events.contracts.audit import TamperingDetected

from tests.audit.domain.entries import rechained
from tests.audit.house import House

Found = set[tuple[str, int, str, str]]


async def findings(house: House) -> Found:
    verification = await verify_logs(house.logs)
    return {(f.source, f.seq, f.place, f.finding) for f in verification.findings}


@pytest.fixture
async def journaled(house: House) -> House:
    await house.note("okr", 12)
    await house.note("audit", 3)
    await house.journal()
    await house.check()
    return house


async def test_untouched_logs_hold(journaled: House):
    verification = await verify_logs(journaled.logs)
    assert verification.holds
    assert {log.source: log.entries for log in verification.logs} == {"okr": 12, "audit": 3}


LOG = "log"
COPIED = "tenant, stream || '-x', 1, gen_random_uuid(), type, schema_version, data, metadata"
TIMES = "occurred_at, recorded_at, leaf, hash"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE event_log SET data = replace(data::text, '5', '4')::json WHERE seq = 5",
            {("okr", 5, LOG, "altered")},
        ),
        (
            "UPDATE event_log SET data = (data::text || ' ')::json WHERE seq = 5",
            {("okr", 5, LOG, "altered")},
        ),
        (
            (
                "UPDATE event_log SET metadata = replace(metadata::text, 'anna', 'anne')::json"
                " WHERE seq = 5"
            ),
            {("okr", 5, LOG, "altered")},
        ),
        (
            (
                "UPDATE event_log SET occurred_at = occurred_at + interval '1 microsecond'"
                " WHERE seq = 5"
            ),
            {("okr", 5, LOG, "altered")},
        ),
        (
            "UPDATE event_log SET recorded_at = 'infinity' WHERE seq = 5",
            {("okr", 5, LOG, "altered")},
        ),
        ("DELETE FROM event_log WHERE seq = 5", {("okr", 5, LOG, "missing")}),
        (
            "DELETE FROM event_log WHERE seq > 10",
            {("okr", 11, LOG, "truncated"), ("okr", 12, LOG, "truncated")},
        ),
        (
            f"INSERT INTO event_log SELECT 13, {COPIED}, {TIMES} FROM event_log WHERE seq = 5",
            {("okr", 13, LOG, "altered"), ("okr", 13, LOG, "unchained")},
        ),
        (
            f"INSERT INTO event_log SELECT 0, {COPIED}, {TIMES} FROM event_log WHERE seq = 5",
            {("okr", 0, LOG, "unknown")},
        ),
        (
            "UPDATE event_log SET hash = sha256('x') WHERE seq = 5",
            {("okr", 5, LOG, "unchained")},
        ),
        (
            "UPDATE event_log SET leaf = sha256('x') WHERE seq = 5",
            {("okr", 5, LOG, "altered"), ("okr", 5, LOG, "unchained")},
        ),
    ],
)
async def test_what_was_done_to_a_log_is_found_and_named(
    journaled: House, statement: str, expected: Found
):
    await journaled.tamper("okr", statement)
    assert await findings(journaled) == expected


async def test_two_rows_that_changed_places_are_both_named(journaled: House):
    await journaled.tamper(
        "okr",
        "UPDATE event_log SET seq = -1 WHERE seq = 5",
        "UPDATE event_log SET seq = 5 WHERE seq = 6",
        "UPDATE event_log SET seq = 6 WHERE seq = -1",
    )
    assert {f for f in await findings(journaled) if f[3] == "altered"} == {
        ("okr", 5, LOG, "altered"),
        ("okr", 6, LOG, "altered"),
    }


async def test_a_chain_computed_again_shows_against_the_journal(journaled: House):
    entries = [*await journaled.stores["okr"].read_log(0, 100)]
    entries[4] = entries[4]._replace(data='{"text":"never said"}')
    connection = await asyncpg.connect(journaled.databases["okr"].superuser)
    await connection.execute("SET session_replication_role = replica")
    await connection.executemany(
        "UPDATE event_log SET data = $2::text::json, leaf = $3, hash = $4 WHERE seq = $1",
        [(entry.seq, entry.data, entry.leaf, entry.hash) for entry in rechained(entries)],
    )
    await connection.close()
    assert {seq for _, seq, _, _ in await findings(journaled)} == set(range(5, 13))


async def test_an_altered_journal_is_named_as_the_journal(journaled: House):
    await journaled.tamper(
        "audit",
        "UPDATE inbox SET data = replace(data::text, '5', '4')::json"
        " WHERE source = 'okr' AND seq = 5",
    )
    assert await findings(journaled) == {("okr", 5, "journal", "altered")}


async def test_a_row_taken_out_of_the_journal_is_noticed(journaled: House):
    await journaled.tamper("audit", "DELETE FROM inbox WHERE source = 'okr' AND seq = 5")
    assert await findings(journaled) == {("okr", 5, LOG, "unknown")}


async def test_the_witness_is_verified_like_everybody_else(journaled: House):
    await journaled.tamper("audit", "DELETE FROM event_log WHERE seq = 2")
    assert await findings(journaled) == {("audit", 2, LOG, "missing")}


async def test_appends_meanwhile_are_no_findings(journaled: House):
    async def write() -> None:
        for _ in range(5):
            await journaled.note("okr", 3)
            await journaled.journal("okr")
            await journaled.check()

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await findings(journaled) == set()
    await writing
    assert await findings(journaled) == set()


async def test_a_log_longer_than_a_page_is_read_to_its_end(
    journaled: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("audit_service.application.verification._PAGE", 5)
    assert await findings(journaled) == set()
    await journaled.tamper("okr", "DELETE FROM event_log WHERE seq > 2")
    assert {seq for _, seq, _, _ in await findings(journaled)} == set(range(3, 13))


async def test_a_log_that_cannot_be_read_is_not_called_sound(journaled: House):
    logs = journaled.logs | {"okr": "postgresql://nobody@127.0.0.1:1/none"}
    with pytest.raises(LogUnreachable):
        await verify_logs(logs)


async def test_only_auditors_and_admins_see_the_verification(journaled: House):
    await journaled.tamper("okr", "DELETE FROM event_log WHERE seq = 5")
    answer = (await journaled.client.get("/v1/verification")).json()
    assert not answer["holds"]
    assert [(f["source"], f["seq"], f["finding"]) for f in answer["findings"]] == [
        ("okr", 5, "missing")
    ]
    viewer = journaled.issuer.headers("viewer", "owner", "contributor")
    refused = await journaled.client.get("/v1/verification", headers=viewer)
    assert refused.status_code == 403


async def test_what_arrives_altered_is_told_once_in_the_witness_own_log(house: House):
    await house.note("okr", 6)
    events = await house.unheard("okr")
    events[2] = events[2]._replace(record=events[2].record._replace(data='{"text":"forged"}'))
    await house.hear(events)
    await house.check()
    await house.check()
    told = [record.event for record in await house.stores["audit"].read_log(0, 100)]
    assert [(t.source, t.seq, t.finding) for t in told if isinstance(t, TamperingDetected)] == [
        ("okr", 3, "altered")
    ]


async def test_two_checkers_tell_it_once(house: House):
    await house.note("okr", 6)
    events = await house.unheard("okr")
    events[2] = events[2]._replace(record=events[2].record._replace(data='{"text":"forged"}'))
    await house.hear(events)
    await asyncio.gather(*(house.checker.check() for _ in range(4)))
    assert await house.stores["audit"].head() == 1


async def test_a_walk_waits_for_what_has_not_arrived(house: House):
    await house.note("okr", 6)
    events = await house.unheard("okr")
    late = [event for event in events if event.record.stream == "note-1"]
    await house.hear([event for event in events if event not in late])
    assert await house.checker.check() == 1
    await house.hear(late)
    assert await house.checker.check() == 5
    assert await house.stores["audit"].head() == 0
