"""The events services exchange. Importing this package registers all of them."""

from helmlog_events.contracts import alignment, audit, kpi, okr, reservations
from helmlog_events.contracts.event import REGISTRY, Event, UnknownEvent, UnreadableEvent

__all__ = [
    "REGISTRY",
    "Event",
    "UnknownEvent",
    "UnreadableEvent",
    "alignment",
    "audit",
    "kpi",
    "okr",
    "reservations",
]
