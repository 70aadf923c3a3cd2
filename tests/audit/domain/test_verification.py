from datetime import timedelta

import pytest
from audit_service.domain.chain import ChainPosition
from audit_service.domain.verification import MAX_NAMED, LogVerification, by_seq
from helmlog_events.envelope import RecordedEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.domain.entries import log_of, rechained

SECOND = timedelta(seconds=1)


def verified(
    log: list[RecordedEvent], journal: list[RecordedEvent], *, page: int = 4
) -> set[tuple[int, str, str]]:
    last = journal[-1] if journal else None
    position = ChainPosition("okr") if last is None else ChainPosition("okr", last.seq, last.hash)
    verification = LogVerification(position)
    for start in range(0, len(log), page):
        entries = log[start : start + page]
        copies = [c for c in journal if verification.last_seq < c.seq <= entries[-1].seq]
        verification.page(entries, by_seq(copies))
    verification.tail([copy for copy in journal if copy.seq > verification.last_seq])
    return {(found.seq, found.place, found.finding) for found in verification.findings}


async def test_a_log_that_holds_has_no_findings():
    entries = await log_of(10)
    assert verified(entries, entries) == set()


async def test_entries_on_their_way_to_the_journal_are_no_findings():
    entries = await log_of(10)
    assert verified(entries, entries[:7]) == set()


@pytest.mark.parametrize(
    "change",
    [
        lambda e: {"data": e.data.replace("note", "mote")},
        lambda e: {"metadata": e.metadata.replace("anna", "anne")},
        lambda e: {"occurred_at": e.occurred_at + timedelta(microseconds=1)},
        lambda e: {"recorded_at": e.recorded_at - SECOND},
        lambda e: {"tenant": "other"},
        lambda e: {"stream": "note-x"},
        lambda e: {"type": "Forged"},
        lambda e: {"version": 7},
    ],
)
async def test_any_field_that_was_altered_names_the_entry_and_no_other(change):
    journal = await log_of(10)
    log = [*journal]
    log[4] = log[4]._replace(**change(log[4]))
    assert {seq for seq, _, _ in verified(log, journal)} <= {5, 8}
    assert (5, "log", "altered") in verified(log, journal)


async def test_an_altered_hash_names_the_entry_and_not_the_next():
    journal = await log_of(10)
    log = [*journal]
    log[4] = log[4]._replace(hash=bytes(32))
    assert verified(log, journal) == {(5, "log", "unchained")}


async def test_a_removed_entry_is_missing_and_nobody_else_is_blamed():
    journal = await log_of(10)
    assert verified([*journal[:4], *journal[5:]], journal) == {(5, "log", "missing")}


async def test_a_removed_end_is_truncated():
    journal = await log_of(10)
    expected = {(9, "log", "truncated"), (10, "log", "truncated")}
    assert verified(journal[:8], journal) == expected


async def test_an_emptied_log_is_truncated():
    journal = await log_of(3)
    assert verified([], journal) == {(seq, "log", "truncated") for seq in (1, 2, 3)}


async def test_two_entries_that_changed_places_are_both_named():
    journal = await log_of(10)
    log = [*journal]
    log[4], log[5] = log[5]._replace(seq=5), log[4]._replace(seq=6)
    assert {seq for seq, _, finding in verified(log, journal) if finding == "altered"} == {5, 6}


async def test_a_chain_computed_again_shows_only_against_the_journal():
    journal = await log_of(10)
    forged = [*journal]
    forged[4] = forged[4]._replace(data='{"text":"never said"}')
    forged = rechained(forged)
    assert verified(forged, []) == set()
    assert verified(forged, journal) == {
        *((seq, "log", "altered") for seq in range(5, 11)),
        (10, "log", "unchained"),
    }


async def test_an_altered_journal_is_not_blamed_on_the_log():
    log = await log_of(10)
    journal = [*log]
    journal[4] = journal[4]._replace(data='{"text":"never said"}')
    assert verified(log, journal) == {(5, "journal", "altered")}


async def test_an_entry_taken_out_of_a_checked_journal_is_noticed():
    log = await log_of(10)
    assert verified(log, [*log[:4], *log[5:]]) == {(5, "log", "unknown")}


async def test_log_and_journal_forged_together_do_not_give_the_hash_once_checked():
    entries = await log_of(5)
    forged = rechained([entries[0]._replace(data='{"text":"never said"}'), *entries[1:]])
    verification = LogVerification(ChainPosition("okr", 5, entries[-1].hash))
    verification.page(forged, by_seq(forged))
    assert [(f.seq, f.finding) for f in verification.findings] == [(5, "unchained")]


async def test_a_place_taken_twice_is_named():
    entries = await log_of(4)
    assert verified([*entries[:3], entries[2], entries[3]], entries) == {(3, "log", "unknown")}


async def test_a_gap_as_wide_as_the_sea_is_named_within_bounds():
    entries = await log_of(2)
    far = entries[1]._replace(seq=10**12)
    assert len(verified([entries[0], far], [])) < MAX_NAMED + 10


@settings(max_examples=60)
@given(st.data())
async def test_whatever_one_entry_is_replaced_by_something_is_found(data):
    journal = await log_of(8)
    place = data.draw(st.integers(0, 7))
    other = data.draw(st.integers(0, 7).filter(lambda number: number != place))
    name = data.draw(st.sampled_from(RecordedEvent._fields))
    log = [*journal]
    if getattr(journal[other], name) == getattr(journal[place], name):
        return
    log[place] = log[place]._replace(**{name: getattr(journal[other], name)})
    assert verified(sorted(log, key=lambda entry: entry.seq), journal)
