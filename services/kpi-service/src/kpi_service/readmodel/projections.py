"""What the lists show, made from the service's own log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import orjson
from helmlog_events.clock import rfc3339
from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIFormulaSet,
    KPIRetired,
    KPIRevised,
    KPIRevived,
    KPITargetSet,
    KPITargetWithdrawn,
    ThresholdPolicySet,
)
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from sqlalchemy import Table, cast, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.domain.kpi.events import KPIEvent, true_since
from kpi_service.readmodel.tables import kpis

SOURCE: Final = "kpi"
_LISTED: Final = ("name", "type", "level", "owner", "org_unit", "key", "parent_id")
# Most of the log is values: only what is named here is worth reading.
_DEFINING: Final = frozenset(kind.event_type for kind in get_args(KPIEvent))


class KPIList:
    """One row a KPI, with the events that define it."""

    name = "kpi_list"
    sources = frozenset({SOURCE})
    tables: Sequence[Table] = (kpis,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        for _, record in events:
            if record.type not in _DEFINING:
                continue
            match record.event:
                case KPIDefined() as defined:
                    await sql.execute(insert(kpis).values(_defined(record, defined)))
                case KPIRevised() as revised:
                    changes: dict[str, object] = {
                        name: getattr(revised, name) for name in _LISTED if name in revised.changed
                    }
                    if "name" in changes:
                        changes["folded_name"] = str(revised.name).casefold()
                    await _append(sql, record, revised, changes)
                case KPIFormulaSet() as derived:
                    await _append(sql, record, derived, {"derived": True})
                case (
                    KPIRetired()
                    | KPIRevived()
                    | KPITargetSet()
                    | KPITargetWithdrawn()
                    | ThresholdPolicySet() as added
                ):
                    await _append(sql, record, added, {})
                case _:
                    pass


def _defined(record: RecordedEvent, event: KPIDefined) -> dict[str, Any]:
    return {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "slug": event.slug,
        "folded_name": event.name.casefold(),
        "template": event.template,
        "derived": False,
        **{name: getattr(event, name) for name in _LISTED},
        "events": [_kept(record, event)],
        "version": record.version,
    }


async def _append(
    sql: AsyncConnection,
    record: RecordedEvent,
    event: KPIEvent,
    changes: Mapping[str, object],
) -> None:
    await sql.execute(
        update(kpis)
        .where(kpis.c.tenant == record.tenant, kpis.c.kpi_id == event.kpi_id)
        .values(
            events=kpis.c.events + cast([_kept(record, event)], JSONB),
            version=record.version,
            **changes,
        )
    )


def _kept(record: RecordedEvent, event: KPIEvent) -> list[Any]:
    return [
        record.type,
        record.schema_version,
        orjson.loads(record.data),
        rfc3339(true_since(event, record.occurred_at)),
        record.seq,
    ]
