"""The aggregates whose states are drawn, with examples of every command they take.

A new aggregate is one entry in `AGGREGATES`. A new command is one example, or several where what
it leads to depends on what it says; one without is asked for by name.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from helmlog_events.contracts.okr import CycleSettings, ObjectiveDefinition
from okr_service.domain.course import Course
from okr_service.domain.cycle import decide as cycle
from okr_service.domain.cycle import state as cycle_state
from okr_service.domain.cycle.state import Active, CycleFacts
from okr_service.domain.objective import decide as objective
from okr_service.domain.objective import state as objective_state
from okr_service.domain.refusals import Refusal

from helmlog_local.state_machines import Aggregate

_CYCLE_ID: Final = UUID(int=1)
_OBJECTIVE_ID: Final = UUID(int=2)
_KEY_RESULT_ID: Final = UUID(int=3)

_STARTS_ON, _ENDS_ON = date(2026, 1, 1), date(2026, 3, 31)
_RUNNING: Final = Active(
    CycleFacts(_CYCLE_ID, "Q1", "quarter", Course(_STARTS_ON, _ENDS_ON, "UTC"), CycleSettings())
)
"""The cycle that everything else happens in."""

_CYCLE: Final = Aggregate(
    title="Cycle",
    initial=cycle_state.initial_state(),
    decide=cycle.decide,
    evolve=cycle_state.evolve,
    name_of=cycle_state.state_name,
    refusal=Refusal,
    samples=(
        cycle.OpenCycle(_CYCLE_ID, "Q1", "quarter", _STARTS_ON, _ENDS_ON, "UTC"),
        cycle.ActivateCycle(_CYCLE_ID),
        cycle.StartReview(_CYCLE_ID),
        cycle.CloseCycle(_CYCLE_ID),
        cycle.ReopenCycle(_CYCLE_ID, "a number was wrong"),
    ),
)

_DEFINED: Final = ObjectiveDefinition(
    title="Be known in every harbour", why="our mission", kind="aspirational", level="company"
)

_OBJECTIVE: Final = Aggregate(
    title="Objective",
    initial=objective_state.initial_state(),
    decide=objective.decide,
    evolve=objective_state.evolve,
    name_of=objective_state.state_name,
    refusal=Refusal,
    samples=(
        objective.DraftObjective(_OBJECTIVE_ID, _RUNNING, _DEFINED, "proposed"),
        objective.DraftObjective(_OBJECTIVE_ID, _RUNNING, _DEFINED, "assigned"),
        objective.ProposeObjective(_OBJECTIVE_ID, _RUNNING),
        objective.AcceptObjective(_OBJECTIVE_ID, _RUNNING),
        objective.DeclineObjective(_OBJECTIVE_ID, _RUNNING, "not now"),
        objective.AttachKeyResult(_OBJECTIVE_ID, _RUNNING, _KEY_RESULT_ID),
        objective.CloseObjective(_OBJECTIVE_ID, _RUNNING, "achieved"),
        objective.CloseObjective(_OBJECTIVE_ID, _RUNNING, "cancelled", "overtaken by events"),
    ),
    told_apart_by=("outcome",),
)

AGGREGATES: Final = (_CYCLE, _OBJECTIVE)
