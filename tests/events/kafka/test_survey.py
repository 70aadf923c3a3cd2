"""What is left of a partition, and what has to be published again."""

import pytest
from aiokafka import ConsumerRecord
from helmlog_events.kafka.published import Acknowledged, Published
from helmlog_events.kafka.survey import _left

LAST = Acknowledged(offset=9, seq=50)


def record(offset: int, seq: int | None) -> ConsumerRecord:
    headers = () if seq is None else (("ce_seq", b"%d" % seq),)
    return ConsumerRecord("t", 0, offset, 0, 0, None, None, None, 0, 0, headers)


@pytest.mark.parametrize(
    ("begin", "end", "found", "left"),
    [
        pytest.param(0, 10, record(9, 50), LAST, id="intact"),
        pytest.param(0, 12, record(9, 50), LAST, id="intact, with duplicates behind"),
        pytest.param(10, 10, None, LAST, id="removed by retention"),
        pytest.param(0, 7, record(6, 31), Acknowledged(6, 31), id="cut short"),
        pytest.param(0, 0, None, None, id="emptied"),
        pytest.param(5, 5, None, None, id="cut short, and the rest removed by retention"),
        pytest.param(0, 10, record(9, 44), None, id="another record at the place"),
        pytest.param(0, 3, record(2, 51), None, id="written to after the loss"),
        pytest.param(0, 3, record(2, None), None, id="records of somebody else"),
    ],
)
def test_a_partition_is_whole_up_to(begin, end, found, left):
    assert _left(LAST, begin, end, found) == left


def test_publishing_goes_on_behind_what_is_left():
    published = Published(seq=60, partitions={0: LAST, 1: Acknowledged(4, 60)})
    published.note({0: Acknowledged(6, 31)})
    assert published.resume_after == 31
    assert published.has(0, 31)
    assert not published.has(0, 32)
    assert published.has(1, 60)


def test_a_repair_that_was_broken_off_goes_on_behind_what_it_got_through():
    published = Published(seq=60, partitions={0: LAST})
    published.note({0: None})
    assert published.resume_after == 0
    published.note({})
    assert published.resume_after == 0
    published.partitions[0] = Acknowledged(3, 20)
    published.note({})
    assert published.resume_after == 20
    published.complete(59)
    assert published.lost
    published.complete(60)
    assert published.resume_after == 60


def test_what_was_acknowledged_of_a_failed_page_need_not_go_out_again():
    published = Published(seq=40, partitions={0: LAST})
    assert published.has(0, 50)
    assert not published.has(0, 51)
    assert not published.has(1, 41)
