from __future__ import annotations

from datetime import datetime
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.okr import CommentSubject

from okr_service.application.cycles import load_cycle
from okr_service.application.decided import Decided
from okr_service.application.initiatives import load_initiative
from okr_service.application.key_results import load_key_result
from okr_service.application.objectives import load_objective
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.application.told import decided_as_told
from okr_service.domain.aggregates import COMMENT
from okr_service.domain.comment.decide import CommentCommand, decide
from okr_service.domain.comment.refusals import ReplyToUnknownComment, UnknownComment
from okr_service.domain.comment.state import Comment, CommentState, NoComment
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.told import Told


class CommentHandlers:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def handle(
        self, tenant: str, command: CommentCommand, actor: str, now: datetime
    ) -> Decided[CommentState]:
        """Raises the refusals of `decide`."""
        loaded = await self._streams.load(COMMENT, tenant, command.comment_id)
        told = [Told(event, now, actor) for event in decide(command, loaded.state)]
        return decided_as_told(COMMENT, loaded, told)

    async def answered(self, tenant: str, comment_id: UUID | None) -> Comment | None:
        """The comment that one answers; raises `ReplyToUnknownComment`."""
        if comment_id is None:
            return None
        loaded = await self._streams.load(COMMENT, tenant, comment_id)
        if isinstance(loaded.state, NoComment):
            raise ReplyToUnknownComment(comment_id)
        return loaded.state


async def load_subject_cycle(
    streams: Streams, tenant: str, subject: CommentSubject, cut: Cut
) -> Loaded[Cycle]:
    """The cycle that `subject` stands in; raises what says that there is no such thing."""
    match subject.type:
        case "objective":
            _, cycle = await load_objective(streams, tenant, subject.id, cut)
        case "key_result":
            _, _, cycle = await load_key_result(streams, tenant, subject.id, cut)
        case "initiative":
            _, purpose = await load_initiative(streams, tenant, subject.id, cut)
            cycle = purpose.cycle
        case _ as unreachable:
            assert_never(unreachable)
    return cycle


async def load_comment(
    streams: Streams, tenant: str, comment_id: UUID, cut: Cut
) -> tuple[Loaded[Comment], Loaded[Cycle]]:
    """The comment and its cycle within `cut`; raises `UnknownComment`."""
    loaded = await streams.load_at(COMMENT, tenant, comment_id, cut)
    if isinstance(loaded.state, NoComment):
        raise UnknownComment(comment_id)
    comment = loaded.state
    cycle = await load_cycle(streams, tenant, comment.facts.cycle_id, cut)
    return narrowed(loaded, comment), cycle
