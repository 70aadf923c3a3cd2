"""Where a unit or a person may be."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from helmlog_events.contracts.okr import UnitKind

from okr_service.domain.organisation.refusals import (
    KindOutOfOrder,
    PlaceNotOpen,
    PlaceUnknown,
    UnitWithinItself,
)
from okr_service.domain.organisation.state import Organisation, Unit
from okr_service.domain.timeline import FOR_EVER

_RANK: Final[dict[UnitKind, int]] = {"company": 0, "department": 1, "team": 2}


def require_open(
    organisation: Organisation, slug: str, start: datetime, end: datetime, field: str
) -> Unit:
    """The unit `slug`, open from `start` to `end`. Raises `PlaceUnknown` or `PlaceNotOpen`."""
    place = organisation.units.get(slug)
    if place is None:
        raise PlaceUnknown(slug, field)
    if not place.is_open(start):
        raise PlaceNotOpen(slug, start, field)
    if place.closed_at < end:
        raise PlaceNotOpen(slug, place.closed_at, field)
    return place


def require_order(kind: UnitKind, parent: Unit) -> None:
    """Raises `KindOutOfOrder`."""
    if _RANK[parent.kind] > _RANK[kind]:
        raise KindOutOfOrder(kind, parent.kind)


def require_no_loop(
    organisation: Organisation, unit: str, parent: str, start: datetime, end: datetime
) -> None:
    """`parent` is never below `unit` between `start` and `end`: others may be planned to move.

    Raises `UnitWithinItself` with the first moment at which it would be.
    """
    moment = start
    while moment < end:
        changes = FOR_EVER
        for above in organisation.line_of(parent, moment):
            if above == unit:
                raise UnitWithinItself(unit, parent, moment)
            changes = min(changes, organisation.units[above].parents.next_after(moment))
        moment = changes
