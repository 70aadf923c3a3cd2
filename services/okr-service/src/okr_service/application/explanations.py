from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from helmlog_events.contracts.okr import CheckInRecorded

from okr_service.application.key_results import load_key_result
from okr_service.application.streams import Streams
from okr_service.domain.aggregates import CYCLE, KEY_RESULT
from okr_service.domain.board import sheet_of
from okr_service.domain.cut import Cut
from okr_service.domain.explanation import Explained, trace
from okr_service.domain.key_result.evidence import CYCLE_WATCHED, WATCHED, Evidence
from okr_service.domain.key_result.explain import explain
from okr_service.domain.key_result.explain_progress import explain_relative
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.relative import basis_before


class KPIHistory(Protocol):
    async def value_before(
        self, tenant: str, kpi_id: UUID, moment: datetime
    ) -> KPIValue | None: ...


async def explain_key_result(
    streams: Streams, history: KPIHistory, tenant: str, key_result_id: UUID, cut: Cut
) -> list[Explained]:
    """Each value it shows within `cut`; raises `UnknownKeyResult`."""
    loaded, objective, cycle = await load_key_result(streams, tenant, key_result_id, cut)
    records = await streams.read(tenant, loaded.stream, cut)
    check_ins = {
        f"check-in/{event.check_in_id}": record
        for record in records
        if record.type == CheckInRecorded.event_type
        and isinstance(event := record.event, CheckInRecorded)
    }
    evidence = Evidence(
        key_result=trace(KEY_RESULT, records, WATCHED),
        cycle=trace(CYCLE, await streams.read(tenant, cycle.stream, cut), CYCLE_WATCHED),
        check_ins=check_ins,
    )
    sheet = sheet_of(loaded.state, loaded.version)
    explained = explain(loaded.state, sheet, objective.state, cycle.state, cut.moment, evidence)
    definition, course = loaded.state.facts.definition, cycle.state.facts.course
    if definition.relative is None or definition.kpi_id is None:
        return explained
    before = basis_before(definition.relative, course)
    found = await history.value_before(tenant, definition.kpi_id, before)
    target = explain_relative(
        loaded.state, cycle.state, cut.moment, None if found is None else found.value, evidence
    )
    return [target, *explained]
