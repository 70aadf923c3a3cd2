from __future__ import annotations

from decimal import Decimal
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.alignment import LinkKind
from helmlog_events.contracts.nodes import NodeType
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from pydantic import ConfigDict, Field


class NodeReference(RequestModel):
    type: NodeType
    id: UUID


class LinkRequest(RequestModel):
    """A link leads from an objective up to an objective or a key result."""

    model_config = ConfigDict(populate_by_name=True)

    kind: LinkKind
    source: NodeReference = Field(alias="from")
    target: NodeReference = Field(alias="to")
    weight: Number = Field(default=Decimal(1), description="More than 0.")


class LinkResponse(ResponseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    kind: LinkKind
    source: NodeReference = Field(alias="from")
    target: NodeReference = Field(alias="to")
    weight: Number
    version: int = 1


class PartResponse(ResponseModel):
    """A child, what it counts with, and its roll-up; none while it is not measured."""

    id: UUID
    weight: Number
    roll_up: Number | None


class RollUpResponse(ResponseModel):
    """`roll_up` is a share of 1, none when not measured, true since `since` because of `cause`.

    `parts` is what it is the weighted mean of, as things stand now; it is left out for an
    earlier moment, and empty for a key result that is measured by itself.
    """

    node: NodeReference
    cycle_id: UUID
    roll_up: Number | None
    since: Instant | None
    recorded_at: Instant | None
    cause: str | None
    parts: list[PartResponse] | None
    version: int


class GraphNodeResponse(ResponseModel):
    """`at_risk`: a breach of a KPI stands as a risk to the objective, or to the objective of the
    key result that is bound to this KPI. `status` is a key result's by its progress.
    """

    type: NodeType
    id: UUID
    cycle_id: UUID
    title: str
    roll_up: Number | None
    at_risk: bool
    level: str | None
    team: str | None
    owner: str | None
    objective_id: UUID | None
    weight: Number | None
    kpi_id: UUID | None
    progress: Number | None
    status: str | None


class GraphEdgeResponse(ResponseModel):
    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["contributes", "supports", "belongs_to"]
    source: UUID = Field(alias="from")
    target: UUID = Field(alias="to")
    weight: Number
    link_id: UUID | None


class GraphResponse(ResponseModel):
    cycle_id: UUID
    nodes: list[GraphNodeResponse]
    edges: list[GraphEdgeResponse]


class PathStep(ResponseModel):
    type: Literal["kpi", "key_result", "objective"]
    id: UUID


class AffectedResponse(ResponseModel):
    """`effect` is the share of the node's roll-up that hangs on the start, by all ways together;
    `path` is the strongest way.
    """

    type: NodeType
    id: UUID
    cycle_id: UUID
    title: str | None
    level: str | None
    roll_up: Number | None
    effect: Number
    path: list[PathStep]


class ImpactResponse(ResponseModel):
    start: PathStep
    affected: list[AffectedResponse]
