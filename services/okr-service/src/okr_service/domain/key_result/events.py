from __future__ import annotations

from helmlog_events.contracts.okr import (
    CheckInAcknowledged,
    CheckInDue,
    CheckInRecorded,
    GuardrailBreached,
    GuardrailRecovered,
    KeyResultAdded,
    KeyResultCancelled,
    KeyResultGraded,
    KeyResultMoved,
    KeyResultRevised,
    KeyResultTargetResolved,
    KeyResultUpdated,
)

KeyResultEvent = (
    KeyResultAdded
    | KeyResultTargetResolved
    | KeyResultRevised
    | KeyResultMoved
    | KeyResultCancelled
    | KeyResultGraded
    | KeyResultUpdated
    | CheckInRecorded
    | CheckInAcknowledged
    | CheckInDue
    | GuardrailBreached
    | GuardrailRecovered
)
