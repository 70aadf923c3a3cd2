import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import pytest
from helmlog_events import clock
from helmlog_events.contracts.kpi import KPIRetired, KPIRevived
from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.ids import new_id, stream_id
from kpi_service.application.publication import Publication

from tests.kpi.api.deriving import START, Deriving, at
from tests.kpi.domain.builders import DEFINED


@pytest.fixture
async def deriving(client, database):
    async with Deriving.open(client, database.app) as deriving:
        yield deriving


def plainly(won, leads):
    """The values of `100 * won / leads - default(previous(won), 0)`, and nothing else."""
    found = {}
    for day in won:
        if leads.get(day):
            value = Fraction(100 * won[day], leads[day]) - won.get(day - 1, 0)
            found[day] = Decimal(round(value * 10**20)) / 10**20
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_values_are_those_of_the_inputs_in_whatever_order_they_arrive(deriving, seed):
    chance = random.Random(seed)
    days = chance.sample(range(400), 90)
    sent, latest = [], {"won": {}, "leads": {}}
    for slug in latest:
        for day in chance.sample(days, 80):
            values = chance.sample(range(12), chance.choice([1, 1, 1, 3]))
            sent += [(slug, day, value) for value in values]
    chance.shuffle(sent)
    await deriving.define("won", "leads", "rate", unit="count")
    cuts = sorted(chance.sample(range(len(sent)), 5))
    set_at = chance.randrange(5)
    for place, (since, before) in enumerate(pairwise([0, *cuts, len(sent)])):
        if place == set_at:
            expression = "100 * won / leads - default(previous(won), 0)"
            assert (await deriving.formula("rate", expression, "won", "leads")).status_code == 200
        for slug, day, value in sent[since:before]:
            latest[slug][day] = value
        for slug in latest:
            batch = {day: value for one, day, value in sent[since:before] if one == slug}
            await deriving.read(slug, batch)
        if chance.random() < 0.7:
            await deriving.settle()
    await deriving.settle()
    assert await deriving.values("rate") == plainly(latest["won"], latest["leads"])
    head = await deriving.store.head()
    await deriving.settle()
    assert await deriving.store.head() == head


async def test_a_division_by_zero_withdraws_the_value_and_another_reading_brings_it_back(deriving):
    await deriving.define("won", "leads", "rate")
    await deriving.formula("rate", "won / leads", "won", "leads")
    await deriving.read("won", {0: 3, 1: 3})
    await deriving.read("leads", {0: 4})
    await deriving.settle()
    assert await deriving.values("rate") == {0: Decimal("0.75")}
    ((_, missing),) = await deriving.told("KPIValueUndefined")
    assert (missing.starts_at, missing.reason) == (at(1, 0), "leads has no value")
    assert missing.withdrawn is None
    await deriving.read("leads", {0: 0})
    await deriving.settle()
    assert await deriving.values("rate") == {}
    (gone,) = (await deriving.client.get("/v1/kpis/rate/readings")).json()["items"]
    assert (gone["value"], gone["revision"]) == (None, 2)
    _, (record, by_zero) = await deriving.told("KPIValueUndefined")
    assert (by_zero.reason, by_zero.withdrawn) == ("division by zero: leads is 0", Decimal("0.75"))
    assert record.actor == "system:formula"
    (cause,) = await deriving.store.read_log(int(by_zero.cause.removeprefix("kpi/")) - 1, 1)
    assert cause.type == "ReadingsIngested"
    # Another value of the other input leaves the reason as it was told.
    await deriving.read("won", {0: 5})
    await deriving.settle()
    assert len(await deriving.told("KPIValueUndefined")) == 2
    await deriving.read("leads", {0: 2})
    await deriving.settle()
    (row,) = await deriving.readings("rate")
    assert (row["value"], row["revision"]) == ("2.5", 3)
    assert len(await deriving.told("KPIValueUndefined")) == 2


async def test_after_the_current_value_was_withdrawn_the_next_one_is_published(deriving):
    publication = Publication(deriving.store, timedelta(seconds=1))
    later = clock.now() + timedelta(hours=1)
    await deriving.define("won", "leads", "rate")
    await deriving.formula("rate", "won / leads", "won", "leads")
    await deriving.read("won", {0: 3})
    for leads in (4, 0, 2, 0, 1):
        await deriving.read("leads", {0: leads})
        await deriving.settle()
        await publication.publish_due(later)
        later += timedelta(hours=1)
    shown = (await deriving.client.get("/v1/kpis/rate")).json()
    assert (shown["value"], shown["observed_at"][:10]) == ("3", "2014-07-01")
    rate = UUID(shown["id"])
    told = [one.value for _, one in await deriving.told("KPIValueChanged") if one.kpi_id == rate]
    assert told == [Decimal("0.75"), Decimal("1.5"), Decimal(3)]


async def test_derived_kpis_are_made_of_derived_kpis(deriving):
    await deriving.define("won", "leads", "rate", "double", "change")
    await deriving.formula("change", "double - previous(double)", "double", period="month")
    await deriving.formula("double", "2 * rate", "rate")
    await deriving.formula("rate", "won / leads", "won", "leads")
    await deriving.read("leads", dict.fromkeys(range(70), 10))
    await deriving.read("won", {day: day for day in range(70)})
    await deriving.settle()
    assert (await deriving.values("double"))[69] == Decimal("13.8")
    # The last of July, of August and of what there is of September.
    assert await deriving.values("change") == {31: Decimal("6.2"), 62: Decimal("1.6")}
    await deriving.read("won", {61: 0})
    await deriving.settle()
    assert await deriving.values("change") == {31: Decimal(-6), 62: Decimal("13.8")}


