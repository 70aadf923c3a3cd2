import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import asyncpg
import pytest
from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdRecovered,
    KPIValueChanged,
    KPIValueCorrected,
    ReadingsIngested,
)
from kpi_service.application.partitions import Partitions
from kpi_service.application.rows import Rows
from kpi_service.migrate import MIGRATIONS

from tests.kpi.domain.builders import START, policy_set, rule
from tests.kpi.service import ACCEPTED, WINDOW, Service, raw
from tests.support.databases import fresh_database

NOW = datetime.now(UTC)


def counts(result) -> tuple[int, int, int, int]:
    return result.accepted, result.duplicates, result.corrected, len(result.rejected)


async def test_the_same_batch_again_has_no_effect(service):
    await service.define("demand")
    batch = [raw("demand", place, place) for place in range(100)]
    assert counts(await service.ingest(batch)) == (100, 0, 0, 0)
    head = await service.store.head()
    assert counts(await service.ingest(batch)) == (0, 100, 0, 0)
    assert await service.store.head() == head


async def test_a_correction_is_kept_beside_what_it_corrects(service):
    await service.define("demand")
    await service.ingest([raw("demand", 0, "5.00"), raw("demand", 1, 6)])
    assert counts(await service.ingest([raw("demand", 0, 5), raw("demand", 0, 7)])) == (0, 1, 1, 0)
    rows = await service.rows(
        "SELECT revision, value FROM readings WHERE tenant = $1 AND observed_at = $2"
        " ORDER BY revision",
        START,
    )
    assert [(one.revision, str(one.value)) for one in rows] == [(1, "5.00"), (2, "7")]
    (corrected,) = await service.events(KPIValueCorrected)
    assert (corrected.previous, corrected.value) == (5, 7)


async def test_a_kpi_is_named_by_id_or_slug_and_is_the_same(service):
    kpi_id = await service.define("demand")
    batch = [raw("demand", 0, 1), raw(str(kpi_id), 0, 1), raw(str(kpi_id).upper(), 1, 2)]
    assert counts(await service.ingest(batch)) == (2, 1, 0, 0)


async def test_rows_that_are_no_readings_are_named_and_the_others_stand(service):
    await service.define("demand")
    good = raw("demand", 0, "1")
    bad = [
        raw("nothing", 0, 1),
        raw("demand", 0, "NaN"),
        raw("demand", 0, "Infinity"),
        raw("demand", 0, "9" * 400),
        raw("demand", 0, "1e400"),
        raw("demand", 0, "1e-21"),
        raw("demand", 0, "1_000"),
        raw("demand", 0, "\u0661"),
        raw("demand", 0, ""),
        raw("demand", 0, None),
        raw("demand", 0, True),
        raw("demand", 0, [1]),
        raw("demand\x00", 0, 1),
        raw("demand", 0, 1, source="a\x00b"),
        raw("demand", 0, 1, source=""),
        raw("demand", 0, 1, source="s" * 201),
        raw("demand", 0, 1, id=5),
        raw("demand", 0, 1, id="\ud800"),
        {"kpi": "demand", "value": 1},
        {"observed_at": "2014-07-01T00:00:00Z", "value": 1},
        *[
            {"kpi": "demand", "value": 1, "observed_at": moment}
            for moment in (
                "2014-07-01T00:00:00",
                "2014-07-01",
                "2014-02-30T00:00:00Z",
                "2014-W27-2T00:00:00Z",
                "0000-01-01T00:00:00Z",
                "10000-01-01T00:00:00Z",
                "0001-01-01T00:00:00+05:00",
                "1970-01-01T00:00:00Z",
                (NOW + timedelta(days=365)).isoformat(),
                "2014-07-01T00:00:00Z\x00",
                "yesterday",
                1404172800,
                None,
            )
        ],
        "demand,1",
        None,
        [1, 2],
    ]
    result = await service.ingest([*bad, good])
    assert counts(result) == (1, 0, 0, len(bad))
    assert [one.place for one in sorted(result.rejected)] == list(range(len(bad)))
    assert all(one.reason for one in result.rejected)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (10844, "10844"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        ("2.50", "2.50"),
        ("1e3", "1000"),
        ("+5", "5"),
        (".5", "0.5"),
        ("-0.00", "0.00"),
        ("-0", "0"),
        ("007", "7"),
        ("9" * 20 + "." + "9" * 20, "9" * 20 + "." + "9" * 20),
    ],
)
async def test_digits_are_kept_as_written(service, written, kept):
    await service.define("demand")
    assert counts(await service.ingest([raw("demand", 0, written)])) == (1, 0, 0, 0)
    ((value,),) = await service.rows("SELECT value FROM readings WHERE tenant = $1")
    assert format(value, "f") == kept


