"""Every reading that was sent stands once, and is judged as if nothing had ever gone wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.faults.client import Client
from tests.faults.evidence import faults_of_logs
from tests.faults.journal import Journal
from tests.faults.readings.company import (
    PROMETHEUS,
    Lanes,
    found,
    later_policies,
    lay_lanes,
    set_policy,
)
from tests.faults.readings.contradictions import contradictions
from tests.faults.readings.harm import Crew, do_harm
from tests.faults.readings.results import differences_of, read_results, standing
from tests.faults.readings.senders import Senders
from tests.faults.readings.settling import everybody_at_work, taken_in
from tests.faults.settling import settle
from tests.support.stack import LocalStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

STORM, CALM = "storm", "calm"
_NAMED = 20


async def test_readings_at_full_rate_stand_once_and_are_judged_as_if_undisturbed(
    stack: LocalStack, seed: int, say: Callable[[str], None]
) -> None:
    chance = random.Random(seed)
    # In one month or two, and always the same for a seed but for the day.
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = today - timedelta(days=60)
    lanes = lay_lanes(begins, chance)

    sent, harm, tries_again = await _weather(stack, lanes, begins, chance)
    done = ", ".join(f"{what} {times}" for what, times in sorted(harm.items()))
    say(f"{done}; {sent} readings, {tries_again} tries again")
    await taken_in(stack)
    await _repeat_undisturbed(stack, lanes, begins)
    await taken_in(stack)
    await settle(stack, Journal(tenant=STORM))

    wrong = await _not_as_sent(stack, lanes)
    results, undisturbed = await read_results(stack, STORM), await read_results(stack, CALM)
    assert sum(name.startswith("breach of") for name in results) > 20, "hardly anything was judged"
    assert sum("by formula" in name for name in results) > 5, "hardly anything was derived"
    wrong += differences_of(results, undisturbed)[:_NAMED]
    for tenant in (STORM, CALM):
        wrong += (await contradictions(stack, tenant))[:_NAMED]
    wrong += await faults_of_logs(stack)
    assert not wrong, "\n".join(wrong)


async def _weather(
    stack: LocalStack, lanes: Lanes, begins: datetime, chance: random.Random
) -> tuple[int, Counter[str], int]:
    journal = Journal(tenant=STORM)
    async with Client(stack, journal) as client:
        await found(client, begins)
        source = await client.send("kpi", "/v1/sources", {"name": PROMETHEUS})
        senders = Senders(stack, client, lanes, source["key"], chance)
        crew = Crew(stack)
        async with crew.at_work():
            async with senders.running():
                harm = await do_harm(stack, crew, lambda: everybody_at_work(stack, senders), chance)
            await taken_in(stack)
    assert not journal.errors, journal.errors
    return senders.sent.total(), harm, senders.tries_again + journal.tries_again


async def _repeat_undisturbed(stack: LocalStack, lanes: Lanes, begins: datetime) -> None:
    """The same policies and the readings as they stood at last, in order and in one go."""
    async with (
        Client(stack, Journal(tenant=CALM)) as client,
        httpx.AsyncClient(timeout=120, trust_env=False) as http,
    ):
        await found(client, begins)
        for policy in later_policies(begins):
            await set_policy(client, policy)
        told = [one for feed in lanes.all for one in feed.outcome()]
        told.sort(key=lambda one: (one.observed_at, one.source))
        senders = Senders(stack, client, lanes, "", random.Random(0))
        answer = await senders.post(http, told, keyed=False)
        assert answer.json()["accepted"] == len(told), answer.text


async def _not_as_sent(stack: LocalStack, lanes: Lanes) -> list[str]:
    outcome = [one for feed in lanes.all for one in feed.outcome()]
    sent = {(one.slug, one.source, one.observed_at): one.value for one in outcome}
    async with stack.database("kpi") as connection:
        there = await standing(connection, STORM)
    stored = {place: value for place, value in there.items() if place[1] != "formula"}
    return [
        f"{place}: sent {sent.get(place)}, stored {stored.get(place)}"
        for place in sorted(sent.keys() | stored.keys())
        if sent.get(place) != stored.get(place)
    ][:_NAMED]
