"""Stretches of time that are asked for: from an instant on, before another."""

from __future__ import annotations

from datetime import datetime

from kpi_service.domain.kpi.refusals import Refusal


class StretchEmpty(Refusal):
    def __init__(self, since: datetime, before: datetime) -> None:
        super().__init__(f"{since.isoformat()} is not before {before.isoformat()}")


def check_order(since: datetime | None, before: datetime | None) -> None:
    """Nothing at all is asked for where both are the same. Raises `StretchEmpty`."""
    if since is not None and before is not None and before < since:
        raise StretchEmpty(since, before)
