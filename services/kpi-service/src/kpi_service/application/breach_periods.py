"""Which periods it was whose values made a breach, where a policy judges by period.

The events tell instants, each the end of a period; what that period was follows from the policy
that holds at the instant, as breaches are judged again whenever another one comes to hold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.store import PostgresStore
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.defined import read_defined
from kpi_service.domain.periods import Calendar
from kpi_service.domain.threshold.cut import Cut
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.moments import Moment


@dataclass(frozen=True, slots=True)
class BreachPeriods:
    engine: AsyncEngine
    store: PostgresStore
    catalogue: Catalogue

    async def cuts(self, tenant: str, kpi_ids: Collection[UUID], moment: Moment) -> dict[UUID, Cut]:
        """How the time of each KPI is cut, as known at `moment`; of those alone that are judged by
        period.
        """
        if not kpi_ids:
            return {}
        calendars: dict[tuple[str, str | None], Calendar] = {}
        cuts: dict[UUID, Cut] = {}
        async with self.engine.connect() as sql:
            defined = await read_defined(sql, self.store, self.catalogue, tenant, kpi_ids, moment)
            for kpi_id, kpi in defined.items():
                if all(policy.period is None for policy in kpi.policies):
                    continue
                definition = kpi.definition
                named = definition.timezone, definition.fiscal_calendar
                if named not in calendars:
                    calendars[named] = await read_calendar(
                        await driver(sql), tenant, definition, known_at=moment.known_at
                    )
                cuts[kpi_id] = Cut(kpi.policies, calendars[named])
        return cuts
