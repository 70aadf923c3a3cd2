from __future__ import annotations

from helmlog_events.contracts.okr import (
    KeyResultAttached,
    KeyResultDetached,
    ObjectiveAccepted,
    ObjectiveCarriedOver,
    ObjectiveCheckInRecorded,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDrafted,
    ObjectiveGraded,
    ObjectiveProposed,
    ObjectiveRevised,
)

ObjectiveEvent = (
    ObjectiveDrafted
    | ObjectiveProposed
    | ObjectiveAccepted
    | ObjectiveDeclined
    | ObjectiveRevised
    | ObjectiveCheckInRecorded
    | ObjectiveGraded
    | ObjectiveClosed
    | ObjectiveCarriedOver
    | KeyResultAttached
    | KeyResultDetached
)
