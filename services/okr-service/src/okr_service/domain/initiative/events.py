from __future__ import annotations

from helmlog_events.contracts.okr import (
    InitiativeCancelled,
    InitiativeFinished,
    InitiativePlanned,
    InitiativeResumed,
    InitiativeRevised,
    InitiativeStarted,
)

InitiativeEvent = (
    InitiativePlanned
    | InitiativeRevised
    | InitiativeStarted
    | InitiativeFinished
    | InitiativeCancelled
    | InitiativeResumed
)
