"""What a batch of readings does to a KPI, whatever the batches' boundaries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise

from helmlog_events.contracts.kpi import IngestedMonth, KPIThresholdBreached, KPIValueCorrected
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.readings.digest import Group, batch_digest, month_digests
from kpi_service.domain.readings.feed import Feed
from kpi_service.domain.readings.reading import row
from kpi_service.domain.threshold.episode import as_told
from kpi_service.domain.threshold.state import NORMAL, state_name

from tests.kpi.domain.builders import KPI_ID, START, STEP, Sent, lots_of, policy, rule
from tests.kpi.domain.memory import Memory

BELOW = policy(rule(value="5", recover="7", for_readings=2))


def reading(place: int, value: int | str, source: str = "feed-1") -> Sent:
    return Sent(source, START + place * STEP, Decimal(value))


def ingested(*batches: Sequence[Sent]) -> Memory:
    memory = Memory((BELOW,))
    for batch in batches:
        memory.ingest(*batch)
    return memory


def breaches(memory: Memory) -> list:
    return [one.event for one in memory.said]


def test_the_same_reading_again_has_no_effect():
    table = ingested([reading(0, 9), reading(0, 9)], [reading(0, "9.0")])
    assert (len(table.history), table.duplicates) == (1, 2)
    assert table.corrections == []


def test_another_value_for_a_known_instant_is_a_correction_and_both_stay():
    table = ingested([reading(0, 9), reading(1, 8)], [reading(0, 6)])
    assert [(revision, value) for _, at, revision, value in table.history if at == START] == [
        (1, 9),
        (2, 6),
    ]
    (corrected,) = table.corrections
    assert (corrected.previous, corrected.value) == (9, 6)
    assert table.course.value == 8


def test_a_correction_of_the_current_value_is_current():
    table = ingested([reading(0, 9)], [reading(0, 6)])
    assert table.course.value == 6
    assert table.course.moved


def test_a_value_corrected_back_is_a_third_revision():
    table = ingested([reading(0, 9), reading(0, 6), reading(0, 9)])
    assert [revision for _, _, revision, _ in table.history] == [1, 2, 3]


def test_a_late_reading_is_judged_in_its_place_and_is_not_current():
    memory = ingested([reading(5, 9)], [reading(1, 1), reading(2, 1)])
    assert len(memory.history) == 3
    assert memory.course.value == 9
    assert not memory.course.moved
    opened, over = breaches(memory)
    assert (opened.opened_at, opened.observed_at) == (START + STEP, START + 2 * STEP)
    assert over.observed_at == START + 5 * STEP
    assert memory.state == NORMAL


def test_of_two_sources_at_one_instant_the_last_by_name_is_current():
    memory = ingested([reading(0, 9, "feed-2"), reading(0, 6)])
    assert len(memory.history) == 2
    assert memory.corrections == []
    assert (memory.course.value, memory.course.source) == (9, "feed-2")
    assert not ingested([reading(0, 9, "feed-2")], [reading(0, 6)]).course.moved
    assert ingested([reading(0, 9)], [reading(0, 6, "feed-2")]).course.value == 6


def test_another_source_at_the_newest_instant_is_judged_too():
    memory = ingested([reading(0, 4)], [reading(0, 4, "feed-2")])
    (breached,) = breaches(memory)
    assert (breached.opened_at, breached.observed_at, breached.readings) == (START, START, 2)


def test_a_current_value_that_is_withdrawn_leaves_none():
    formula = reading(1, 4, "formula")
    memory = ingested([reading(0, 4), formula], [formula._replace(value=None)])
    assert memory.course.value is None
    assert memory.course.observed_at == START + STEP
    opened, gone = breaches(memory)
    assert (gone.breach_id, gone.after) == (opened.breach_id, None)


def test_a_withdrawn_value_has_never_been_between_two_others():
    memory = ingested(
        [reading(0, 4), reading(1, 9, "formula"), reading(2, 4)],
        [reading(1, 9, "formula")._replace(value=None)],
    )
    (breached,) = breaches(memory)
    assert (breached.opened_at, breached.observed_at) == (START, START + 2 * STEP)


def test_another_sources_correction_of_the_same_instant_is_told():
    table = ingested([reading(0, 9), reading(0, 6, "feed-2"), reading(0, 5, "feed-2")])
    assert len(table.corrections) == 1
    assert table.course.value == 5


def test_a_breach_goes_on_over_the_end_of_a_batch():
    memory = ingested([reading(0, 4)], [reading(1, 4)], [reading(2, 4)])
    (breached,) = breaches(memory)
    assert isinstance(breached, KPIThresholdBreached)
    assert breached.opened_at == START
    assert state_name(memory.state) == "critical"


def test_a_reading_is_judged_by_the_policy_that_holds_when_it_is_observed():
    switched = START + 2 * STEP
    later = replace(policy(rule(value="100", recover="100"), number=2), effective_from=switched)
    memory = Memory((policy(rule(value="1", recover="1")), later))
    memory.ingest(reading(0, 50), reading(1, 50), reading(2, 50))
    (breached,) = breaches(memory)
    assert breached.observed_at == switched


readings = st.lists(
    st.builds(
        reading, st.integers(0, 25), st.integers(0, 9), st.sampled_from(["feed-1", "feed-2"])
    ),
    max_size=60,
)


@given(readings, st.data())
def test_the_batches_boundaries_do_not_show(arrived, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arrived)), max_size=6)))
    edges = [0, *cuts, len(arrived)]
    whole = ingested(arrived)
    cut = ingested(*[arrived[start:end] for start, end in pairwise(edges)])
    assert sorted(cut.history) == sorted(whole.history)
    assert cut.rows == whole.rows
    assert [*map(as_told, in_order(cut))] == [*map(as_told, in_order(whole))]
    # Between two sources there is no order of corrections.
    assert sorted(cut.corrections, key=_source) == sorted(whole.corrections, key=_source)
    assert cut.duplicates == whole.duplicates
    assert (cut.course.value, cut.course.observed_at) == (
        whole.course.value,
        whole.course.observed_at,
    )
    assert cut.state == whole.state


def _source(corrected: KPIValueCorrected) -> str:
    return corrected.source


def in_order(memory: Memory) -> list:
    return sorted(memory.episodes.values(), key=lambda one: one.triggered)


@given(readings)
def test_every_reading_is_stored_once_or_known(arrived):
    table = ingested(arrived)
    assert len(table.history) + table.duplicates == len(arrived)


@given(readings)
def test_the_current_value_is_that_of_the_newest_instant(arrived):
    table = ingested(arrived)
    if not arrived:
        assert table.course.value is None
        return
    newest, source = max((one.observed_at, one.source) for one in arrived)
    assert (table.course.observed_at, table.course.source) == (newest, source)
    assert table.course.value == table.rows[table.course.source, newest].value


def test_the_digest_is_that_of_the_rows_in_their_written_form():
    rows = [
        row(START, 1, Decimal(10844)),
        row(START, 2, Decimal("10844.50")),
        row(START + timedelta(microseconds=5), 1, Decimal("0.0000001")),
    ]
    head = f'["{KPI_ID}","feed \\"1\\"",'
    written = (
        f'{head}"2014-07-01T00:00:00Z","10844",1]\n'
        f'{head}"2014-07-01T00:00:00Z","10844.50",2]\n'
        f'{head}"2014-07-01T00:00:00.000005Z","0.0000001",1]\n'
    )
    (july,) = month_digests([Group(KPI_ID, 'feed "1"', rows)])
    assert july == IngestedMonth(
        month="2014-07", count=3, digest=sha256(written.encode()).hexdigest()
    )


def test_each_month_has_a_digest_and_the_batchs_is_over_them():
    august = START + timedelta(days=31)
    rows = [
        row(START, 1, Decimal(1)),
        row(august, 1, Decimal(2)),
        row(august, 2, None),
    ]
    months = month_digests([Group(KPI_ID, "feed", rows)])
    assert [(one.month, one.count) for one in months] == [("2014-07", 1), ("2014-08", 2)]
    withdrawn = (
        f'["{KPI_ID}","feed","2014-08-01T00:00:00Z","2",1]\n'
        f'["{KPI_ID}","feed","2014-08-01T00:00:00Z",null,2]\n'
    )
    assert months[1].digest == sha256(withdrawn.encode()).hexdigest()
    lines = "".join(f"{one.month} {one.count} {one.digest}\n" for one in months)
    assert batch_digest(months) == sha256(lines.encode()).hexdigest()


moments = st.integers(0, 4_000_000).map(lambda after: START + timedelta(microseconds=after))


@given(st.lists(moments, min_size=1, max_size=20))
def test_rows_are_kept_in_the_order_of_their_instants_however_they_came(arrived):
    feed = Feed("feed-1")
    (lot,) = lots_of("demand", [Sent("feed-1", at, Decimal(1)) for at in arrived])
    if not feed.extend(lot.readings):
        for one in lot.readings:
            feed.take(one)
    assert [datetime.fromisoformat(one.observed_at) for one in feed.rows] == sorted({*arrived})


@given(st.lists(moments, min_size=1, max_size=20, unique=True).map(sorted))
def test_what_follows_in_order_is_taken_in_at_once_as_it_is_one_by_one(arrived):
    at_once, one_by_one = Feed("feed-1"), Feed("feed-1")
    (lot,) = lots_of("demand", [Sent("feed-1", at, Decimal("-0.0")) for at in arrived])
    assert at_once.extend(lot.readings)
    for one in lot.readings:
        one_by_one.take(one)
    assert at_once.rows == one_by_one.rows
    assert at_once.newest == one_by_one.newest
    assert not at_once.extend(lot.readings)
