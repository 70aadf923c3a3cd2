import itertools
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from statistics import mean

import pytest
from helmlog_local.company.generated import generated_series
from helmlog_local.company.generated_plan import generated_plan
from helmlog_local.company.instruments import BEGINS, ENDS, INSTRUMENTS
from helmlog_local.company.load import load_company
from helmlog_local.company.series import tally


@pytest.fixture(scope="module")
def series():
    return {one.slug: one for one in generated_series()}


def test_the_same_seed_gives_the_same_company(series):
    assert {one.slug: one for one in generated_series()} == series


def test_another_seed_gives_other_readings(series):
    other = {one.slug: one for one in generated_series(seed=7)}
    assert other.keys() == series.keys()
    assert all(other[slug].readings != series[slug].readings for slug in series)


def test_there_are_at_least_60000_readings_of_8_to_12_kpis(series):
    assert 8 <= len(series) <= 12
    assert sum(len(one.readings) for one in series.values()) >= 60_000


def test_readings_lie_in_the_three_quarters_and_are_numbers_that_are_not_negative(series):
    for one in series.values():
        assert all(BEGINS <= reading.observed_at < ENDS for reading in one.readings)
        assert all(Decimal(reading.value) >= 0 for reading in one.readings)


def test_the_cadence_in_words_is_that_of_the_readings(series):
    in_words = {
        "PT15M": timedelta(minutes=15),
        "PT30M": timedelta(minutes=30),
        "PT1H": timedelta(hours=1),
        "PT6H": timedelta(hours=6),
        "P1D": timedelta(days=1),
    }
    for one in series.values():
        instants = sorted({reading.observed_at for reading in one.readings})
        steps = Counter(b - a for a, b in itertools.pairwise(instants))
        assert steps.most_common(1)[0][0] == in_words[one.cadence]


def test_feeds_repeat_correct_mix_up_and_delay_readings(series):
    counts = [tally(one.readings) for one in series.values()]
    late = [delay for one in series.values() for delay in _delays(one)]
    assert sum(count.duplicates for count in counts) > 100
    assert sum(count.corrected for count in counts) > 30
    assert sum(delay == 1 for delay in late) > 50
    assert sum(delay >= 5 for delay in late) > 20


def _delays(one):
    """How many newer instants had arrived before each reading of an instant not heard of yet."""
    known = set()
    newest = []
    for reading in one.readings:
        if reading.observed_at in known:
            continue
        known.add(reading.observed_at)
        newest.append(reading.observed_at)
        yield sum(other > reading.observed_at for other in newest[-70:-1])


def test_nothing_is_read_during_an_outage(series):
    outages = [(one, outage) for one in INSTRUMENTS for outage in one.outages]
    assert outages
    for instrument, outage in outages:
        readings = series[instrument.slug].readings
        assert not any(outage.begins <= r.observed_at < outage.ends for r in readings)


def test_incidents_are_marked_and_show_in_the_readings(series):
    latency = series["checkout-latency"]
    for window in latency.windows[:3]:
        middle = window.begins + (window.ends - window.begins) / 2
        during = _mean_around(latency, middle)
        before = _mean_around(latency, middle - timedelta(days=7))
        assert during > 1.8 * before


def test_days_weeks_and_trend_show_in_the_readings(series):
    orders = series["orders-per-hour"].readings
    evening = mean(float(r.value) for r in orders if r.observed_at.hour == 19)
    morning = mean(float(r.value) for r in orders if r.observed_at.hour == 7)
    assert evening > 2 * morning
    saturdays = mean(float(r.value) for r in orders if r.observed_at.isoweekday() == 6)
    tuesdays = mean(float(r.value) for r in orders if r.observed_at.isoweekday() == 2)
    assert saturdays > 1.08 * tuesdays
    growth = series["sales-growth"].readings
    assert mean(float(r.value) for r in growth[-20:]) > 1.4 * mean(
        float(r.value) for r in growth[:20]
    )


def test_the_company_ends_its_last_quarter_in_an_incident(series):
    latency = series["checkout-latency"]
    assert latency.windows[-1].ends == latency.last_observed_at


def _mean_around(one, moment):
    near = timedelta(minutes=45)
    return mean(float(r.value) for r in one.readings if abs(r.observed_at - moment) <= near)


def test_the_three_quarters_follow_each_other_without_a_gap():
    cycles = generated_plan().cycles
    assert len(cycles) == 3
    for before, after in itertools.pairwise(cycles):
        assert after.starts_on == before.ends_on + timedelta(days=1)


def test_every_kind_of_objective_and_most_metrics_are_used():
    objectives = [one for cycle in generated_plan().cycles for one in cycle.objectives]
    assert {one.kind for one in objectives} == {"committed", "aspirational", "learning"}
    assert {one.level for one in objectives} == {"company", "department", "team"}
    metrics = {part.measure.metric for one in objectives for part in one.key_results}
    assert metrics >= {"increase", "decrease", "stay_above", "stay_within", "milestone"}


def test_nothing_but_its_environment_decides_which_company_it_is():
    company = load_company({})
    assert company.readings > 60_000
    assert "made-up" in company.source


def test_stops_are_weekly_in_the_quarter_shown_and_within_the_series():
    company = load_company({})
    for one in company.series:
        stops = company.stops(one)
        shown = [stop for stop in stops if company.shown.starts_at <= stop < company.shown.ends_at]
        assert len(shown) == 13
        assert stops == sorted(set(stops))
        assert one.first_observed_at <= stops[0]
        assert stops[-1] <= one.last_observed_at
