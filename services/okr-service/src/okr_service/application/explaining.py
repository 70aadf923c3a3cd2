from __future__ import annotations

import asyncio
from collections.abc import Sequence

from helmlog_events.ids import stream_id

from okr_service.application.key_results import load_sheet
from okr_service.application.streams import Loaded, Streams
from okr_service.domain.aggregates import KEY_RESULT
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.explanation import Explained, Histories
from okr_service.domain.objective.explain import ObjectiveExplainer
from okr_service.domain.objective.state import Objective


async def explain_objective(
    streams: Streams,
    tenant: str,
    objective: Loaded[Objective],
    cycle: Loaded[Cycle],
    cut: Cut,
) -> Sequence[Explained]:
    """From the events of the objective, its key results and its cycle, those within `cut`."""
    sheet = await load_sheet(streams, tenant, objective, cut)
    keys = sorted(objective.state.facts.key_result_ids)
    names = [
        objective.stream,
        cycle.stream,
        *(stream_id(KEY_RESULT.category, key) for key in keys),
    ]
    told = await asyncio.gather(*(streams.read_at(tenant, name, cut) for name in names))
    histories = Histories(dict(zip(names, told, strict=True)))
    return ObjectiveExplainer(sheet, cycle.state, cut.moment, histories).explain()