async def test_the_batchs_digest_can_be_computed_again_from_the_table(service):
    await service.define("demand")
    await service.define("supply")
    await service.ingest([raw("demand", 0, 1), raw("supply", 0, "0.50", source='feed "1"')])
    await service.ingest(
        [
            raw("supply", 0, "0.75", source='feed "1"'),
            raw("demand", 3, "1e-7"),
            raw("demand", 1, -2, source="b"),
            raw("demand", 3, 5),
            {"kpi": "demand", "observed_at": "2014-07-01T01:00:00.000250Z", "value": 3},
        ]
    )
    batches = await service.events(ReadingsIngested)
    assert [one.count for one in batches] == [2, 5]
    assert [one.corrected for one in batches] == [0, 2]
    for batch in batches:
        ((digest,),) = await service.rows(
            """
            SELECT encode(sha256(string_agg(convert_to(line || E'\\n', 'UTF8'), ''::bytea
                ORDER BY kpi_id::text COLLATE "C", source COLLATE "C", observed_at, revision)),
                'hex')
            FROM (SELECT *, '["' || kpi_id || '",' || to_json(source) || ',"'
                || to_char(observed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
                || CASE WHEN extract(microseconds FROM observed_at)::bigint % 1000000 = 0 THEN ''
                   ELSE to_char(observed_at, '.US') END
                || 'Z","' || value || '",' || revision || ']' AS line
                FROM readings WHERE tenant = $1 AND batch_id = $2) AS lines
            """,
            batch.batch_id,
        )
        ((month, count, told),) = [(m.month, m.count, m.digest) for m in batch.months]
        assert (month, count, told) == ("2014-07", batch.count, digest)
        line = f"{month} {count} {digest}\n"
        assert batch.digest == sha256(line.encode()).hexdigest()


async def test_a_breach_over_two_batches_is_one_event(service):
    kpi_id = await service.define("demand", rule(for_readings=3))
    await service.ingest([raw("demand", 0, 4000), raw("demand", 1, 4000)])
    assert await service.events(KPIThresholdBreached) == []
    await service.ingest([raw("demand", place, 4000) for place in range(2, 50)])
    await service.ingest([raw("demand", place, 9000) for place in range(50, 99)])
    (breached,) = await service.events(KPIThresholdBreached)
    (recovered,) = await service.events(KPIThresholdRecovered)
    assert (breached.kpi_id, breached.opened_at, breached.readings) == (kpi_id, START, 3)
    assert (recovered.breach_id, recovered.readings) == (breached.breach_id, 50)


async def test_a_policy_set_just_before_a_batch_judges_it(service):
    kpi_id = await service.define("demand")
    await service.ingest([raw("demand", 0, 1)])
    later = policy_set(rule(value="5", recover="5"), effective_from=START + timedelta(minutes=30))
    await service.append(f"kpi-{kpi_id}", later.model_copy(update={"kpi_id": kpi_id}))
    await service.ingest([raw("demand", 1, 1)])
    assert len(await service.events(KPIThresholdBreached)) == 1


async def test_late_readings_are_stored_and_do_not_move_the_kpi(service):
    await service.define("demand", rule(for_readings=3))
    await service.ingest([raw("demand", 10, 9000)])
    late = [raw("demand", 1, 10), raw("demand", 2, 10)]
    assert counts(await service.ingest(late)) == (2, 0, 0, 0)
    (changed,) = await service.events(KPIValueChanged)
    assert changed.value == 9000


