"""What every `EventStore` must do, as a suite: a subclass brings its `store` fixture."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from helmlog_events.canonical import GENESIS, chain_hash, content_digest, leaf_hash
from helmlog_events.envelope import ANY_VERSION, RecordedEvent
from helmlog_events.store.protocol import (
    AlreadyDone,
    EventStore,
    EventTooLarge,
    Snapshot,
    VersionConflict,
)
from helmlog_events.testing.events import THEN, Noted, append, write

# ruff: noqa: S101, PLR2004 - tests


def assert_chained(log: list[RecordedEvent]) -> None:
    """Every hash follows from the entry before, every leaf from its envelope, seq is dense."""
    previous = GENESIS
    for seq, entry in enumerate(log, start=1):
        content = content_digest(
            tenant=entry.tenant,
            stream=entry.stream,
            event_id=entry.event_id,
            event_type=entry.type,
            schema_version=entry.schema_version,
            occurred_at=entry.occurred_at,
            data=entry.data.encode(),
            metadata=entry.metadata.encode(),
        )
        assert entry.seq == seq
        assert entry.leaf == leaf_hash(
            content=content, recorded_at=entry.recorded_at, seq=seq, version=entry.version
        )
        assert entry.hash == chain_hash(previous, entry.leaf)
        previous = entry.hash


class StoreContract:
    async def test_what_is_appended_is_read_back(self, store: EventStore) -> None:
        appended = await store.append(append(write("note-1", "a", "b")))
        events = await store.read_stream("acme", "note-1")
        assert [event.event for event in events] == [Noted(text="a"), Noted(text="b")]
        assert [(event.seq, event.version) for event in events] == [
            (appended.first_seq, 1),
            (appended.last_seq, 2),
        ]
        assert {event.occurred_at for event in events} == {THEN}
        assert {event.recorded_at for event in events} == {appended.recorded_at}
        assert {event.actor for event in events} == {"anna"}

    async def test_an_unknown_stream_is_empty(self, store: EventStore) -> None:
        assert list(await store.read_stream("acme", "note-none")) == []

    async def test_a_stream_is_read_from_a_version_and_up_to_a_place(
        self, store: EventStore
    ) -> None:
        appended = await store.append(append(write("note-1", "a", "b", "c")))
        later = await store.read_stream("acme", "note-1", after_version=1)
        assert [event.version for event in later] == [2, 3]
        earlier = await store.read_stream("acme", "note-1", up_to_seq=appended.first_seq)
        assert [event.version for event in earlier] == [1]

    async def test_many_streams_are_read_at_once_each_from_its_own_version(
        self, store: EventStore
    ) -> None:
        appended = await store.append(append(write("note-1", "a", "b"), write("note-2", "x")))
        await store.append(append(write("note-2", "y", expected=1)))
        await store.append(append(write("note-1", "theirs"), tenant="other"))
        wanted = {"note-1": 1, "note-2": 0, "note-none": 0}
        found = await store.read_streams("acme", wanted)
        assert {
            stream: [event.version for event in events] for stream, events in found.items()
        } == {
            "note-1": [2],
            "note-2": [1, 2],
        }
        cut = await store.read_streams("acme", wanted, up_to_seq=appended.last_seq)
        assert [event.version for event in cut["note-2"]] == [1]

    async def test_tenants_have_streams_of_their_own(self, store: EventStore) -> None:
        await store.append(append(write("note-1", "ours"), tenant="acme"))
        await store.append(append(write("note-1", "theirs"), tenant="other"))
        (event,) = await store.read_stream("acme", "note-1")
        assert event.event == Noted(text="ours")

    async def test_a_stale_expectation_is_a_conflict_and_writes_nothing(
        self, store: EventStore
    ) -> None:
        await store.append(append(write("note-1", "a")))
        head = await store.head()
        with pytest.raises(VersionConflict) as refused:
            await store.append(append(write("note-1", "b")))
        assert (refused.value.stream, refused.value.expected, refused.value.actual) == (
            "note-1",
            0,
            1,
        )
        assert await store.head() == head

    async def test_a_conflict_in_one_stream_refuses_all_streams_of_the_append(
        self, store: EventStore
    ) -> None:
        await store.append(append(write("note-1", "a")))
        with pytest.raises(VersionConflict):
            await store.append(append(write("note-2", "x"), write("note-1", "b")))
        assert list(await store.read_stream("acme", "note-2")) == []

    async def test_several_streams_stand_together(self, store: EventStore) -> None:
        appended = await store.append(append(write("note-1", "a"), write("note-2", "x", "y")))
        assert appended.last_seq - appended.first_seq == 2
        assert len(await store.read_stream("acme", "note-2")) == 2

    async def test_any_version_goes_to_the_end(self, store: EventStore) -> None:
        for text in "abc":
            await store.append(append(write("note-1", text, expected=ANY_VERSION)))
        events = await store.read_stream("acme", "note-1")
        assert [event.version for event in events] == [1, 2, 3]

    async def test_a_conflict_among_concurrent_appends_fails_alone(self, store: EventStore) -> None:
        results = await asyncio.gather(
            *(store.append(append(write(f"note-{number % 5}", "a"))) for number in range(20)),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, VersionConflict)]
        assert len(refused) == 15
        assert await store.head() == 5

    async def test_concurrent_appends_get_dense_places_and_one_chain(
        self, store: EventStore
    ) -> None:
        await asyncio.gather(
            *(store.append(append(write(f"note-{number}", "a", "b"))) for number in range(50))
        )
        log = [event async for event in store.scan(page=7)]
        assert len(log) == 100
        assert_chained(log)

    async def test_recorded_at_never_runs_backwards(self, store: EventStore) -> None:
        for number in range(10):
            await store.append(append(write(f"note-{number}", "a")))
        times = [event.recorded_at for event in await store.read_log(0, 100)]
        assert times == sorted(times)

    async def test_the_log_is_read_in_pages(self, store: EventStore) -> None:
        await store.append(append(write("note-1", *"abcde")))
        assert [event.seq for event in await store.read_log(2, 2)] == [3, 4]
        assert [event.seq for event in await store.read_log(4, 100)] == [5]

    async def test_a_moment_is_found_as_a_place(self, store: EventStore) -> None:
        first = await store.append(append(write("note-1", "a")))
        second = await store.append(append(write("note-2", "a")))
        assert await store.seq_at(first.recorded_at - timedelta(days=1)) == 0
        assert await store.seq_at(second.recorded_at) == 2
        assert await store.seq_at(second.recorded_at + timedelta(days=1)) == 2

    async def test_an_idempotency_key_is_used_once(self, store: EventStore) -> None:
        appended = await store.append(append(write("note-1", "a"), key="k"))
        with pytest.raises(AlreadyDone) as replayed:
            await store.append(append(write("note-2", "b"), key="k"))
        assert replayed.value.stored.fingerprint == b"k"
        assert replayed.value.stored.response.body == '{"ok":true}'
        assert replayed.value.stored.response.headers == {"etag": '"1"'}
        assert replayed.value.stored.last_seq == appended.last_seq
        assert list(await store.read_stream("acme", "note-2")) == []

    async def test_a_refused_append_leaves_its_key_unused(self, store: EventStore) -> None:
        await store.append(append(write("note-1", "a")))
        with pytest.raises(VersionConflict):
            await store.append(append(write("note-1", "b"), key="k"))
        assert await store.find_request("acme", "k") is None
        await store.append(append(write("note-1", "b", expected=1), key="k"))
        assert await store.find_request("acme", "k") is not None

    async def test_a_command_that_changes_nothing_uses_its_key(self, store: EventStore) -> None:
        await store.append(append(write("note-1", "a")))
        appended = await store.append(append(key="k"))
        assert (appended.first_seq, appended.last_seq) == (1, 1)
        assert await store.head() == 1
        with pytest.raises(AlreadyDone):
            await store.append(append(write("note-2", "b"), key="k"))

    async def test_an_idempotency_key_belongs_to_its_tenant(self, store: EventStore) -> None:
        await store.append(append(write("note-1", "a"), key="k", tenant="acme"))
        await store.append(append(write("note-1", "a"), key="k", tenant="other"))
        assert await store.head() == 2

    async def test_fifty_parallel_appends_with_one_key_have_one_effect(
        self, store: EventStore
    ) -> None:
        results = await asyncio.gather(
            *(store.append(append(write(f"note-{n}", "a"), key="k")) for n in range(50)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, AlreadyDone) for result in results) == 49
        assert await store.head() == 1

    async def test_a_cancelled_caller_disturbs_nobody(self, store: EventStore) -> None:
        tasks = [
            asyncio.create_task(store.append(append(write(f"note-{number}", "a"))))
            for number in range(40)
        ]
        await asyncio.sleep(0)
        for task in tasks[::4]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        done = [result for result in results if not isinstance(result, BaseException)]
        assert len(done) >= 30
        assert len({result.first_seq for result in done}) == len(done)
        assert_chained([event async for event in store.scan()])

    async def test_a_guard_refuses_an_append_that_rests_on_something_older(
        self, store: EventStore
    ) -> None:
        await store.append(append(write("cycle-1", "opened")))
        resting = append(write("note-1", "a"), write("cycle-1", expected=1))
        await store.append(resting)
        await store.append(append(write("cycle-1", "closed", expected=1)))
        with pytest.raises(VersionConflict):
            await store.append(append(write("note-2", "b"), write("cycle-1", expected=1)))
        assert [event.version for event in await store.read_stream("acme", "cycle-1")] == [1, 2]
        assert list(await store.read_stream("acme", "note-2")) == []

    async def test_nothing_is_written_beside_a_change_of_what_it_rests_on(
        self, store: EventStore
    ) -> None:
        await store.append(append(write("cycle-1", "opened")))
        results = await asyncio.gather(
            *(
                store.append(append(write(f"note-{n}", "a"), write("cycle-1", expected=1)))
                for n in range(20)
            ),
            store.append(append(write("cycle-1", "closed", expected=1))),
            *(
                store.append(append(write(f"late-{n}", "a"), write("cycle-1", expected=1)))
                for n in range(20)
            ),
            return_exceptions=True,
        )
        closed = [e.seq for e in await store.read_stream("acme", "cycle-1")][-1]
        written = [event async for event in store.scan() if event.stream != "cycle-1"]
        assert all(event.seq < closed for event in written)
        assert len(written) == 40 - sum(isinstance(r, VersionConflict) for r in results)

    async def test_an_event_no_broker_would_take_is_refused(self, store: EventStore) -> None:
        with pytest.raises(EventTooLarge):
            await store.append(append(write("note-1", "x" * 600_000)))
        assert await store.head() == 0

    async def test_an_append_without_events_is_refused(self, store: EventStore) -> None:
        with pytest.raises(ValueError, match="an append has events"):
            await store.append(append(write("note-1", expected=0)))

    async def test_a_stream_stands_once_in_an_append(self, store: EventStore) -> None:
        with pytest.raises(ValueError, match="written once"):
            await store.append(append(write("note-1", "a"), write("note-1", "b", expected=1)))

    async def test_text_keeps_every_character(self, store: EventStore) -> None:
        text = 'Größe \U0001f6f3 "quoted" \\ \t\u2028 \x7f é'
        await store.append(append(write("note-ä", text)))
        (event,) = await store.read_stream("acme", "note-ä")
        assert event.event == Noted(text=text)
        assert_chained([event])

    async def test_the_newest_snapshot_of_its_schema_is_kept(self, store: EventStore) -> None:
        await store.save_snapshot("acme", Snapshot("note-1", 7, "v1", b"seven"))
        await store.save_snapshot("acme", Snapshot("note-1", 5, "v1", b"five"))
        assert await store.load_snapshot("acme", "note-1", "v1") == Snapshot(
            "note-1", 7, "v1", b"seven"
        )
        assert await store.load_snapshot("acme", "note-1", "v2") is None
        assert await store.load_snapshot("other", "note-1", "v1") is None
