from datetime import UTC, datetime

from helmlog_local.demo.histories import chain, episodes, in_words, place, titles

BREACHED = "2024-07-30T18:15:00Z"


def event(source, seq, kind, cause=None, recorded_at="2026-01-01T00:00:00Z", **data):
    return {
        "source": source,
        "seq": seq,
        "type": kind,
        "actor": "somebody",
        "cause": cause,
        "occurred_at": BREACHED,
        "recorded_at": recorded_at,
        "data": data,
    }


def at_risk(seq, cause, breach_id="b1"):
    return event(
        "alignment",
        seq,
        "ObjectiveAtRisk",
        cause,
        objective_id="o1",
        kpi_id="k1",
        breach_id=breach_id,
        severity="critical",
        since=BREACHED,
    )


DRAFTED = event("okr", 1, "ObjectiveDrafted", objective_id="o1", title="A swift checkout")
DEFINED = event("kpi", 1, "KPIDefined", kpi_id="k1", slug="checkout-latency")
BREACH = event("kpi", 7, "KPIThresholdBreached", kpi_id="k1")
VALUE = event("kpi", 8, "KPIValueChanged", kpi_id="k1", value="680")
MOVED = event("okr", 5, "KeyResultUpdated", "kpi/8", recorded_at="2026-01-01T00:00:01Z")
ROLLED = event("alignment", 9, "RollUpChanged", "okr/5", recorded_at="2026-01-01T00:00:02Z")
CLEARED = event("alignment", 11, "RiskCleared", "kpi/9", objective_id="o1", breach_id="b1")


def test_a_chain_leads_from_the_breach_to_all_that_came_of_it():
    other = event("kpi", 9, "KPIValueChanged", kpi_id="k2", value="1")
    unrelated = event("okr", 6, "KeyResultUpdated", "kpi/9")
    risk = at_risk(10, "kpi/7")
    history = [DRAFTED, BREACH, VALUE, other, MOVED, unrelated, ROLLED, risk]
    assert chain(history) == [BREACH, VALUE, MOVED, ROLLED, risk]


def test_of_several_chains_the_longest_is_told_and_of_those_the_last():
    again = event(
        "kpi", 20, "KPIThresholdBreached", kpi_id="k1", recorded_at="2026-01-02T00:00:00Z"
    )
    first, second = at_risk(10, "kpi/7"), at_risk(12, "kpi/20", "b2")
    assert chain([BREACH, VALUE, first, again, second]) == [BREACH, VALUE, first]
    assert chain([BREACH, first, again, second]) == [again, second]


def test_a_history_without_a_risk_has_no_chain():
    assert chain([DRAFTED, BREACH, VALUE]) == []


def test_an_episode_ends_when_its_risk_is_cleared():
    (episode,) = episodes([DRAFTED, DEFINED, at_risk(10, "kpi/7"), CLEARED])
    assert (episode.objective, episode.kpi) == ("A swift checkout", "checkout-latency")
    assert episode.since == episode.ended_at == datetime(2024, 7, 30, 18, 15, tzinfo=UTC)


def test_an_episode_is_open_while_only_another_breachs_risk_is_cleared():
    (episode,) = episodes([DRAFTED, DEFINED, at_risk(10, "kpi/7", "b9"), CLEARED])
    assert episode.ended_at is None


def test_events_are_told_by_the_names_of_things():
    names = titles([DRAFTED, DEFINED])
    assert in_words(VALUE, names) == "checkout-latency: 680"
    assert in_words(at_risk(10, "kpi/7"), names) == "A swift checkout: critical"
    assert place(BREACH) == "kpi/7"
