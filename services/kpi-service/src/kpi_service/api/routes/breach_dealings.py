"""What people do about a breach, or about the silence of a source."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute

from kpi_service.api.dependencies import DefinitionCommand, Services, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.breaches import (
    AcknowledgeBreachRequest,
    AnnotateBreachRequest,
    BreachStoryResponse,
    SilenceBreachRequest,
    breach_story_response,
)
from kpi_service.domain.breach.decide import (
    AcknowledgeBreach,
    AnnotateBreach,
    BreachCommand,
    SilenceBreach,
    UnsilenceBreach,
)
from kpi_service.domain.breach.refusals import BreachUnknown
from kpi_service.domain.breach.state import Standing
from kpi_service.readmodel.moments import Moment
from kpi_service.readmodel.stories import Entry, tell

router = APIRouter(prefix="/v1/breaches", tags=["breaches"])


@router.post(
    "/{breach_id}:acknowledge", response_model=BreachStoryResponse, responses=by_route.DEAL
)
async def acknowledge_breach(
    breach_id: UUID,
    context: DefinitionCommand,
    services: UsedServices,
    body: AcknowledgeBreachRequest | None = None,
) -> Response:
    """Somebody has seen it and takes care of it; asked twice, it is done once."""
    return await _deal(
        breach_id,
        lambda breach: AcknowledgeBreach(breach, body.note if body else None, context.now),
        context,
        services,
    )


@router.post("/{breach_id}:silence", response_model=BreachStoryResponse, responses=by_route.SILENCE)
async def silence_breach(
    breach_id: UUID, body: SilenceBreachRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """Nobody needs to be told of it before `until`; what happens is recorded all the same."""
    return await _deal(
        breach_id,
        lambda breach: SilenceBreach(breach, body.until, body.reason, context.now),
        context,
        services,
    )


@router.post("/{breach_id}:unsilence", response_model=BreachStoryResponse, responses=by_route.DEAL)
async def unsilence_breach(
    breach_id: UUID,
    context: DefinitionCommand,
    services: UsedServices,
) -> Response:
    """It is to be told of again; nothing comes of it where it is not silenced."""
    return await _deal(
        breach_id, lambda breach: UnsilenceBreach(breach, context.now), context, services
    )


@router.post(
    "/{breach_id}:annotate", response_model=BreachStoryResponse, responses=by_route.ANNOTATE
)
async def annotate_breach(
    breach_id: UUID, body: AnnotateBreachRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """What it came from and what is done about it, while it lasts or after."""
    return await _deal(
        breach_id,
        lambda breach: AnnotateBreach(breach, body.cause, body.corrective_action, context.now),
        context,
        services,
    )


async def _deal(
    breach_id: UUID,
    command: Callable[[Standing], BreachCommand],
    context: CommandContext,
    services: Services,
) -> Response:
    async def decide() -> Outcome:
        decided = await services.dealings.decide(context.tenant, breach_id, context.now, command)
        check_if_match(context, decided.before)
        said = await services.breaches.said(context.tenant, decided.breach)
        story = tell(
            [
                *said,
                *map(Entry.of, decided.past),
                *(Entry(one, context.actor, context.now, context.now) for one in decided.events),
            ]
        )
        if story is None:
            raise BreachUnknown(breach_id)
        now = Moment(context.now)
        cuts = await services.breach_periods.cuts(context.tenant, [story.kpi_id], now)
        body = breach_story_response(story, now.at, cuts.get(story.kpi_id))
        return Outcome(decided.writes, 200, body, version=decided.version)

    return await execute(services.store, context, decide)
