from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from helmlog_events.contracts.okr import CommentSubject
from helmlog_events.ids import new_id
from helmlog_web.commands import CommandContext, Outcome, check_if_match, execute
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor, etag

from okr_service.api.dependencies import (
    Command,
    Reader,
    Services,
    UsedCut,
    UsedServices,
    Writer,
    as_it_stands,
    seen,
)
from okr_service.api.schemas.comments import (
    CommentRequest,
    CommentResponse,
    WithdrawRequest,
    comment_response,
)
from okr_service.application.comments import load_comment, load_subject_cycle
from okr_service.application.decided import Decided
from okr_service.application.streams import Loaded
from okr_service.domain.comment.decide import AddComment, WithdrawComment
from okr_service.domain.comment.state import CommentState, NoComment
from okr_service.domain.cycle.state import Cycle

router = APIRouter(prefix="/v1", tags=["comments"])


@router.post("/objectives/{objective_id}/comments", status_code=201, response_model=CommentResponse)
async def comment_on_objective(
    objective_id: UUID, body: CommentRequest, context: Command, services: UsedServices
) -> Response:
    subject = CommentSubject(type="objective", id=objective_id)
    return await _add(subject, body, context, services)


@router.post(
    "/key-results/{key_result_id}/comments", status_code=201, response_model=CommentResponse
)
async def comment_on_key_result(
    key_result_id: UUID, body: CommentRequest, context: Command, services: UsedServices
) -> Response:
    subject = CommentSubject(type="key_result", id=key_result_id)
    return await _add(subject, body, context, services)


@router.post(
    "/initiatives/{initiative_id}/comments", status_code=201, response_model=CommentResponse
)
async def comment_on_initiative(
    initiative_id: UUID, body: CommentRequest, context: Command, services: UsedServices
) -> Response:
    subject = CommentSubject(type="initiative", id=initiative_id)
    return await _add(subject, body, context, services)


@router.get("/objectives/{objective_id}/comments", dependencies=[seen])
async def list_comments_on_objective(
    objective_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CommentResponse]:
    """In the order they were said; what was withdrawn leaves its place without its text."""
    subject = CommentSubject(type="objective", id=objective_id)
    return await _list(subject, principal, cut, services, limit, cursor)


@router.get("/key-results/{key_result_id}/comments", dependencies=[seen])
async def list_comments_on_key_result(
    key_result_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CommentResponse]:
    subject = CommentSubject(type="key_result", id=key_result_id)
    return await _list(subject, principal, cut, services, limit, cursor)


@router.get("/initiatives/{initiative_id}/comments", dependencies=[seen])
async def list_comments_on_initiative(
    initiative_id: UUID,
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CommentResponse]:
    subject = CommentSubject(type="initiative", id=initiative_id)
    return await _list(subject, principal, cut, services, limit, cursor)


@router.get("/comments/{comment_id}")
async def read_comment(
    comment_id: UUID, principal: Reader, cut: UsedCut, services: UsedServices, response: Response
) -> CommentResponse:
    loaded, _ = await load_comment(services.streams, principal.tenant, comment_id, cut)
    response.headers["ETag"] = etag(loaded.version)
    return comment_response(loaded.state, loaded.version)


@router.post("/comments/{comment_id}:withdraw", response_model=CommentResponse)
async def withdraw_comment(
    comment_id: UUID,
    body: WithdrawRequest,
    principal: Writer,
    context: Command,
    services: UsedServices,
) -> Response:
    """By its author, or by an admin. It is shown and found no more; the log keeps it."""

    async def decide() -> Outcome:
        before, cycle = await load_comment(
            services.streams, context.tenant, comment_id, as_it_stands(context)
        )
        check_if_match(context, before.version)
        command = WithdrawComment(
            comment_id=comment_id,
            cycle=cycle.state,
            by=context.actor,
            as_admin="admin" in principal.roles,
            reason=body.reason,
        )
        result = await services.comments.handle(context.tenant, command, context.actor, context.now)
        return _outcome(result, cycle)

    return await execute(services.store, context, decide)


async def _add(
    subject: CommentSubject, body: CommentRequest, context: CommandContext, services: Services
) -> Response:
    comment_id = new_id()

    async def decide() -> Outcome:
        cycle = await load_subject_cycle(
            services.streams, context.tenant, subject, as_it_stands(context)
        )
        # Neither what it is about nor what it answers can cease to exist: the cycle alone,
        # which decides whether it comes late, has to stand still.
        command = AddComment(
            comment_id=comment_id,
            cycle=cycle.state,
            subject=subject,
            text=body.text,
            reply_to=await services.comments.answered(context.tenant, body.reply_to),
        )
        result = await services.comments.handle(context.tenant, command, context.actor, context.now)
        return _outcome(result, cycle, f"/v1/comments/{comment_id}")

    return await execute(services.store, context, decide)


def _outcome(
    result: Decided[CommentState], cycle: Loaded[Cycle], location: str | None = None
) -> Outcome:
    if isinstance(result.state, NoComment):
        raise TypeError("a decided command leaves a comment behind")
    status = 200 if location is None else 201
    body = comment_response(result.state, result.version)
    return Outcome((*result.writes, cycle.guard), status, body, location, result.version)


async def _list(
    subject: CommentSubject,
    principal: Reader,
    cut: UsedCut,
    services: Services,
    limit: int,
    cursor: str | None,
) -> Page[CommentResponse]:
    after = None if cursor is None else decode_cursor(cursor, int)[0]
    found = await services.comment_lists.on(
        principal.tenant, subject, cut, after=after, limit=limit + 1
    )
    if not found:
        await load_subject_cycle(services.streams, principal.tenant, subject, cut)
    return Page(
        items=[comment_response(item.comment, item.version) for item in found[:limit]],
        next_cursor=encode_cursor([found[limit - 1].seq]) if len(found) > limit else None,
    )
