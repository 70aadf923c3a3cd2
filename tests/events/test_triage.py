from datetime import UTC, datetime
from uuid import UUID

from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.parking import Kind, Parked
from helmlog_events.pipeline.triage import triage
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2020, 1, 1, tzinfo=UTC)
STREAM = ("okr", "acme", "note-1")


def event(version: int, stream: str = "note-1") -> SourcedEvent:
    record = RecordedEvent(
        seq=version,
        tenant="acme",
        stream=stream,
        version=version,
        event_id=UUID(int=version),
        type="Noted",
        schema_version=1,
        data="{}",
        metadata="{}",
        occurred_at=NOW,
        recorded_at=NOW,
        leaf=b"",
        hash=b"",
    )
    return SourcedEvent("okr", record)


def parked(version: int, kind: Kind) -> Parked:
    return Parked(event(version), kind, "because")


def versions(events: list[SourcedEvent]) -> list[int]:
    return [item.record.version for item in events]


def test_the_next_version_is_applied():
    assert versions(triage([event(3), event(4)], {STREAM: 2}, {}).apply) == [3, 4]


def test_what_was_applied_is_a_duplicate():
    result = triage([event(1), event(2), event(3)], {STREAM: 2}, {})
    assert versions(result.apply) == [3]
    assert not result.park


def test_a_duplicate_within_the_batch_is_one():
    assert versions(triage([event(1), event(1)], {}, {}).apply) == [1]


def test_a_gap_parks_what_comes_after_it_and_says_what_is_missing():
    result = triage([event(3)], {STREAM: 1}, {})
    assert not result.apply
    assert [(item.kind, item.reason) for item in result.park] == [
        ("gap", "version 2 is expected, 3 came")
    ]


def test_the_missing_event_releases_what_waited_behind_the_gap():
    waiting = {STREAM: [parked(3, "gap"), parked(4, "gap"), parked(6, "gap")]}
    result = triage([event(2)], {STREAM: 1}, waiting)
    assert versions(result.apply) == [2, 3, 4]
    assert versions(result.release) == [3, 4]


def test_a_gap_filled_within_the_batch_parks_nothing():
    result = triage([event(2), event(1)], {}, {})
    assert versions(result.apply) == [1, 2]
    assert not result.park
    assert not result.release


def test_a_failed_event_holds_back_its_stream_and_no_other():
    waiting = {STREAM: [parked(2, "failed")]}
    result = triage([event(3), event(1, "note-2")], {STREAM: 1}, waiting)
    assert [item.record.stream for item in result.apply] == ["note-2"]
    assert [item.kind for item in result.park] == ["behind"]


def test_an_event_parked_before_is_not_parked_again():
    waiting = {STREAM: [parked(2, "failed"), parked(3, "behind")]}
    result = triage([event(2), event(3)], {STREAM: 1}, waiting)
    assert not result.apply
    assert not result.park


@given(st.lists(st.integers(1, 12), max_size=40), st.data())
def test_whatever_the_order_and_the_batches_each_version_is_applied_once_and_in_order(
    arrivals: list[int], data: st.DataObject
):
    applied: list[int] = []
    waiting: dict[int, Parked] = {}
    while arrivals:
        cut = data.draw(st.integers(1, len(arrivals)))
        batch, arrivals = arrivals[:cut], arrivals[cut:]
        held = {STREAM: [waiting[version] for version in sorted(waiting)]} if waiting else {}
        result = triage([event(version) for version in batch], {STREAM: len(applied)}, held)
        applied += versions(result.apply)
        for item in result.release:
            del waiting[item.record.version]
        waiting |= {item.event.record.version: item for item in result.park}
        assert applied == list(range(1, len(applied) + 1))
        assert len(applied) + 1 not in waiting
