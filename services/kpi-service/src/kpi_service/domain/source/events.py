"""What a source's life is made of."""

from __future__ import annotations

from helmlog_events.contracts.kpi import (
    SourceKeyRotated,
    SourceRegistered,
    SourceRevised,
    SourceRevoked,
)

SourceEvent = SourceRegistered | SourceRevised | SourceKeyRotated | SourceRevoked
