from __future__ import annotations

from helmlog_events.contracts.okr import (
    KeyResultAttached,
    ObjectiveAccepted,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDrafted,
    ObjectiveProposed,
)

ObjectiveEvent = (
    ObjectiveDrafted
    | ObjectiveProposed
    | ObjectiveAccepted
    | ObjectiveDeclined
    | ObjectiveClosed
    | KeyResultAttached
)
