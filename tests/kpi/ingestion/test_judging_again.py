"""Readings that come late or are corrected, and policies that hold for what was judged already."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import (
    BreachEpisode,
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.envelope import Append, Metadata, SourcedEvent
from helmlog_events.ids import stream_id
from kpi_service.application import judging_again
from kpi_service.application.judgement import Judgement
from kpi_service.application.kept import StoredJudgement
from kpi_service.application.policies import HeedPolicies, NotePolicies
from kpi_service.application.stored_readings import StoredReadings
from kpi_service.domain.threshold import rejudging
from kpi_service.domain.threshold.as_json import state_from_json
from kpi_service.domain.threshold.episode import as_told
from kpi_service.domain.threshold.policy import compile_policy, with_policy
from kpi_service.domain.threshold.state import NORMAL
from kpi_service.domain.threshold.telling import UNKNOWN, evolve
from kpi_service.domain.threshold.timeline import Timeline

from tests.kpi.domain.builders import START, STEP, Sent, lots_of, policy_set, rule
from tests.kpi.domain.whole_history import episodes_of
from tests.kpi.service import Service, raw

TELLING = (KPIThresholdBreached, KPIThresholdEscalated, KPIThresholdRecovered, KPIBreachRevised)


async def take(service: Service, *readings: Sent) -> None:
    await service.partitions.ensure(one.observed_at for one in readings)
    async with service.store.transaction() as tx:
        now = START + timedelta(days=3650)
        result = await service.ingestion.take(
            tx.raw, service.tenant, lots_of("demand", readings), now
        )
        await tx.append(Append(service.tenant, Metadata(actor="test"), result.writes))


async def set_policy(service: Service, kpi_id: UUID, *rules: Any, at: datetime, **fields: Any):
    policy = policy_set(*rules, effective_from=at, **fields)
    policy = policy.model_copy(update={"kpi_id": kpi_id})
    await service.append(stream_id("kpi", kpi_id), policy)
    (*_, recorded) = await service.store.read_stream(service.tenant, stream_id("kpi", kpi_id))
    async with service.store.transaction() as tx:
        await NotePolicies().react(tx, SourcedEvent("kpi", recorded))


def judgement(service: Service) -> Judgement:
    return Judgement(service.ingestion.catalogue)


async def heed_policies(service: Service) -> None:
    await HeedPolicies(service.store, judgement(service)).heed_due()


async def fall_silent(service: Service, kpi_id: UUID, now: datetime) -> None:
    async with service.store.transaction() as tx:
        writes = await judgement(service).fall_silent(tx.raw, service.tenant, kpi_id, now)
        if writes:
            await tx.append(Append(service.tenant, Metadata(actor="test"), tuple(writes)))


async def told(service: Service) -> list[BreachEpisode]:
    """The breaches as one knows them who hears their events."""
    known: dict[UUID, Any] = {}
    for event in await service.events(*TELLING):
        known[event.breach_id] = evolve(known.get(event.breach_id, UNKNOWN), event)
    episodes = [one.episode for one in known.values() if one.episode is not None]
    return sorted(episodes, key=lambda one: one.severities[0].observed_at)


async def test_a_late_reading_opens_the_breach_it_would_have_opened(service):
    await service.define("demand", rule(for_readings=3))
    await service.ingest([raw("demand", place, 4000) for place in (0, 2)])
    await service.ingest([raw("demand", 9, 9000)])
    assert await service.events(*TELLING) == []
    await service.ingest([raw("demand", 1, 4000)])
    breached, recovered = await service.events(*TELLING)
    assert (breached.opened_at, breached.observed_at) == (START, START + 2 * STEP)
    assert (recovered.observed_at, recovered.readings) == (START + 9 * STEP, 3)
    (changed,) = await service.events(KPIValueChanged)
    assert changed.value == 4000


async def test_a_correction_that_undoes_a_breach_takes_it_back(service):
    await service.define("demand", rule())
    await service.ingest([raw("demand", 0, 9000), raw("demand", 1, 4000), raw("demand", 2, 9000)])
    breached, _ = await service.events(*TELLING)
    await service.ingest([raw("demand", 1, 8000)])
    revised = (await service.events(KPIBreachRevised))[0]
    assert (revised.breach_id, revised.after) == (breached.breach_id, None)
    assert revised.before.readings == 1
    assert await service.rows("SELECT 1 FROM breach_episodes WHERE tenant = $1") == []


async def test_a_late_reading_between_two_breaches_makes_them_one(service):
    await service.define("demand", rule(for_readings=2))
    await service.ingest([raw("demand", at, v) for at, v in enumerate([4, 4, 9000, 4, 4, 9000])])
    first, _, second, _ = await service.events(*TELLING)
    await service.ingest([raw("demand", 2, 5)])
    revised, merged = await service.events(KPIBreachRevised)
    assert (revised.breach_id, revised.after.recovered_at) == (first.breach_id, START + 5 * STEP)
    assert revised.after.readings == 5
    assert (merged.breach_id, merged.after) == (second.breach_id, None)
    assert merged.merged_into == first.breach_id


async def test_what_changes_in_an_open_breach_is_told_and_a_fresh_recovery_is_none(service):
    await service.define("demand", rule())
    await service.ingest([raw("demand", 5, 4000)])
    await service.ingest([raw("demand", 4, 3000)])
    (revised,) = await service.events(KPIBreachRevised)
    assert (revised.before.opened_at, revised.after.opened_at) == (
        START + 5 * STEP,
        START + 4 * STEP,
    )
    await service.ingest([raw("demand", 6, 9000)])
    assert len(await service.events(KPIBreachRevised)) == 1
    (recovered,) = await service.events(KPIThresholdRecovered)
    assert (recovered.breach_id, recovered.readings) == (revised.breach_id, 2)


async def test_a_late_reading_that_changes_nothing_says_nothing(service):
    await service.define("demand", rule(for_readings=2))
    values = [4, 4, 9000, 9000, 4, 9000]
    await service.ingest([raw("demand", place, value) for place, value in enumerate(values)])
    before = await service.events(*TELLING)
    await service.ingest([raw("demand", 3, 9100, source="other")])
    await service.ingest([raw("demand", 4, 9100, source="other"), raw("demand", 2, 9001)])
    assert await service.events(*TELLING) != before  # it ended at another value
    (revised,) = await service.events(KPIBreachRevised)
    assert (revised.before.value, revised.after.value) == (9000, 9001)


async def test_silence_ends_a_breach_and_a_reading_that_belies_it_revises_that(service):
    kpi_id = await service.define("demand")
    fields = {"no_data_after": "PT2H", "on_no_data": "ok"}
    await set_policy(service, kpi_id, rule(), at=START, **fields)
    await service.ingest([raw("demand", 0, 4000)])
    await fall_silent(service, kpi_id, START + 4 * STEP)
    assert len(await service.events(*TELLING)) == 1
    await fall_silent(service, kpi_id, START + 9 * STEP)
    await fall_silent(service, kpi_id, START + 12 * STEP)
    _, recovered = await service.events(*TELLING)
    assert (recovered.cause, recovered.value) == ("silence", None)
    assert recovered.observed_at == START + 4 * STEP
    await service.ingest([raw("demand", 3, 4100)])
    (revised,) = await service.events(KPIBreachRevised)
    assert revised.breach_id == recovered.breach_id
    assert revised.after.recovered_at == START + 7 * STEP
    await service.ingest([raw("demand", 40, 4100)])
    assert len(await service.events(KPIThresholdBreached)) == 2


async def test_a_policy_for_the_past_judges_it_again(service):
    kpi_id = await service.define("demand", rule())
    await service.ingest([raw("demand", place, 7000) for place in range(10)])
    await set_policy(service, kpi_id, rule(value="7500", recover="8000"), at=START + 3 * STEP)
    await set_policy(service, kpi_id, rule(), at=START + 6 * STEP)
    await heed_policies(service)
    breached, recovered = await service.events(*TELLING)
    assert breached.opened_at == START + 3 * STEP
    assert recovered.observed_at == START + 6 * STEP
    await heed_policies(service)
    assert len(await service.events(*TELLING)) == 2


async def test_a_batch_heeds_a_policy_that_nobody_has_heeded_yet(service):
    kpi_id = await service.define("demand", rule())
    await service.ingest([raw("demand", place, 7000) for place in range(10)])
    await set_policy(service, kpi_id, rule(value="7500", recover="8000"), at=START + 3 * STEP)
    await service.ingest([raw("demand", 10, 9000)])
    assert len(await service.events(*TELLING)) == 2
    await heed_policies(service)
    assert len(await service.events(*TELLING)) == 2
    assert await service.rows("SELECT 1 FROM judging_due WHERE tenant = $1") == []


async def test_a_late_reading_in_a_long_breach_reads_little_of_it(service, monkeypatch):
    await service.define("demand", rule())
    await service.ingest([raw("demand", place, 4000) for place in range(6_000)])
    read = 0

    async def counted(self, *arguments):
        nonlocal read
        found = await after(self, *arguments)
        read += len(found)
        return found

    after = StoredReadings.after
    monkeypatch.setattr(StoredReadings, "after", counted)
    await service.ingest([raw("demand", 3_000, 3900, source="other")])
    assert read < 1_100
    await service.ingest([raw("demand", 6_000, 9000)])
    (recovered,) = await service.events(KPIThresholdRecovered)
    assert recovered.readings == 6_001
    assert await service.events(KPIBreachRevised) == []
    await service.ingest([raw("demand", 4_000, 3900, source="other")])
    (revised,) = await service.events(KPIBreachRevised)
    assert (revised.before.readings, revised.after.readings) == (6_001, 6_002)


RULES = (
    rule(severity="warning", value="8", recover="9"),
    rule(severity="critical", value="4", recover="5", for_readings=2),
    rule(severity="critical", when="above", value="16", recover="15", duration="PT1H"),
)
LATER = (rule(severity="warning", value="6", recover="6", for_readings=2),)


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_of_arrival_makes_the_episodes_of_the_whole_history(
    service, monkeypatch, seed
):
    monkeypatch.setattr(rejudging, "CHECKPOINT_EVERY", 4)
    monkeypatch.setattr(judging_again, "_FIRST_PAGE", 3)
    monkeypatch.setattr(judging_again, "_PAGE", 7)
    chance = random.Random(seed)
    kpi_id = await service.define("demand", *RULES)
    fields = {"no_data_after": "PT90M", "on_no_data": "ok"}
    policies = with_policy((), compile_policy(policy_set(*RULES), 1))
    arriving = _arriving(chance)
    while arriving:
        size = chance.choice([1, 2, 20])
        batch, arriving = arriving[:size], arriving[size:]
        await take(service, *batch)
        if len(policies) == 1 and len(arriving) < 60:
            at = START + 30 * STEP
            await set_policy(service, kpi_id, *LATER, at=at, **fields)
            later = compile_policy(policy_set(*LATER, effective_from=at, **fields), 2)
            policies = with_policy(policies, later)
            if seed % 2:
                await heed_policies(service)
        if chance.random() < 0.2:
            await fall_silent(service, kpi_id, START + chance.randrange(90) * STEP)
    end = START + 500 * STEP
    await fall_silent(service, kpi_id, end)
    async with service.store.transaction() as tx:
        stored = (tx.raw, service.tenant, kpi_id)
        start, up_to = (START, ""), (end, "")
        series = await StoredReadings(*stored).after(start, up_to, 10_000)
        kept = await StoredJudgement(*stored).told(start, up_to)
    expected = episodes_of(policies, series, end)
    assert len(expected) > 3
    assert await told(service) == expected
    assert [as_told(one.episode) for one in kept] == expected
    timeline, state = Timeline(policies), NORMAL
    for observation in series:
        state, _ = timeline.judge(state, observation)
    state, _ = timeline.fall_silent(state, end)
    ((threshold,),) = await service.rows("SELECT threshold::text FROM kpi_state WHERE tenant = $1")
    assert state_from_json(threshold) == state


def _arriving(chance: random.Random) -> Sequence[Sent]:
    """Readings of three sources with duplicates, corrections and withdrawals, some of them late."""
    readings = [
        Sent(
            source := chance.choice(["a", "B", "formula"]),
            START + chance.randrange(80) * STEP,
            None
            if source == "formula" and chance.random() < 0.3
            else Decimal(chance.choice([2, 7, 10, 10, 17])),
        )
        for _ in range(140)
    ]
    return sorted(readings, key=lambda one: one.observed_at + chance.choice([0, 0, 3, 40]) * STEP)
