from __future__ import annotations

from collections.abc import Sequence

from okr_service.application.streams import Streams
from okr_service.domain.aggregates import OBJECTIVE
from okr_service.domain.board import Board
from okr_service.domain.objective.state import Closed, Declined, NoObjective, Objective


async def open_objectives(streams: Streams, tenant: str, board: Board) -> Sequence[Objective]:
    """Those of a cycle that nobody closed or declined.

    A board may be some milliseconds behind, so each is looked at in its own stream; one drafted in
    those milliseconds is not seen, and closing does not rest on it.
    """
    still_open: list[Objective] = []
    for sheet in board.objectives():
        if isinstance(sheet.objective, Closed | Declined):
            continue
        key = sheet.objective.facts.objective_id
        objective = (await streams.load(OBJECTIVE, tenant, key)).state
        if not isinstance(objective, Closed | Declined | NoObjective):
            still_open.append(objective)
    return still_open
