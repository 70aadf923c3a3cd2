"""A quarter, an objective in it, and key results of every kind: what the rules are told on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
    KeyResultAdded,
    KeyResultDefinition,
    Milestone,
    ObjectiveAccepted,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDrafted,
    ObjectiveProposed,
)
from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE, Aggregate
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective

CYCLE_ID = UUID(int=1)
OBJECTIVE_ID = UUID(int=2)
KEY_RESULT_ID = UUID(int=3)
KPI_ID = UUID(int=4)
CHECK_IN_ID = UUID(int=5)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY_45 = START + timedelta(days=45)
END = START + timedelta(days=90)
"""The quarter of the examples has 90 days."""

opened = CycleOpened(
    cycle_id=CYCLE_ID,
    name="Q1",
    kind="quarter",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 3, 31),
    timezone="UTC",
)
activated = CycleActivated(cycle_id=CYCLE_ID)
review_started = CycleReviewStarted(cycle_id=CYCLE_ID)
closed = CycleClosed(cycle_id=CYCLE_ID)
reopened = CycleReopened(cycle_id=CYCLE_ID, reason="a number was wrong")

drafted = ObjectiveDrafted(
    objective_id=OBJECTIVE_ID,
    cycle_id=CYCLE_ID,
    title="Be known in every harbour",
    why="our mission",
    kind="aspirational",
    level="company",
    origin="proposed",
)
assigned = drafted.model_copy(update={"origin": "assigned"})
proposed = ObjectiveProposed(objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID)
accepted = ObjectiveAccepted(objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID)
declined = ObjectiveDeclined(objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, reason="not now")
objective_closed = ObjectiveClosed(objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, outcome="achieved")


def added(metric: str = "increase", **fields: object) -> KeyResultAdded:
    """A key result of `metric`, by default the 22 to 35 leads of the field guide."""
    measures: dict[str, dict[str, object]] = {
        "increase": {"baseline": 22, "target": 35},
        "decrease": {"baseline": 35, "target": 22},
        "stay_above": {"lower": 10},
        "stay_below": {"upper": 20},
        "stay_within": {"lower": 10, "upper": 20},
        "milestone": {
            "milestones": (
                Milestone(name="advertised", weight=Decimal(1)),
                Milestone(name="hired", weight=Decimal(3)),
            )
        },
    }
    known = {
        "key_result_id": KEY_RESULT_ID,
        "objective_id": OBJECTIVE_ID,
        "cycle_id": CYCLE_ID,
        "title": "More leads",
        "metric": metric,
        "weight": 1,
    }
    return KeyResultAdded.model_validate({**known, **measures[metric], **fields})


def definition(metric: str, **fields: object) -> KeyResultDefinition:
    known = {"title": "More leads", "metric": metric, "weight": 1}
    return KeyResultDefinition.model_validate({**known, **fields})


def step(name: str, weight: Decimal) -> Milestone:
    return Milestone(name=name, weight=weight)


def a_cycle(*events: object) -> Cycle:
    """An active one, unless its events say otherwise."""
    return _folded(CYCLE, events or (opened, activated))


def an_objective(*events: object) -> Objective:
    """An active one, unless its events say otherwise."""
    return _folded(OBJECTIVE, events or (drafted, proposed, accepted))


def a_key_result(*events: object) -> KeyResult:
    return _folded(KEY_RESULT, events)


def _folded(aggregate: Aggregate, events: tuple[object, ...]):
    state = aggregate.initial
    for event in events:
        state = aggregate.evolve(state, event)
    return state
