"""What a decided command answers with."""

from __future__ import annotations

from helmlog_web.commands import CommandContext, Outcome, check_if_match

from okr_service.api.schemas.cycles import cycle_response
from okr_service.application.decided import Decided
from okr_service.domain.cycle.state import Cycle, CycleState, NoCycle


def cycle_outcome(
    result: Decided[CycleState],
    context: CommandContext,
    *,
    status: int = 200,
    location: str | None = None,
) -> Outcome:
    """Raises a 412 `Problem` for a write that rests on another version."""
    if location is None:
        check_if_match(context, result.stood_at)
    body = cycle_response(existing(result), result.version, context.now)
    return Outcome(result.writes, status, body, location, result.version)


def existing(result: Decided[CycleState]) -> Cycle:
    if isinstance(result.state, NoCycle):
        raise TypeError("a decided command leaves a cycle behind")
    return result.state
