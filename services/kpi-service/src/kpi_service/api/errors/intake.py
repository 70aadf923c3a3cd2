"""How it looks over HTTP when as many readings are being taken in as may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kpi_service.api.errors.refused import refused

INTAKE_FULL: Final = refused(
    "too-much-at-once", "Too many readings are being taken in", status=429, retry_after=1
)
INTAKE_FULL_FOR_NOW: Final = replace(INTAKE_FULL, status=503)
"""For senders that would take a 429 for good."""