async def test_values_go_out_once_a_window_and_the_last_one_when_it_ends(service):
    await service.define("demand")
    for place in range(5):
        await service.ingest([raw("demand", place, place)], NOW)
    assert [one.value for one in await service.events(KPIValueChanged)] == [0]
    await service.publication.publish_due(NOW + WINDOW - timedelta(milliseconds=1))
    assert [one.value for one in await service.events(KPIValueChanged)] == [0]
    await service.publication.publish_due(NOW + WINDOW)
    assert [one.value for one in await service.events(KPIValueChanged)] == [0, 4]
    await service.publication.publish_due(NOW + 9 * WINDOW)
    assert len(await service.events(KPIValueChanged)) == 2


async def test_after_the_window_a_value_goes_out_at_once(service):
    await service.define("demand")
    await service.ingest([raw("demand", 0, 0)], NOW)
    await service.ingest([raw("demand", 1, 1)], NOW + WINDOW)
    assert [one.value for one in await service.events(KPIValueChanged)] == [0, 1]


async def test_what_is_due_survives_a_restart(service, database):
    await service.define("demand")
    await service.ingest([raw("demand", 0, 0)], NOW)
    await service.ingest([raw("demand", 1, 1)], NOW)
    async with Service.open(database.app, service.tenant) as restarted:
        await restarted.publication.publish_due(NOW + WINDOW)
    assert [one.value for one in await service.events(KPIValueChanged)] == [0, 1]


async def test_a_breach_takes_its_value_out_at_once(service):
    await service.define("demand", rule())
    await service.ingest([raw("demand", 0, 9000)], NOW)
    await service.ingest([raw("demand", 1, 4000)], NOW)
    assert [one.value for one in await service.events(KPIValueChanged)] == [9000, 4000]
    assert len(await service.events(KPIThresholdBreached)) == 1


async def test_two_ways_in_at_once_give_one_consistent_result(database, service):
    await service.define("demand", rule(for_readings=3))
    async with Service.open(database.app, service.tenant) as other:
        batches = [
            [raw("demand", start + place, 4000) for place in range(10)] for start in range(0, 90, 3)
        ]
        results = await asyncio.gather(
            *[(service, other)[place % 2].ingest(batch) for place, batch in enumerate(batches)]
        )
    distinct = {one["observed_at"] for batch in batches for one in batch}
    assert sum(one.accepted for one in results) == len(distinct)
    assert sum(one.duplicates for one in results) == sum(map(len, batches)) - len(distinct)
    assert len(await service.events(KPIThresholdBreached)) == 1
    batched = await service.events(ReadingsIngested)
    assert sum(one.count for one in batched) == len(distinct)


async def test_many_kpis_taken_in_at_once_never_wait_for_each_other_in_a_ring(database, service):
    slugs = [f"kpi-{number}" for number in range(8)]
    for slug in slugs:
        await service.define(slug)
    async with Service.open(database.app, service.tenant) as other:
        results = await asyncio.gather(
            *[
                (service, other)[turn % 2].ingest(
                    [raw(slug, turn, turn) for slug in (slugs if turn % 3 else slugs[::-1])]
                )
                for turn in range(30)
            ]
        )
    assert sum(one.accepted for one in results) == 240


async def test_nothing_stands_when_the_transaction_fails(service):
    await service.define("demand", rule())
    rows = Rows(*ACCEPTED.at(NOW))
    rows.read([raw("demand", 0, 1)])
    await service.ingest([raw("demand", 40, 1)])  # makes the month's partition
    with pytest.raises(ZeroDivisionError):
        await _take_and_fail(service, rows.lots)
    assert len(await service.rows("SELECT 1 FROM readings WHERE tenant = $1")) == 1
    assert counts(await service.ingest([raw("demand", 0, 1)])) == (1, 0, 0, 0)


