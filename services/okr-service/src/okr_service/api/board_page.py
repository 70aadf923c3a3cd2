"""The page of a present board, rendered from what has changed since it was last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from helmlog_events.clock import rfc3339
from helmlog_web.schemas import ResponseModel

from okr_service.api.schemas.cycles import cycle_response
from okr_service.api.schemas.initiatives import key_result_work_responses
from okr_service.api.schemas.objectives import objective_response
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.initiative.sheet import InitiativeSheet
from okr_service.domain.organisation.state import Organisation
from okr_service.domain.sheet import ObjectiveSheet

BoardPlace = tuple[str, UUID]
"""A tenant, and a cycle of it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every objective of a board is rendered with."""

    cycle: Cycle
    moment: datetime
    organisation: Organisation


class _Part(NamedTuple):
    """An objective as it was rendered, and what from."""

    sheet: ObjectiveSheet
    json: bytes


class _Rendered(NamedTuple):
    around: Surroundings
    parts: Mapping[UUID, _Part]


class RenderedObjectives:
    """The objectives of boards as they were last rendered, for the same surroundings: within a
    minute a board changes by a few of them. An objective is a function of its sheet and its
    surroundings; both are compared, versions included, and what is equal is not rendered again.
    """

    def __init__(self, *, keep: int = 64) -> None:
        self._keep = keep
        self._kept: OrderedDict[BoardPlace, _Rendered] = OrderedDict()

    def render(
        self, place: BoardPlace, sheets: Sequence[ObjectiveSheet], around: Surroundings
    ) -> list[bytes]:
        """Each as JSON, in the order of `sheets`."""
        kept = self._kept.get(place)
        known = kept.parts if kept is not None and kept.around == around else {}
        parts = {
            objective_id: part
            if (part := known.get(objective_id)) is not None and part.sheet == sheet
            else _Part(sheet, render_objective(sheet, around))
            for sheet in sheets
            for objective_id in [sheet.objective.facts.objective_id]
        }
        self._kept[place] = _Rendered(around, parts)
        self._kept.move_to_end(place)
        if len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        return [part.json for part in parts.values()]


def render_objective(sheet: ObjectiveSheet, around: Surroundings) -> bytes:
    response = objective_response(
        sheet, around.cycle, around.moment, organisation=around.organisation
    )
    return response.model_dump_json().encode()


def board_page(
    cycle_version: int,
    objectives: Sequence[bytes],
    initiatives: Sequence[InitiativeSheet],
    around: Surroundings,
    *,
    valid_at: datetime | None,
    known_at: datetime | None,
) -> bytes:
    """A `BoardResponse` as JSON, its objectives rendered already."""
    return orjson.dumps(
        {
            "cycle": _fragment(cycle_response(around.cycle, cycle_version, around.moment)),
            "valid_at": _instant(valid_at),
            "known_at": _instant(known_at),
            "judged_at": rfc3339(around.moment),
            "objectives": [orjson.Fragment(objective) for objective in objectives],
            "initiatives": [_fragment(work) for work in key_result_work_responses(initiatives)],
        }
    )


def _fragment(response: ResponseModel) -> orjson.Fragment:
    return orjson.Fragment(response.model_dump_json())


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
