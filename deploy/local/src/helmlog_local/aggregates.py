"""The aggregates whose states are drawn, with examples of every command they take.

A new aggregate is one entry in `AGGREGATES`. A new command is one example, or several where what
it leads to depends on what it says; one without is asked for by name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from helmlog_events.contracts.okr import (
    CyclePlan,
    CycleSettings,
    InitiativeDefinition,
    KeyResultDefinition,
    ObjectiveDefinition,
    RelativeTarget,
)
from okr_service.domain.course import Course
from okr_service.domain.cycle import commands as cycle
from okr_service.domain.cycle import decide as cycle_decide
from okr_service.domain.cycle import state as cycle_state
from okr_service.domain.cycle.state import Active, CycleFacts
from okr_service.domain.initiative import commands as initiative
from okr_service.domain.initiative import decide as initiative_decide
from okr_service.domain.initiative import state as initiative_state
from okr_service.domain.key_result import commands as key_result
from okr_service.domain.key_result import decide as key_result_decide
from okr_service.domain.key_result import state as key_result_state
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.parts import Breach
from okr_service.domain.objective import closing, grading
from okr_service.domain.objective import decide as objective
from okr_service.domain.objective import state as objective_state
from okr_service.domain.objective.check_in import CheckInObjective
from okr_service.domain.objective.revise import ReviseObjective
from okr_service.domain.objective.state import ObjectiveFacts
from okr_service.domain.refusals import Refusal

from helmlog_local.state_machines import Aggregate

_CYCLE_ID: Final = UUID(int=1)
_OBJECTIVE_ID: Final = UUID(int=2)
_KEY_RESULT_ID: Final = UUID(int=3)
_KPI_ID, _GUARDRAIL_ID, _BREACH_ID = UUID(int=4), UUID(int=5), UUID(int=6)
_CHECK_IN_ID, _INITIATIVE_ID, _OTHER_ID = UUID(int=7), UUID(int=8), UUID(int=9)

_STARTS_ON, _ENDS_ON = date(2026, 1, 1), date(2026, 3, 31)
_STARTED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NOW: Final = _STARTED + timedelta(days=30)
_RUNNING: Final = Active(
    CycleFacts(_CYCLE_ID, "Q1", "quarter", Course(_STARTS_ON, _ENDS_ON, "UTC"), CycleSettings())
)
"""The cycle that everything else happens in."""

_CYCLE: Final = Aggregate(
    title="Cycle",
    initial=cycle_state.initial_state(),
    decide=cycle_decide.decide,
    evolve=cycle_state.evolve,
    name_of=cycle_state.state_name,
    refusal=Refusal,
    samples=(
        cycle.OpenCycle(_CYCLE_ID, "Q1", "quarter", _STARTS_ON, _ENDS_ON, "UTC"),
        cycle.ReviseCycle(
            _CYCLE_ID,
            "to say which year",
            CyclePlan(
                name="2026-Q1",
                kind="quarter",
                starts_on=_STARTS_ON,
                ends_on=_ENDS_ON,
                timezone="UTC",
            ),
        ),
        cycle.ChangeSettings(_CYCLE_ID, "weeks are short", CycleSettings(cadence_days=14)),
        cycle.AttachChild(_CYCLE_ID, _OTHER_ID),
        cycle.DetachChild(_CYCLE_ID, _OTHER_ID),
        cycle.ActivateCycle(_CYCLE_ID, _NOW),
        cycle.StartReview(_CYCLE_ID, _NOW),
        cycle.CloseCycle(_CYCLE_ID, _NOW),
        cycle.ReopenCycle(_CYCLE_ID, "a number was wrong", _NOW),
    ),
)

_DEFINED: Final = ObjectiveDefinition(
    title="Be known in every harbour", why="our mission", kind="aspirational", level="company"
)
_BY_HAND: Final = grading.Verdict(Decimal("0.9"), "more than was measured")

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
        ReviseObjective(
            _OBJECTIVE_ID,
            _RUNNING,
            _DEFINED.model_copy(update={"title": "Be known and trusted in every harbour"}),
            "being known is not enough",
        ),
        CheckInObjective(_CHECK_IN_ID, _OBJECTIVE_ID, _RUNNING, _NOW, narrative="we are seen"),
        objective.AttachKeyResult(_OBJECTIVE_ID, _RUNNING, _KEY_RESULT_ID),
        grading.GradeObjective(_OBJECTIVE_ID, _RUNNING, _BY_HAND),
        closing.CloseObjective(_OBJECTIVE_ID, _RUNNING, "achieved", _BY_HAND),
        closing.CloseObjective(
            _OBJECTIVE_ID, _RUNNING, "cancelled", grading.Verdict(reason="overtaken by events")
        ),
        closing.CarryOverObjective(_OBJECTIVE_ID, _RUNNING, _OTHER_ID, _OTHER_ID),
    ),
    told_apart_by=("outcome",),
)

_PLACE: Final = objective_state.Active(
    ObjectiveFacts(_OBJECTIVE_ID, _CYCLE_ID, _DEFINED, "proposed")
)
_ELSEWHERE: Final = objective_state.Active(
    ObjectiveFacts(_OTHER_ID, _CYCLE_ID, _DEFINED, "proposed")
)
_LEADS: Final = KeyResultDefinition(
    title="More leads",
    metric="increase",
    baseline=Decimal(22),
    target=Decimal(35),
    weight=Decimal(1),
    guardrails=(_GUARDRAIL_ID,),
)
_FOLLOWING: Final = _LEADS.model_copy(update={"kpi_id": _KPI_ID})
_RELATIVE: Final = _FOLLOWING.model_copy(
    update={
        "baseline": None,
        "target": None,
        "relative": RelativeTarget(change=Decimal(20), measured_in="percent"),
    }
)
_VALUE: Final = KPIValue(_KPI_ID, Decimal(20), _STARTED - timedelta(days=1), "kpi/1")


def _stage_of(state: key_result_state.KeyResult) -> str:
    """A key result is one kind of state; what it can show tells its stages apart."""
    if state.cancelled is not None:
        return "cancelled"
    if state.measure is None:
        return "unresolved"
    return "unmeasured" if state.current is None else "measured"


_KEY_RESULT: Final = Aggregate(
    title="Key result",
    initial=key_result_state.initial_state(),
    decide=key_result_decide.decide,
    evolve=key_result_state.evolve,
    name_of=_stage_of,
    refusal=Refusal,
    samples=(
        key_result.AddKeyResult(_KEY_RESULT_ID, _PLACE, _RUNNING, _LEADS),
        key_result.AddKeyResult(_KEY_RESULT_ID, _PLACE, _RUNNING, _FOLLOWING),
        key_result.AddKeyResult(_KEY_RESULT_ID, _PLACE, _RUNNING, _RELATIVE),
        key_result.ResolveTarget(_KEY_RESULT_ID, _PLACE, _RUNNING, _NOW, _VALUE, None),
        key_result.CheckIn(
            _CHECK_IN_ID, _KEY_RESULT_ID, _PLACE, _RUNNING, _NOW, value=Decimal(27), by="owner"
        ),
        key_result.AcknowledgeCheckIn(_KEY_RESULT_ID, _RUNNING, _CHECK_IN_ID, "reviewer"),
        key_result.FollowKPI(_KEY_RESULT_ID, _PLACE, _RUNNING, _KPI_ID, Decimal(30), _NOW, "kpi/2"),
        key_result.GuardKeyResult(
            _KEY_RESULT_ID,
            _PLACE,
            _RUNNING,
            _GUARDRAIL_ID,
            Breach(_BREACH_ID, "critical"),
            _NOW,
            "kpi/3",
        ),
        key_result.ReviseKeyResult(
            _KEY_RESULT_ID, _PLACE, _RUNNING, _NOW, "say it better", 2, {"title": "Many more leads"}
        ),
        key_result.MoveKeyResult(_KEY_RESULT_ID, _PLACE, _ELSEWHERE, _RUNNING, "it belongs there"),
        key_result.GradeKeyResult(_KEY_RESULT_ID, _PLACE, _RUNNING, Decimal("0.9"), "by hand"),
        key_result.CancelKeyResult(_KEY_RESULT_ID, _PLACE, _RUNNING, "overtaken by events"),
    ),
)

_WORK: Final = InitiativeDefinition(title="Visit every harbour", effort=Decimal(10))

_PURPOSE: Final = initiative.Purpose(
    key_result_state.KeyResult(
        key_result_state.KeyResultFacts(_KEY_RESULT_ID, _OBJECTIVE_ID, _CYCLE_ID, _LEADS), ()
    ),
    _PLACE,
    _RUNNING,
)

_INITIATIVE: Final = Aggregate(
    title="Initiative",
    initial=initiative_state.initial_state(),
    decide=initiative_decide.decide,
    evolve=initiative_state.evolve,
    name_of=initiative_state.state_name,
    refusal=Refusal,
    samples=(
        initiative.PlanInitiative(_INITIATIVE_ID, _PURPOSE, _WORK),
        initiative.ReviseInitiative(
            _INITIATIVE_ID,
            _PURPOSE,
            _WORK.model_copy(update={"effort": Decimal(12)}),
            "more harbours",
        ),
        initiative.StartInitiative(_INITIATIVE_ID, _PURPOSE),
        initiative.FinishInitiative(_INITIATIVE_ID, _PURPOSE),
        initiative.CancelInitiative(_INITIATIVE_ID, _PURPOSE, "the ship is sold"),
        initiative.ResumeInitiative(_INITIATIVE_ID, _PURPOSE, "another ship was bought"),
    ),
)

AGGREGATES: Final = (_CYCLE, _OBJECTIVE, _KEY_RESULT, _INITIATIVE)
