from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from helmlog_events.contracts.okr import CheckInRecorded
from helmlog_events.ids import stream_id

from okr_service.application.key_results import Contributions, load_key_result, load_sheet
from okr_service.application.streams import Loaded, Streams
from okr_service.domain.aggregates import CYCLE, KEY_RESULT
from okr_service.domain.board import sheet_of
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.explanation import Explained, trace
from okr_service.domain.key_result.evidence import CYCLE_WATCHED, WATCHED, Evidence
from okr_service.domain.key_result.explain import explain
from okr_service.domain.key_result.explain_progress import explain_relative
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.relative import basis_before
from okr_service.domain.objective.explain import ObjectiveExplainer
from okr_service.domain.objective.histories import Histories
from okr_service.domain.objective.state import Objective


class KPIHistory(Protocol):
    async def value_before(
        self, tenant: str, kpi_id: UUID, moment: datetime
    ) -> KPIValue | None: ...


async def explain_key_result(
    streams: Streams, history: KPIHistory, tenant: str, key_result_id: UUID, cut: Cut
) -> tuple[int, list[Explained]]:
    """Its version, and each value it shows within `cut`; raises `UnknownKeyResult`."""
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
        return loaded.version, explained
    before = basis_before(definition.relative, course)
    found = await history.value_before(tenant, definition.kpi_id, before)
    target = explain_relative(
        loaded.state, cycle.state, cut.moment, None if found is None else found.value, evidence
    )
    return loaded.version, [target, *explained]


async def explain_objective(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    objective: Loaded[Objective],
    cycle: Loaded[Cycle],
    cut: Cut,
) -> Sequence[Explained]:
    """From the events of the objective, its key results and its cycle, those within `cut`."""
    sheet = await load_sheet(streams, contributions, tenant, objective, cut)
    keys = sorted(objective.state.facts.key_result_ids)
    names = [
        objective.stream,
        cycle.stream,
        *(stream_id(KEY_RESULT.category, key) for key in keys),
    ]
    told = await asyncio.gather(*(streams.read(tenant, name, cut) for name in names))
    histories = Histories(dict(zip(names, told, strict=True)))
    return ObjectiveExplainer(sheet, cycle.state, cut.moment, histories).explain()
