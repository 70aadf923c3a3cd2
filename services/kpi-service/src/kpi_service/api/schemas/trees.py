from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.kpi import Direction
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from kpi_service.domain.health import Health
from kpi_service.domain.kpi.tree import Node
from kpi_service.readmodel.judged import judge_current
from kpi_service.readmodel.listed import ListedKPI
from kpi_service.readmodel.moments import Moment


class KPINodeResponse(ResponseModel):
    """A KPI in a tree; one that comes after another and lies deeper is a part of it."""

    id: UUID
    slug: str
    name: str
    parent_id: UUID | None
    depth: int = Field(description="0 for the KPI that was asked for.")
    parts: int = Field(description="How many lie right below it.")
    unit: str
    direction: Direction | None
    value: Number | None
    observed_at: Instant | None
    target: Number | None
    achievement: Number | None
    health: Health
    is_retired: bool


def node_response(node: Node, listed: ListedKPI, moment: Moment) -> KPINodeResponse:
    definition = listed.kpi.definition
    judged = judge_current(listed.kpi, listed.measurement, moment.at)
    return KPINodeResponse(
        id=node.kpi_id,
        slug=definition.slug,
        name=definition.name,
        parent_id=definition.parent_id,
        depth=node.depth,
        parts=node.parts,
        unit=definition.unit,
        direction=definition.direction,
        value=listed.measurement.value,
        observed_at=listed.measurement.observed_at,
        target=None if judged.target is None else judged.target.target,
        achievement=None if judged.achievement is None else judged.achievement.share,
        health=judged.health,
        is_retired=not listed.kpi.is_measured_at(moment.at),
    )
