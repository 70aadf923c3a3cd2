from __future__ import annotations

from prometheus_client import Counter

TIMERS_FIRED = Counter("helmlog_timers_fired", "Timers that went off.", ["timer"])
TIMERS_FAILED = Counter(
    "helmlog_timers_failed", "Times a timer failed; it is tried again.", ["timer"]
)
