from datetime import UTC, datetime, timedelta

from helmlog_local.company.series import MarkedWindow
from helmlog_local.demo.comparison import Breach, compare

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


def day(number):
    return BEGINNING + timedelta(days=number)


def window(begins, ends):
    return MarkedWindow(day(begins), day(ends), "")


def breach(opened, recovered=None):
    return Breach("warning", day(opened), None if recovered is None else day(recovered))


def verdicts(windows, breaches, judged_from=0):
    return [one.verdict for one in compare(windows, breaches, day(judged_from))]


def test_a_breach_within_a_window_hits_it():
    assert verdicts([window(10, 20)], [breach(12, 13)]) == ["hit"]


def test_a_breach_that_is_still_open_when_a_window_begins_hits_it():
    assert verdicts([window(10, 20)], [breach(8, 10)]) == ["hit"]
    assert verdicts([window(10, 20)], [breach(8)]) == ["hit"]


def test_a_breach_that_opens_with_the_windows_end_hits_it():
    assert verdicts([window(10, 20)], [breach(20, 25)]) == ["hit"]


def test_a_window_without_a_breach_is_missed():
    assert verdicts([window(10, 20)], []) == ["missed"]


def test_a_breach_without_a_window_is_outside():
    assert verdicts([window(10, 20)], [breach(5, 9), breach(21)]) == [
        "outside",
        "missed",
        "outside",
    ]


def test_a_window_that_ended_before_anything_was_judged_is_neither_hit_nor_missed():
    assert verdicts([window(10, 20)], [], judged_from=21) == ["not judged"]
    assert verdicts([window(10, 20)], [], judged_from=20) == ["missed"]


def test_one_breach_can_hit_two_windows_and_two_breaches_one():
    long = breach(5, 50)
    found = compare([window(10, 20), window(30, 40)], [long], day(0))
    assert [one.breaches for one in found] == [(long,), (long,)]
    first, second = breach(11, 12), breach(15, 16)
    assert compare([window(10, 20)], [first, second], day(0))[0].breaches == (first, second)
