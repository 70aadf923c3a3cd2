"""The chapter on instruments: what it draws and tells, and what it holds to be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from helmlog_local.company.kpi_file import KPIFile
from helmlog_local.company.load import load_company
from helmlog_local.company.series import Reading
from helmlog_local.demo.instruments.bringing_in import Imported
from helmlog_local.demo.instruments.catalogue_tables import in_words
from helmlog_local.demo.instruments.chapter import Instruments
from helmlog_local.demo.instruments.dealing import Dealt
from helmlog_local.demo.instruments.deriving import Derived
from helmlog_local.demo.instruments.drawing import Line, draw, line_of
from helmlog_local.demo.instruments.episodes import episodes
from helmlog_local.demo.instruments.feed import Feed
from helmlog_local.demo.instruments.feeding import Fed, Then
from helmlog_local.demo.instruments.foretelling import Foretold
from helmlog_local.demo.instruments.shortcomings import shortcomings
from helmlog_local.demo.instruments.tables import show_instruments
from helmlog_local.demo.instruments.trying import Tried
from rich.console import Console

NOON = datetime(2024, 4, 27, 12, tzinfo=UTC)
LATER = "2024-04-27T17:00:00.000000Z"
FILE = KPIFile("a [sheet]", b"name,target\nCalls,at least [90] %\nTone,TBD\n")


@pytest.fixture(scope="module")
def company():
    return load_company({})


def understood(**values):
    return {
        "number": "90", "upper": None, "comparison": "at_or_above", "unit": "%", "rate": None,
        "of": None, "statistic": None, "left_over": [],
    } | values  # fmt: skip


@pytest.fixture
def imported():
    note = {"code": "target-not-understood", "detail": "not decided: TBD"}
    rows = [
        {"phrase": "at least [90] %", "target": understood(), "notes": []},
        {"phrase": "TBD", "target": None, "notes": [note]},
    ]
    answer = {"created": 2, "rejected": [], "rows": rows}
    return Imported(answer | {"targets_understood": 1, "targets_not_understood": 1}, 0.1)


def breach(identity, **values):
    return {
        "id": identity, "severity": "critical", "opened_at": "2024-04-27T03:30:00.000000Z",
        "recovered_at": LATER, "trigger": {"value": "9.1"}, "revisions": [], "state": "recovered",
        "merged_into": None,
    } | values  # fmt: skip


def point(days, mean):
    at = NOON + timedelta(days=days)
    return {"starts_at": at.isoformat(), "min": f"{mean - 1}", "max": f"{mean + 1}", "mean": mean}


@pytest.fixture
def fed(company):
    readings = [Reading(NOON + timedelta(hours=hour), "4.2") for hour in range(4)]
    told = {
        "opened_at": "2024-04-27T10:00:00.000000Z", "recovered_at": LATER, "readings": 14,
        "severities": [{"severity": "warning"}],
    }  # fmt: skip
    revision = {"before": told, "after": told | {"readings": 27}}
    now = breach("b")
    return Fed(
        series=company.series[0],
        source={"name": "site-gateway"},
        forbidden="orders",
        feed=Feed(readings[:1], readings[3:], readings[1:3], readings[:1], readings),
        samples="accepted=1, duplicates=0",
        first={
            "accepted": 1, "corrected": 0, "duplicates": 0, "rejected_total": 1,
            "rejected": [{"row": 1, "reason": "the source may not send the KPI [orders]"}],
        },
        second={
            "accepted": 2, "corrected": 1, "duplicates": 0, "rejected_total": 0, "rejected": [],
        },
        packed=(11_748, 686),
        before=Then(NOON, [breach("a"), now], Line("▁█", Decimal(1), Decimal(40))),
        after=Then(NOON, [now], Line("▁▂", Decimal(1), Decimal(9))),
        stories=[
            breach("a", state="withdrawn", revisions=[revision | {"after": None}]),
            now | {"revisions": [revision]},
        ],
        ordered=[breach("c")],
    )  # fmt: skip


@pytest.fixture
def dealt():
    rule = {"when": "above", "value": "4.7"}
    seen = {"by": "colleague@local", "note": "I look into it."}
    silence = {"until": LATER, "by": "colleague@local", "reason": "Known."}
    trigger = {"rule": rule, "value": "9.1"}
    story = breach("o", recovered_at=None, trigger=trigger, silence=silence, acknowledgement=seen)
    story |= {"acknowledged": True, "cause": "A door [2] left open", "corrective_action": "A bell"}
    noticed = {
        "id": "n", "last_observed_at": LATER, "no_data_after": "PT5M", "announced_at": LATER,
        "opened_at": LATER, "silenced": True, "silence": silence,
    }  # fmt: skip
    resumed = noticed | {"ended_by": "reading", "recovered_at": LATER}
    kpi = {"name": "Cold store temperature", "unit": "°C"}
    return Dealt([story], kpi, story, 0, {"name": "Heartbeat"}, noticed, resumed)


@pytest.fixture
def derived():
    formula = {"period": "month", "expression": "won / leads * 100"}
    adopted = {"name": "Lead conversion rate", "definition": "How many.", "unit": "%"}
    adopted |= {"formula": formula, "inputs": [{"name": "won", "slug": "customers-won"}]}

    def lineage(month, value, reason):
        inputs = [{"name": "won", "value": "39", "readings": 4}]
        told = {"starts_at": f"2024-{month}-01T00:00:00Z", "formula": formula, "inputs": inputs}
        return told | {"value": value, "reason": reason}

    lineages = [lineage("01", "21.91", None), lineage("02", None, "division by zero: leads is 0")]
    return Derived(adopted, lineages, [{"starts_at": "2024-01-01T00:00:00Z"}])


@pytest.fixture
def foretold(company):
    score = {"mean_absolute_error": "131", "coverage_80": "0.77", "coverage_95": "0.94"}
    month = {
        "value": "162582", "lower_80": "159296", "upper_80": "164951", "lower_95": "156721",
        "upper_95": "166072", "so_far": "78590", "chance": "0.942", "chance_absent": None,
        "goal": {"least": "158196", "most": None, "inclusive": True},
    }  # fmt: skip
    forecast = {
        "valid_at": "2024-07-16T00:00:00Z",
        "reason": None,
        "model": {"name": "exponential_smoothing", "why": "it was nearer"},
        "seasons": [{"name": "week", "length": 7, "found": True}],
        "trial": {"origins": 8, "lead": 16, "model": score, "naive": score},
    }
    series = next(one for one in company.series if one.slug == "orders-per-hour")
    return Foretold(series, forecast, month, {"value": "150663"}, {"value": "165842"})


@pytest.fixture
def tried(company):
    rules = [
        {"severity": "warning", "when": "above", "value": "498", "for_readings": 1},
        {"severity": "critical", "when": "above", "value": "523", "for_readings": 3},
    ]
    windows = [{"delay_seconds": 1800}, {"delay_seconds": None}, {"delay_seconds": 9000}]
    found = {"hits": 2, "misses": 1, "false_alarms": 4, "windows": windows}
    backtest = {name: {"breaches": 6, "detection": found} for name in ("proposed", "current")}
    suggestion = {"suggestion": {"rules": rules}, "reason": None}
    nothing = {"suggestion": None, "reason": "there are 28 readings"}
    series = company.series
    return [
        Tried(series[0], series[0].windows[:3], suggestion, rules, backtest),
        Tried(series[1], (), nothing, rules, None),
    ]


@pytest.fixture
def instruments(company, imported, fed, dealt, derived, foretold, tried):
    chart = {"bucket": "PT12H", "items": [point(0, 2), point(1, 4)]}
    return Instruments(
        imported=imported,
        fed=fed,
        dealt=dealt,
        derived=derived,
        foretold=foretold,
        tried=tried,
        charts={one.slug: chart for one in company.series},
        verification={"holds": True, "logs": [{"entries": 1_234}]},
        seconds=12.3,
    )


def found_in(instruments, **changes):
    return list(shortcomings(FILE, replace(instruments, **changes)))


def test_a_chapter_in_which_all_is_well_has_no_shortcoming(instruments):
    assert found_in(instruments) == []


def test_a_row_of_the_catalogue_that_is_no_kpi_is_one(instruments, imported):
    less = replace(imported, answer=imported.answer | {"created": 1})
    (found,) = found_in(instruments, imported=less)
    assert found == "the catalogue has 2 rows, and the import created 1 KPIs and refused 0 rows"


def test_targets_of_which_none_is_understood_are_one(instruments, imported):
    none = replace(imported, answer=imported.answer | {"targets_understood": 0})
    (found,) = found_in(instruments, imported=none)
    assert found == "not one target of the catalogue was understood"


def test_a_sample_that_was_not_taken_in_is_one(instruments, fed):
    (found,) = found_in(instruments, fed=replace(fed, samples="accepted=10, rejected=1"))
    assert found == "1 samples were written remotely, the answer is 'accepted=10, rejected=1'"


def test_a_line_that_was_not_taken_in_is_one(instruments, fed):
    lost = replace(fed, first=fed.first | {"accepted": 0})
    assert found_in(instruments, fed=lost) == ["1 lines were sent, 0 were accepted"]


def test_a_line_that_a_source_may_not_send_and_does_is_one(instruments, fed):
    open_to_all = replace(fed, first=fed.first | {"rejected_total": 0})
    (found,) = found_in(instruments, fed=open_to_all)
    assert found == "one line was of a KPI the source may not send, 0 were rejected"


def test_a_correction_that_was_not_taken_in_is_one(instruments, fed):
    lost = replace(fed, second=fed.second | {"corrected": 0})
    (found,) = found_in(instruments, fed=lost)
    assert found == "2 late and 1 corrected lines were sent, 2 and 0 were taken in"


def test_late_readings_that_change_nothing_are_one(instruments, fed):
    (found,) = found_in(instruments, fed=replace(fed, stories=[breach("b")]))
    assert found == "what came late and what was corrected changed no breach"


def test_breaches_that_hang_on_the_order_of_arrival_are_one(instruments, fed):
    other = [breach("c", opened_at="2024-04-27T04:00:00.000000Z")]
    (found,) = found_in(instruments, fed=replace(fed, ordered=other))
    assert found == "the same readings in another order came to other breaches"


def test_a_correction_that_does_not_show_is_one(instruments, fed):
    (found,) = found_in(
        instruments, fed=replace(fed, after=replace(fed.after, line=fed.before.line))
    )
    assert "do not show between what was known before and after" in found


def test_a_breach_without_what_was_done_about_it_is_one(instruments, dealt):
    (found,) = found_in(instruments, dealt=replace(dealt, story=dealt.story | {"cause": None}))
    assert found == "what was done about the breach does not stand in its story"


def test_a_silence_that_goes_on_is_one(instruments, dealt):
    (found,) = found_in(instruments, dealt=replace(dealt, resumed=dealt.resumed | {"id": "m"}))
    assert found == "the source was heard again, and its silence goes on"


def test_a_division_by_zero_that_comes_to_a_value_is_one(instruments, derived):
    zero = [derived.lineages[0], derived.lineages[1] | {"value": "0", "reason": None}]
    first, second = found_in(instruments, derived=replace(derived, lineages=zero))
    assert first == "one month can't be computed, and is to say why; 0 have no value"
    assert "are not those of the months that can be computed" in second


def test_a_forecast_that_is_not_there_is_one(instruments, foretold):
    none = replace(foretold, month=None, forecast=foretold.forecast | {"reason": "too short"})
    assert found_in(instruments, foretold=none) == ["there is no forecast: too short"]


def test_suggestions_of_which_none_is_made_are_one(instruments, tried):
    (found,) = found_in(instruments, tried=tried[1:])
    assert found == "no bounds were suggested, so that none could be tried"


def test_a_log_that_does_not_hold_is_one(instruments):
    (found,) = found_in(instruments, verification={"holds": False})
    assert found == "the log does not hold after the instruments were shown"


def test_breaches_are_the_same_whatever_their_ids_and_order():
    one, other = breach("a"), breach("b", recovered_at=None)
    assert episodes([one, other]) == episodes([other | {"id": "c"}, one | {"id": "d"}])
    assert episodes([one]) != episodes([other])


def test_a_line_goes_from_the_lowest_value_to_the_highest():
    assert draw([Decimal(value) for value in range(8)]) == "▁▂▃▄▅▆▇█"
    assert draw([Decimal(-3), None, Decimal(5)]) == "▁ █"


def test_a_course_that_never_moves_lies_in_the_middle():
    assert draw([Decimal(7), Decimal(7)]) == "▄▄"
    assert draw([None]) == " "
    assert draw([]) == ""


def test_a_bucket_without_readings_is_a_blank_in_the_line():
    line = line_of({"items": [point(0, 2), point(1, 4), point(4, 6)]})
    assert line == Line("▁▅  █", Decimal(1), Decimal(7))


def test_a_chart_without_readings_has_no_line():
    assert line_of({"items": []}) is None
    assert line_of({"items": [point(0, 2)]}) == Line("▄", Decimal(1), Decimal(3))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (understood(), "≥ 90 %"),
        (understood(comparison="below", statistic="median"), "< 90 %, median"),
        (understood(comparison="between", upper="95.5"), "90 to 95.5 %"),
        (understood(comparison=None, unit="calls", rate="per day"), "90 calls per day"),
        (understood(comparison="above", of="all calls"), "> 90 % of all calls"),
    ],
)
def test_what_was_read_of_a_target_is_said_in_its_words(target, words):
    assert in_words(target) == words


def test_what_people_wrote_is_shown_as_they_wrote_it(company, instruments):
    console = Console(width=144)
    with console.capture() as capture:
        show_instruments(console, company, FILE, instruments)
    text = capture.get()
    for written in ("a [sheet]", "at least [90] %", "the KPI [orders]", "A door [2] left open"):
        assert written in text


def test_the_tables_tell_what_the_services_answered(company, instruments):
    console = Console(width=144)
    with console.capture() as capture:
        show_instruments(console, company, FILE, instruments)
    text = capture.get()
    for told in (
        "11,748 bytes as 686 of gzip",
        "accepted 2, corrected 1",
        "taken back",
        "revised, 27 readings for 14",
        "come to the same: one breach",
        "silenced                 until 2024-04-27 17:00",
        "39 / leads * 100, from 4 readings",
        "division by zero: leads is 0: no value, and not 0",
        "met with a chance of 94.2%",
        "165,842 orders, within the 95 % interval; met",
        "> 498 / 523, 3 in a row",
        "1 h 30 min",
        "none: there are 28 readings",
        "All 1,234 entries of all logs, these included, hold.",
    ):
        assert told in text, told
