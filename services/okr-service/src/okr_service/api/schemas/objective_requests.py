"""What a client says of an objective it drafts, revises or declines."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from helmlog_events.contracts.nodes import Node, NodeType
from helmlog_events.contracts.okr import (
    ObjectiveDefinition,
    ObjectiveKind,
    ObjectiveLevel,
    ObjectiveOrigin,
)
from helmlog_web.schemas import RequestModel
from helmlog_web.text import Name, Paragraph, Reason, Title
from pydantic import Field, StrictInt, StringConstraints

Served = Annotated[
    str, StringConstraints(pattern=r"^(?:mission|(?:pillar|value)/[a-z0-9][a-z0-9-]{0,62})$")
]
"""`mission`, `pillar/<slug>` or `value/<slug>`."""

CadenceDays = Annotated[StrictInt, Field(ge=1, le=366)]

_MOST_SERVED = 20


class NodeModel(RequestModel):
    type: NodeType
    id: UUID

    def node(self) -> Node:
        return Node(type=self.type, id=self.id)


class ObjectiveRequest(RequestModel):
    cycle_id: UUID
    title: Title
    why: Paragraph = Field(default="", description="The mission, value or strategy it serves.")
    kind: ObjectiveKind
    level: ObjectiveLevel
    origin: ObjectiveOrigin = Field(
        default="proposed", description="Assigned from above, or proposed from below."
    )
    team: Name | None = None
    owner: Name | None = None
    serves: tuple[Served, ...] = Field(
        default=(), max_length=_MOST_SERVED, description="What of the strategy it is for."
    )
    cadence_days: CadenceDays | None = Field(
        default=None, description="Its own rhythm of check-ins, instead of the cycle's."
    )
    contributes_to: NodeModel | None = Field(
        default=None, description="The objective or key result it is written under."
    )

    def definition(self) -> ObjectiveDefinition:
        return ObjectiveDefinition(
            title=self.title,
            why=self.why,
            kind=self.kind,
            level=self.level,
            team=self.team,
            owner=self.owner,
            serves=tuple(dict.fromkeys(self.serves)),
            cadence_days=self.cadence_days,
        )


def _unchanged() -> Any:
    """Stands for a field that a patch leaves out; nobody reads it."""


class ObjectivePatch(RequestModel):
    """A merge patch (RFC 7396): what is left out stays, null takes away."""

    reason: Reason
    late_correction: bool = Field(
        default=False, description="Needed, and only taken, once the cycle is closed."
    )
    title: Title = Field(default_factory=_unchanged)
    why: Paragraph | None = Field(default_factory=_unchanged)
    kind: ObjectiveKind = Field(default_factory=_unchanged)
    level: ObjectiveLevel = Field(default_factory=_unchanged)
    team: Name | None = Field(default_factory=_unchanged)
    owner: Name | None = Field(default_factory=_unchanged)
    serves: tuple[Served, ...] | None = Field(default_factory=_unchanged, max_length=_MOST_SERVED)
    cadence_days: CadenceDays | None = Field(default_factory=_unchanged)

    def applied_to(self, before: ObjectiveDefinition) -> ObjectiveDefinition:
        given = self.model_fields_set & set(ObjectiveDefinition.model_fields)
        changes: dict[str, Any] = {name: getattr(self, name) for name in given}
        if "why" in given:
            changes["why"] = self.why or ""
        if "serves" in given:
            changes["serves"] = tuple(dict.fromkeys(self.serves or ()))
        return before.model_copy(update=changes)


class DeclineRequest(RequestModel):
    reason: Reason
