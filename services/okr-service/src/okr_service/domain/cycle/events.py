from __future__ import annotations

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
    CycleRevised,
    CycleSettingsChanged,
)

CycleEvent = (
    CycleOpened
    | CycleRevised
    | CycleSettingsChanged
    | CycleActivated
    | CycleReviewStarted
    | CycleClosed
    | CycleReopened
)
