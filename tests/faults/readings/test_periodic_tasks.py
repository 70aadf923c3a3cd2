"""What a worker does of its own accord has one effect, wherever its transactions are cut."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import (
    FormulaInput,
    KPIFormulaSet,
    KPINoData,
    KPIThresholdBreached,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.ids import stream_id
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.probes import eventually, running
from helmlog_events.testing.proxy import Cut, Proxy
from helmlog_local.testing import ProvidedPostgres
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.judgement import Judgement
from kpi_service.application.policies import HeedPolicies
from kpi_service.application.publication import Publication
from kpi_service.bootstrap import create_derivation, create_pipeline, create_timers
from kpi_service.migrate import MIGRATIONS
from kpi_service.settings import Settings

from tests.kpi.domain.builders import START, policy_set, rule
from tests.kpi.service import Service, raw
from tests.support.databases import fresh_database

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

KPIS = [f"kpi-{number}" for number in range(8)]
LATEST = 49
CUTS = 25
_BEFORE = START - timedelta(days=2)

_DUE = """
SELECT (SELECT count(*) FROM judging_due) + (SELECT count(*) FROM derived_due)
    + (SELECT count(*) FROM derived_ranges) + (SELECT count(*) FROM kpi_state WHERE pending)
    + (SELECT count(*) FROM silence_timers WHERE due_at <= now())
    + (SELECT max(seq) FROM event_log)
    - (SELECT coalesce(max(next_offset), 0) FROM consumer_positions WHERE consumer = 'own-log')
WHERE $1 <> ''
"""


async def test_tasks_that_lose_their_connection_at_any_commit_have_one_effect_each(
    postgres: ProvidedPostgres, seed: int
) -> None:
    server = urlsplit(postgres.url)
    assert server.hostname is not None
    assert server.port is not None
    async with (
        fresh_database(postgres, MIGRATIONS) as database,
        Service.open(database.app) as service,
        Proxy(server.hostname, server.port) as proxy,
    ):
        derived = await _leave_work(service)
        proxy.cut_request, proxy.cut_response = _at_commits(proxy, random.Random(seed))
        async with _two_workers_at_it(service, proxy.url(database.app)):
            await eventually(
                lambda: service.rows(_DUE), until=lambda rows: rows == [(0,)], within=60
            )
        assert proxy.cuts > len(KPIS), "hardly anything was cut"

        breached = await service.events(KPIThresholdBreached)
        recovered = await service.events(KPIThresholdRecovered)
        silent = await service.events(KPINoData)
        published = [(one.kpi_id, one.observed_at) for one in await service.events(KPIValueChanged)]
        kpi_ids = sorted({one.kpi_id for one in silent})
        readings = await service.rows(
            "SELECT observed_at, revision FROM readings WHERE tenant = $1 AND kpi_id = $2"
            " ORDER BY observed_at",
            derived,
        )
    assert len(kpi_ids) == len(silent) == len(KPIS)
    assert sorted(one.kpi_id for one in breached) == kpi_ids
    assert sorted(one.kpi_id for one in recovered) == kpi_ids
    latest = START + LATEST * timedelta(minutes=30)
    assert [(kpi_id, latest) for kpi_id in kpi_ids] == sorted(
        one for one in published if one[1] == latest
    )
    assert len(published) == len(set(published))
    assert {revision for _, revision in readings} == {1}
    assert len(readings) == len({at for at, _ in readings}) == (LATEST + 1) // 2


async def _leave_work(service: Service) -> UUID:
    """Policies for what was judged, values to publish, silences, and hours to be derived.

    Returns the id of the derived KPI.
    """
    dip = {10: "15", 11: "14"}
    kpi_ids = [await service.define(slug, effective_from=_BEFORE) for slug in KPIS]
    for last in (LATEST, LATEST + 1):
        rows = [raw(slug, n, dip.get(n, str(100 + n))) for slug in KPIS for n in range(last)]
        await service.ingest(rows)
    for kpi_id in kpi_ids:
        policy = policy_set(
            rule(value="20", recover="30"), no_data_after="PT1H", on_no_data="alert"
        )
        policy = policy.model_copy(update={"kpi_id": kpi_id})
        await service.append(stream_id("kpi", kpi_id), policy)
    derived = await service.define("derived", effective_from=_BEFORE)
    inputs = tuple(
        FormulaInput(name=name, kpi_id=kpi_id)
        for name, kpi_id in zip(("a", "b"), kpi_ids, strict=False)
    )
    formula = KPIFormulaSet(
        kpi_id=derived, effective_from=START, expression="a + b", inputs=inputs, period="hour"
    )
    await service.append(stream_id("kpi", derived), formula)
    return derived


def _at_commits(proxy: Proxy, chance: random.Random) -> tuple[Cut, Cut]:
    """Before a commit, or between it and its answer: to who asked, both look alike."""

    def cut(chunk: bytes) -> bool:
        return b"COMMIT" in chunk and proxy.cuts < CUTS and chance.random() < 0.25

    return cut, cut


@asynccontextmanager
async def _two_workers_at_it(service: Service, url: str) -> AsyncIterator[None]:
    settings = Settings(
        database_url=url, kafka_bootstrap="unused:9092", jwks_url="http://unused", issuer="unused"
    )
    async with AsyncExitStack() as at_work:
        for worker in range(2):
            engine = create_engine(url)
            at_work.push_async_callback(engine.dispose)
            store = PostgresStore(engine)
            at_work.push_async_callback(store.close)
            heed = HeedPolicies(store, Judgement(Catalogue()))
            for task in (
                heed.run(),
                create_derivation(engine, store, settings).run(),
                create_timers(engine, store).run(),
                Publication(store, settings.publish_every).run(),
            ):
                await at_work.enter_async_context(running(task))
            if worker == 0:  # the log is followed by one worker at a time
                await at_work.enter_async_context(
                    running(LogFollower(engine, create_pipeline(store)).run())
                )
        yield
