from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.formula.affected import affected, own_span, reigns
from kpi_service.domain.periods import Calendar

from tests.kpi.domain.formula.test_setting import LEADS, RATE, WON, defined, made

BERLIN = Calendar(ZoneInfo("Europe/Berlin"))
UTC_DAYS = Calendar(ZoneInfo("UTC"))
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 24 * 120).map(lambda hours: YEAR + timedelta(hours=hours))
PERIODS = st.sampled_from(["day", "week", "month", "quarter"])


def starts(kpi, first, last=None, calendar=UTC_DAYS, of=WON):
    return [one.starts_at for one in affected(kpi, calendar, [of], first, last or first)]


def day(number, month=1):
    return datetime(2026, month, number, tzinfo=UTC)


def test_a_reading_affects_the_period_it_lies_in():
    kpi = defined(RATE, made(RATE, WON, LEADS))
    assert starts(kpi, day(5) + timedelta(hours=7)) == [day(5)]
    assert starts(kpi, day(5), day(7)) == [day(5), day(6), day(7)]


def test_and_the_next_one_where_the_formula_looks_back_at_that_input():
    kpi = defined(RATE, made(RATE, WON, LEADS, expression="x0 - previous(x0) + x1"))
    assert starts(kpi, day(5)) == [day(5), day(6)]
    assert starts(kpi, day(5), of=LEADS) == [day(5)]


def test_periods_are_cut_where_the_kpi_lives():
    kpi = defined(RATE, made(RATE, WON))
    late = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert starts(kpi, late, calendar=BERLIN) == [datetime(2026, 3, 28, 23, tzinfo=UTC)]


def test_nothing_before_the_formula_holds_is_affected():
    kpi = defined(RATE, made(RATE, WON, since=day(5) + timedelta(hours=1)))
    assert starts(kpi, day(1), day(7)) == [day(6), day(7)]
    looking_back = made(RATE, WON, since=day(5), expression="previous(x0)")
    assert starts(defined(RATE, looking_back), day(4)) == [day(5)]
    assert starts(defined(RATE, looking_back), day(3)) == []


def test_each_period_is_made_by_the_formula_that_held_when_it_began():
    kpi = defined(RATE, made(RATE, WON), made(RATE, WON, since=day(15), period="month"))
    assert starts(kpi, day(13), day(3, month=3)) == [day(13), day(14), day(1, 2), day(1, 3)]
    assert own_span(kpi, UTC_DAYS, day(14)).ends_at == day(15)
    assert own_span(kpi, UTC_DAYS, day(15)) is None
    assert own_span(kpi, UTC_DAYS, day(1, 2)).ends_at == day(1, 3)


def test_a_formula_in_the_far_future_or_past_affects_what_it_makes():
    for since in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        kpi = defined(RATE, made(RATE, WON, since=since, expression="x0 - previous(x0)"))
        assert len(starts(kpi, day(5))) == (2 if since.year == 1 else 0)


@given(
    st.lists(st.tuples(INSTANTS, PERIODS, st.booleans()), min_size=1, max_size=3),
    INSTANTS,
    INSTANTS,
)
def test_what_is_affected_is_what_looks_at_any_instant_of_the_range(formulas, one, other):
    events = [
        made(
            RATE, WON, since=since, period=period, expression="x0 - previous(x0)" if back else "x0"
        )
        for since, period, back in formulas
    ]
    kpi = defined(RATE, *events)
    first, last = sorted([one, other])
    expected = set()
    for reign in reigns(kpi):
        period = reign.formula.period
        for span in BERLIN.spans(period, YEAR - timedelta(days=1), YEAR + timedelta(days=250)):
            before = BERLIN.span_of(period, span.starts_at - timedelta(microseconds=1))
            seen = [span, before] if reign.names_before else [span]
            looks = any(each.starts_at <= last and first < each.ends_at for each in seen)
            if looks and reign.holds_for(span.starts_at):
                expected.add(span.starts_at)
    found = starts(kpi, first, last, calendar=BERLIN)
    assert set(found) == expected