async def test_a_period_that_runs_has_no_value_until_it_is_over(deriving):
    await deriving.define("won", "double")
    await deriving.formula("double", "2 * won", "won")
    await deriving.read("won", {0: 1, 1: 2})
    await deriving.settle(now=at(1, 23))
    assert await deriving.values("double") == {0: 2}
    await deriving.read("won", {1: 3})
    await deriving.settle(now=at(2, 0))
    assert await deriving.values("double") == {0: 2, 1: 6}


async def test_another_formula_for_the_same_time_makes_all_values_anew(deriving):
    await deriving.define("won", "made")
    await deriving.formula("made", "2 * won", "won")
    await deriving.read("won", dict.fromkeys(range(40), 1))
    await deriving.settle()
    assert len(await deriving.values("made")) == 40
    await deriving.formula("made", "3 * won", "won", since="2014-07-21T00:00:00Z")
    await deriving.settle()
    values = await deriving.values("made")
    assert {day: int(value) for day, value in values.items()} == {
        day: 2 if day < 20 else 3 for day in range(40)
    }
    await deriving.formula("made", "5 * won", "won", period="month")
    await deriving.formula("made", "5 * won", "won", since="2014-07-21T00:00:00Z", period="month")
    await deriving.settle()
    assert await deriving.values("made") == {0: 5, 31: 5}
    withdrawn = [event for _, event in await deriving.told("KPIValueUndefined")]
    assert len(withdrawn) == 38
    assert {one.reason for one in withdrawn} == {"by the formula in force, no period begins here"}


async def test_a_counter_that_is_read_late_changes_the_next_rise_too(deriving):
    await deriving.define("made")
    counter = {"kpi_id": new_id(), "slug": "calls", "unit": "calls", "measure": "counter"}
    calls = DEFINED.model_copy(update=counter)
    await deriving.append(stream_id("kpi_slug", "calls"), NameReserved(holder=calls.kpi_id))
    await deriving.append(stream_id("kpi", calls.kpi_id), calls)
    await deriving.formula("made", "calls * 1", "calls")
    await deriving.read("calls", {0: 10, 5: 100})
    await deriving.settle()
    assert await deriving.values("made") == {0: 0, 5: 90}
    await deriving.read("calls", {2: 40})
    await deriving.settle()
    assert await deriving.values("made") == {0: 0, 2: 30, 5: 60}


async def test_while_it_is_retired_nothing_is_derived(deriving):
    await deriving.define("won", "double")
    await deriving.formula("double", "2 * won", "won")
    kpi_id = (await deriving.client.get("/v1/kpis/double")).json()["id"]

    stream = stream_id("kpi", kpi_id)
    retired = KPIRetired(kpi_id=kpi_id, effective_from=at(2, 0), reason="no use")
    await deriving.append(stream, retired)
    await deriving.read("won", {1: 1, 2: 2, 3: 3})
    await deriving.settle()
    assert await deriving.values("double") == {1: 2}
    revived = KPIRevived(kpi_id=kpi_id, effective_from=at(3, 0), reason="of use")
    await deriving.append(stream, revived)
    await deriving.settle()
    assert await deriving.values("double") == {1: 2, 3: 6}


async def test_several_workers_derive_once(deriving):
    await deriving.define("won", "double", "again")
    await deriving.formula("double", "2 * won", "won", period="hour")
    await deriving.formula("again", "double + 1", "double", period="hour")
    for hour in range(5):
        await deriving.read("won", {hour: hour, hour + 100: hour})
    deriving.client.seq = await deriving.store.head()
    await deriving.client.get("/v1/kpis")
    done = deriving.derivation.derive_due
    late = START + timedelta(days=1000)
    await asyncio.gather(done(late), done(late), done(late))
    await deriving.settle()
    rows = await deriving.readings("again")
    assert len(rows) == 10
    assert {row["revision"] for row in rows} == {1}


async def test_a_failing_kpi_keeps_no_other_from_its_values(deriving):
    await deriving.define("won", "one", "two")
    await deriving.formula("one", "2 * won", "won")
    await deriving.formula("two", "3 * won", "won")
    await deriving.read("won", {0: 1})
    one = (await deriving.client.get("/v1/kpis/one")).json()["id"]
    async with deriving.store.transaction() as tx:
        # Noted by an event that is not there: what it leads to can't be said to be caused by it.
        await tx.raw.execute(
            "INSERT INTO derived_due VALUES ($1, $2, $3, $3, 9000000000000)"
            " ON CONFLICT (tenant, kpi_id, starts_at) DO UPDATE SET noted = excluded.noted",
            deriving.client.tenant,
            one,
            START,
        )
    await deriving.settle()
    assert await deriving.values("two") == {0: 3}
    assert await deriving.values("one") == {}
    async with deriving.store.transaction() as tx:
        await tx.raw.execute("DELETE FROM derived_due WHERE tenant = $1", deriving.client.tenant)
