from __future__ import annotations

from helmlog_events.contracts.okr import CheckInRecorded, KeyResultAdded, KeyResultUpdated

KeyResultEvent = KeyResultAdded | CheckInRecorded | KeyResultUpdated
