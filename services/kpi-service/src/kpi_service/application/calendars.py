"""How time is cut for a KPI."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

import asyncpg

from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar


class Calendars(Protocol):
    async def of(self, connection: asyncpg.Connection, tenant: str, kpi: KPI) -> Calendar:
        """The KPI's calendar, as it is known now. Raises a `Refusal` if it is not."""


class ZoneCalendars:
    async def of(self, connection: asyncpg.Connection, tenant: str, kpi: KPI) -> Calendar:  # noqa: ARG002
        return Calendar(ZoneInfo(kpi.definition.timezone))
