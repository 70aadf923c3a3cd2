from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.ids import stream_id
from helmlog_web.commands import Outcome, execute
from helmlog_web.reads import Page

from okr_service.api.dependencies import Command, Reader, UsedCut, UsedServices
from okr_service.api.outcomes import cycle_outcome
from okr_service.api.schemas.cycles import (
    ChangeSettingsRequest,
    CycleResponse,
    SettingsVersionResponse,
    settings_response,
)
from okr_service.application.cycles import load_cycle, settings_told
from okr_service.domain.aggregates import CYCLE
from okr_service.domain.cycle.commands import ChangeSettings

router = APIRouter(prefix="/v1/cycles/{cycle_id}/settings", tags=["cycles"])


@router.put("", response_model=CycleResponse)
async def change_settings(
    cycle_id: UUID, body: ChangeSettingsRequest, context: Command, services: UsedServices
) -> Response:
    """They hold from now on; in a cycle still planned, from its start."""
    command = ChangeSettings(cycle_id, body.reason, body.settings.settings())

    async def decide() -> Outcome:
        result = await services.cycles.change_settings(context.tenant, command, context.now)
        return cycle_outcome(result, context)

    return await execute(services.store, context, decide)


@router.get("")
async def list_settings(
    cycle_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices
) -> Page[SettingsVersionResponse]:
    """What the cycle was run and judged by, from its opening on; the last are those that hold."""
    await load_cycle(services.streams, principal.tenant, cycle_id, cut)
    records = await services.store.read_stream(
        principal.tenant, stream_id(CYCLE.category, cycle_id), up_to_seq=cut.up_to_seq
    )
    items = [
        SettingsVersionResponse(
            settings=settings_response(settings),
            holds_since=record.occurred_at,
            recorded_at=record.recorded_at,
            actor=record.actor,
            reason=reason,
            version=record.version,
        )
        for record, settings, reason in settings_told(records, cut)
    ]
    return Page(items=items)
