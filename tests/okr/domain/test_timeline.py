from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.timeline import FOR_EVER, Timeline

from tests.okr.domain.examples import START

days = st.integers(0, 30)


def day(number: int):
    return START + timedelta(days=number)


def told(*entries: tuple[int, str]) -> Timeline[str]:
    timeline: Timeline[str] = Timeline()
    for since, value in entries:
        timeline = timeline.with_told(day(since), value)
    return timeline


def test_nothing_holds_before_the_first_thing_told():
    assert told((3, "a")).at(day(2)) is None
    assert told((3, "a")).at(day(3)) == "a"


def test_what_is_told_again_of_a_moment_replaces_what_was():
    assert told((3, "a"), (3, "b")) == told((3, "b"))


def test_spans_say_from_when_to_when():
    timeline = told((5, "b"), (3, "a"))
    assert list(timeline.spans(day(1), day(7))) == [
        (day(3), day(5), "a"),
        (day(5), day(7), "b"),
    ]
    assert timeline.next_after(day(3)) == day(5)
    assert timeline.next_after(day(5)) == FOR_EVER


@given(
    st.dictionaries(days, st.text(max_size=2)).flatmap(
        lambda known: st.tuples(st.just(known), st.permutations(sorted(known.items())))
    ),
    days,
)
def test_the_order_of_telling_does_not_matter(known_and_told, number: int):
    known, entries = known_and_told
    before = [since for since in known if since <= number]
    expected = known[max(before)] if before else None
    assert told(*entries).at(day(number)) == expected
