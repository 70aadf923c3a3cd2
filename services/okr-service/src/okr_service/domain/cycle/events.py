from __future__ import annotations

from helmlog_events.contracts.okr import (
    CycleActivated,
    CycleClosed,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
)

CycleEvent = CycleOpened | CycleActivated | CycleReviewStarted | CycleClosed | CycleReopened
