"""From events to rows. What a stream created is written before what the same stream changed."""

from alignment_service.readmodel.projections.breaches import (
    BreachesProjection,
    KPIValuesProjection,
)
from alignment_service.readmodel.projections.links import LinksProjection
from alignment_service.readmodel.projections.nodes import NodesProjection
from alignment_service.readmodel.projections.risks import RisksProjection

PROJECTIONS = (
    NodesProjection(),
    LinksProjection(),
    BreachesProjection(),
    KPIValuesProjection(),
    RisksProjection(),
)

__all__ = ["PROJECTIONS"]