async def _take_and_fail(service, lots):
    async with service.store.transaction() as tx:
        await service.ingestion.take(tx.raw, service.tenant, lots, NOW)
        raise ZeroDivisionError


@pytest.mark.parametrize("change", ["UPDATE readings SET value = 0", "DELETE FROM readings"])
async def test_a_stored_reading_stays_as_it_is_even_for_the_owner(database, service, change):
    await service.define("demand")
    await service.ingest([raw("demand", 0, 1)])
    for url in (database.app, database.owner):
        connection = await asyncpg.connect(url)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change)
        await connection.close()


async def test_a_month_is_not_truncated_even_by_the_owner(database, service):
    await service.define("demand")
    await service.ingest([raw("demand", 0, 1)])
    connection = await asyncpg.connect(database.owner)
    for table in ("readings", "readings_201407"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"TRUNCATE {table}")
    await connection.close()


async def test_the_months_of_a_batch_get_their_partitions(database, service):
    await service.define("demand")
    moments = ["1999-12-31T23:59:59-01:00", "2011-02-28T23:59:59.999999Z", "2011-03-01T00:00:00Z"]
    await service.ingest([{"kpi": "demand", "value": 1, "observed_at": one} for one in moments])
    rows = await service.rows(
        "SELECT tableoid::regclass::text, observed_at FROM readings WHERE tenant = $1"
        " ORDER BY observed_at"
    )
    assert [name for name, _ in rows] == ["readings_200001", "readings_201102", "readings_201103"]


async def test_partitions_asked_for_by_many_at_once_are_made_once(database, service):
    moment = datetime(2009, 5, 5, tzinfo=UTC)
    await asyncio.gather(*[Partitions(service.engine).ensure([moment]) for _ in range(8)])
    rows = await service.rows(
        "SELECT 1 FROM pg_class WHERE $1 <> '' AND relname = 'readings_200905'"
    )
    assert len(rows) == 1


async def test_the_current_value_is_exact(service):
    await service.define("demand")
    await service.ingest([raw("demand", 0, "0.10000000000000000001")])
    ((value,),) = await service.rows("SELECT value FROM kpi_state WHERE tenant = $1")
    assert value == Decimal("0.10000000000000000001")


@pytest.mark.parametrize(
    "text", ["a\\b", "tab\there", "line\nend", "\\N", "\\.", "\r", "Grüße ⚓", "\x01"]
)
async def test_names_are_stored_as_they_were_sent(service, text):
    await service.define("demand")
    result = await service.ingest([raw("demand", 0, 1, source=text, id=text)])
    assert result.rejected == []
    rows = await service.rows("SELECT source, external_id FROM readings WHERE tenant = $1")
    assert rows == [(text, text)]


_KNOWN = {
    "kpi_state": "INSERT INTO kpi_state (tenant, kpi_id)"
    " SELECT $1, gen_random_uuid() FROM generate_series(1, 1000)",
    "reading_sources": "INSERT INTO reading_sources (tenant, kpi_id, source, newest)"
    " SELECT $1, gen_random_uuid(), 'feed', now() FROM generate_series(1, 1000)",
}
_READ = """
SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = $1
"""


@pytest.mark.parametrize("table", _KNOWN)
async def test_a_batch_reads_of_its_own_kpis_however_many_the_tenant_has(postgres, table):
    # In a database of which no statistics were taken yet, and with statements used many times.
    async with fresh_database(postgres, MIGRATIONS) as fresh, Service.open(fresh.app) as service:
        await service.define("demand")
        await service.define("supply")
        superuser = await asyncpg.connect(fresh.superuser)
        await superuser.execute(_KNOWN[table], service.tenant)
        await superuser.close()
        reads = []
        for place in range(8):
            rows = Rows(*ACCEPTED.at(NOW))
            rows.read([raw("demand", place, place), raw("supply", place, place)])
            await service.partitions.admit(rows.lots)
            async with service.store.transaction() as tx:
                await service.ingestion.take(tx.raw, service.tenant, rows.lots, NOW)
                reads.append(await tx.raw.fetchval(_READ, table))
    assert 0 < max(reads) < 100
