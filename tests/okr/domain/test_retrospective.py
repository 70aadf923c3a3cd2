from __future__ import annotations

from decimal import Decimal

from helmlog_events.contracts.okr import ObjectiveClosed, ObjectiveGraded
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.retrospective import SECTIONS, look_back

from tests.okr.domain.examples import CYCLE_ID, OBJECTIVE_ID, accepted, declined, proposed
from tests.okr.domain.sheets import a_part, an_objective_sheet, measured_part, part_graded


def ended(outcome: str, grade: str | None = None, **fields) -> tuple[object, ...]:
    known = {"objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID}
    graded = ObjectiveGraded.model_validate({**known, "grade": grade, **fields})
    closed = ObjectiveClosed.model_validate({**known, "outcome": outcome, "grade": grade, **fields})
    return proposed, accepted, graded, closed


def test_each_objective_stands_under_how_it_ended():
    sheets = [
        an_objective_sheet(number=1, events=ended("achieved", "0.9")),
        an_objective_sheet(number=2, events=ended("missed", "0.3")),
        an_objective_sheet(number=3, events=ended("carried_over", "0.6")),
        an_objective_sheet(number=4, events=ended("cancelled")),
        an_objective_sheet(measured_part("0.5"), number=5),
    ]
    found = look_back(sheets)
    for place, section in enumerate(("achieved", "missed", "carried_over", "cancelled", "open")):
        assert [ending.sheet for ending in found.sections[section]] == [sheets[place]]
    assert found.summary.mean_grade == Decimal("0.6")
    assert found.sections["open"][0].progress == Decimal("0.5")


def test_learning_is_shown_by_what_was_learned():
    events = ended("achieved", learned="they rent")
    sheet = an_objective_sheet(number=1, kind="learning", events=events)
    found = look_back([sheet])
    assert [ending.learned for ending in found.sections["learned"]] == ["they rent"]
    assert [lesson.text for lesson in found.lessons] == ["they rent"]
    assert found.summary.mean_grade is None


def test_what_key_results_taught_is_told_too():
    part = a_part(part_graded("0.5", learned="ask earlier"))
    (lesson,) = look_back([an_objective_sheet(part)]).lessons
    assert (lesson.key_result_id, lesson.text) == (part.facts.key_result_id, "ask earlier")


def test_what_was_declined_was_never_part_of_the_cycle():
    found = look_back([an_objective_sheet(events=(proposed, declined))])
    assert not any(found.sections.values())


def test_teams_are_summed_up_by_name_and_those_without_last():
    sheets = [
        an_objective_sheet(number=1, team=None, events=ended("missed", "0.1")),
        an_objective_sheet(number=2, team="sales", events=ended("achieved", "0.8")),
        an_objective_sheet(number=3, team="data", events=ended("achieved", "1")),
        an_objective_sheet(number=4, team="sales", events=ended("missed", "0.4")),
    ]
    teams = look_back(sheets).teams
    assert [team for team, _ in teams] == ["data", "sales", None]
    assert teams[1][1].counts["achieved"] == 1
    assert teams[1][1].mean_grade == Decimal("0.6")


outcomes = st.sampled_from(["achieved", "missed", "cancelled", "carried_over", None])
kinds = st.sampled_from(["committed", "aspirational", "learning"])
teams = st.sampled_from([None, "sales", "data"])


@given(st.lists(st.tuples(outcomes, kinds, teams), max_size=12))
def test_every_objective_is_counted_once_over_all_and_in_its_team(written):
    sheets = [
        an_objective_sheet(
            number=number,
            kind=kind,
            team=team,
            events=None if outcome is None else ended(outcome, "0.5"),
        )
        for number, (outcome, kind, team) in enumerate(written, start=1)
    ]
    found = look_back(sheets)
    listed = [ending.sheet for section in SECTIONS for ending in found.sections[section]]
    assert len(listed) == len(sheets)
    for section in SECTIONS:
        assert found.summary.counts[section] == len(found.sections[section])
        assert found.summary.counts[section] == sum(
            summary.counts[section] for _, summary in found.teams
        )
