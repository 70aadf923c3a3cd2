from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import Pillar, StrategyStated, Value
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.changes import ChangeOutsideCalendar
from okr_service.domain.guidance import advise_on_serves
from okr_service.domain.strategy.coverage import cover, unknown_serves
from okr_service.domain.strategy.decide import StateStrategy, decide
from okr_service.domain.strategy.refusals import StrategySlugsAlike
from okr_service.domain.strategy.state import evolve, initial_state
from okr_service.domain.told import Told

from tests.okr.domain.examples import OBJECTIVE_ID, START, an_objective, declined, drafted, proposed

spec = DeciderTest(decide, evolve, initial_state())
care = Value(slug="care", name="We care")
growth = Pillar(slug="growth", name="Grow in the north")
stated = StrategyStated(mission="Bring them home", values=(care,), pillars=(growth,), reason="new")
state = StateStrategy("Bring them home", (care,), (growth,), "new", START)


def serving(number: int, *serves: str):
    return drafted.model_copy(update={"objective_id": UUID(int=number), "serves": serves})


def test_a_strategy_is_stated_whole():
    spec.given().when(state).then(stated)


def test_stated_twice_it_is_recorded_once():
    spec.given(Told(stated, START - timedelta(days=1), "user-1")).when(state).then_nothing()


def test_a_strategy_of_an_earlier_time_does_not_touch_the_one_that_follows():
    older = stated.model_copy(update={"mission": "Build boats"})
    told = evolve(initial_state(), Told(stated, START, "user-1"))
    told = evolve(told, Told(older, START - timedelta(days=90), "user-1"))
    assert told.at(START) == stated
    assert told.at(START - timedelta(days=1)) == older
    assert told.at(START - timedelta(days=91)) is None


@pytest.mark.parametrize("field", ["values", "pillars"])
def test_aims_of_a_kind_have_slugs_of_their_own(field):
    kind = {"values": care, "pillars": growth}[field]
    command = StateStrategy(
        "m", **{"values": (), "pillars": (), field: (kind, kind)}, reason="r", since=START
    )
    spec.given().when(command).then_refused(StrategySlugsAlike(kind.slug, field))


def test_it_holds_from_a_year_that_people_remember_or_plan():
    since = START.replace(year=1)
    command = StateStrategy("m", (), (), "r", since)
    spec.given().when(command).then_refused(ChangeOutsideCalendar(since))


def test_what_is_served_and_what_is_not():
    objectives = [
        an_objective(serving(1, "pillar/growth", "pillar/growth")),
        an_objective(serving(2, "mission", "pillar/growth", "pillar/gone")),
        an_objective(serving(3)),
        an_objective(serving(4, "value/care"), proposed, declined),
    ]
    coverage = cover(stated, objectives)
    assert {item.serves: item.objectives for item in coverage.served} == {
        "mission": (UUID(int=2),),
        "value/care": (),
        "pillar/growth": (UUID(int=1), UUID(int=2)),
    }
    assert coverage.unknown == {"pillar/gone": (UUID(int=2),)}
    assert coverage.serving_nothing == (UUID(int=3),)


def test_without_a_strategy_whatever_is_served_is_unknown():
    coverage = cover(None, [an_objective(serving(2, "mission"))])
    assert (coverage.served, coverage.unknown) == ((), {"mission": (OBJECTIVE_ID,)})


def test_an_objective_that_serves_something_unknown_is_warned_of():
    assert unknown_serves(stated, ["mission", "value/care", "value/growth"]) == ["value/growth"]
    (advice,) = advise_on_serves(["value/growth"])
    assert advice.code == "serves-unknown"
    assert "value/growth" in advice.detail
