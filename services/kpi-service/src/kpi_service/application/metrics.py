from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

ROWS: Final = Counter(
    "helmlog_readings",
    "Readings taken in or rejected, by the way they came.",
    ("way", "outcome"),
)
IN_FLIGHT: Final = Gauge(
    "helmlog_intake_requests", "Requests with readings that are under way in this process."
)
BYTES_IN_FLIGHT: Final = Gauge(
    "helmlog_intake_bytes", "Bytes of bodies that those requests may hold in memory."
)
TRANSACTIONS: Final = Gauge(
    "helmlog_intake_transactions", "Transactions those requests have open or wait for."
)
REFUSED: Final = Counter(
    "helmlog_intake_refused", "Requests refused, because too much was under way."
)


def count_rows(
    way: str, *, accepted: int = 0, duplicates: int = 0, corrected: int = 0, rejected: int = 0
) -> None:
    """Of what is committed."""
    for outcome, rows in (
        ("accepted", accepted),
        ("duplicate", duplicates),
        ("corrected", corrected),
        ("rejected", rejected),
    ):
        if rows:
            ROWS.labels(way, outcome).inc(rows)
