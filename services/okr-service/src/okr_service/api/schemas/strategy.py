from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.okr import Pillar, StrategyStated, Value
from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import Instant
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Reason, Slug
from pydantic import Field

from okr_service.api.schemas.organisation import SINCE
from okr_service.domain.strategy.coverage import Coverage, ServedKind


class AimModel(RequestModel):
    """A value, or a pillar."""

    slug: Slug
    name: Name
    description: Paragraph = ""


class StrategyRequest(RequestModel):
    mission: Reason
    values: tuple[AimModel, ...] = Field(default=(), max_length=50)
    pillars: tuple[AimModel, ...] = Field(default=(), max_length=50)
    reason: Reason = Field(description="Why it is stated so from then on.")
    effective_from: Instant | None = Field(default=None, description=SINCE)


class StrategyResponse(ResponseModel):
    """Objectives serve the mission as `mission`, the rest as `value/<slug>`, `pillar/<slug>`."""

    mission: str
    values: list[AimModel]
    pillars: list[AimModel]
    reason: str
    version: int


class StatedStrategyResponse(StrategyResponse):
    effective_from: Instant
    recorded_at: Instant
    actor: str


class StrategyHistoryResponse(ResponseModel):
    """In the order the statements hold; of two for one moment the later recorded holds."""

    items: list[StatedStrategyResponse]


class ServedResponse(ResponseModel):
    serves: str
    kind: ServedKind
    name: str
    objectives: list[UUID] = Field(description="None: nobody pursues it in this cycle.")


class UnknownServesResponse(ResponseModel):
    serves: str
    objectives: list[UUID]


class StrategyCoverageResponse(ResponseModel):
    cycle_id: UUID
    served: list[ServedResponse]
    unknown: list[UnknownServesResponse] = Field(description="What the strategy does not have.")
    serving_nothing: list[UUID] = Field(description="Objectives that name nothing they serve.")


def strategy_response(strategy: StrategyStated, version: int) -> StrategyResponse:
    return StrategyResponse(
        mission=strategy.mission,
        values=_aims(strategy.values),
        pillars=_aims(strategy.pillars),
        reason=strategy.reason,
        version=version,
    )


def stated_strategy_response(record: RecordedEvent) -> StatedStrategyResponse:
    strategy = record.event
    if not isinstance(strategy, StrategyStated):
        raise TypeError("the history of the strategy is read from its statements")
    return StatedStrategyResponse(
        mission=strategy.mission,
        values=_aims(strategy.values),
        pillars=_aims(strategy.pillars),
        reason=strategy.reason,
        version=record.version,
        effective_from=record.occurred_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
    )


def coverage_response(cycle_id: UUID, coverage: Coverage) -> StrategyCoverageResponse:
    return StrategyCoverageResponse(
        cycle_id=cycle_id,
        served=[
            ServedResponse(
                serves=item.serves,
                kind=item.kind,
                name=item.name,
                objectives=[*item.objectives],
            )
            for item in coverage.served
        ],
        unknown=[
            UnknownServesResponse(serves=name, objectives=[*objectives])
            for name, objectives in coverage.unknown.items()
        ],
        serving_nothing=[*coverage.serving_nothing],
    )


def _aims(aims: tuple[Value, ...] | tuple[Pillar, ...]) -> list[AimModel]:
    return [
        AimModel.model_construct(slug=aim.slug, name=aim.name, description=aim.description)
        for aim in aims
    ]
