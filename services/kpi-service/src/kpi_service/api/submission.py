"""One request with readings, from its first piece to what became of its last row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final, NamedTuple, cast

from fastapi import Request
from helmlog_events import clock
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.protocol import EventStore, StoredRequest, StoreUnavailable
from helmlog_web.commands import (
    CommandContext,
    Outcome,
    StreamedFingerprint,
    execute,
    fingerprint,
    replay,
)
from helmlog_web.failures import problem_of
from helmlog_web.headers import IDEMPOTENCY_REPLAYED
from helmlog_web.problems import Problem, store_unavailable
from helmlog_web.streamed import StreamedBody
from starlette.responses import Response

from kpi_service.api.dependencies import Services
from kpi_service.api.errors import REFUSALS
from kpi_service.api.schemas.readings import ReadingsResponse, RejectedRow
from kpi_service.application import formats
from kpi_service.application.formats import Batch
from kpi_service.application.ingestion import Ingested
from kpi_service.application.recording import InTransaction, PreparedBatch, Tally
from kpi_service.application.rows import Rejected

_ADVICE: Final = "NDJSON and CSV may be of any size."

Tell = Callable[[Sequence[Rejected]], Awaitable[None]]
"""Is handed the rejected rows of each batch, once it is committed."""


class _Undone(Exception):
    """The request was answered before: what this one wrote last is taken back."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class _Prepared(NamedTuple):
    batch: PreparedBatch
    last: bool


class Submission:
    """Takes in the body batch by batch; `tally` says how far it has come.

    Raises a 415 `Problem` for a content type or encoding that isn't read.
    """

    def __init__(self, request: Request, context: CommandContext, services: Services) -> None:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in formats.READ:
            raise Problem(
                415,
                "unsupported-media-type",
                "Readings come as JSON, NDJSON or CSV",
                f"Content-Type is one of {', '.join(formats.READ)}.",
            )
        self.tally = Tally()
        self._request = request
        self._context = context
        self._services = services
        self._media_type = media_type
        self._body = StreamedBody(request, patience=services.bounds.patience)
        self._digest = StreamedFingerprint(request, context.actor)
        self._fingerprint = b""

    @property
    def size(self) -> int:
        """How many bytes of the body may be in memory at once."""
        bounds = self._services.bounds
        most = bounds.json if self._media_type == formats.JSON else 2 * bounds.chunk.size
        return most if self._body.length is None else min(self._body.length, most)

    async def take_in(self, tell: Tell) -> Response:
        """What a client is answered in the end; whatever fails is a `Problem` with the tally."""
        try:
            if (known := await self._find_known()) is not None:
                return await self._repeat(known)
            return await self._take_all(tell)
        except Exception as error:
            raise self._problem(error) from error

    async def _find_known(self) -> StoredRequest | None:
        key = self._context.idempotency_key
        if key is None:
            return None
        return await self._services.store.find_request(self._context.tenant, key)

    async def _repeat(self, known: StoredRequest) -> Response:
        """Reads the body only to see whether it is the same."""
        if self._media_type == formats.JSON:
            await self._whole()
        else:
            async for _ in self._pieces():
                pass
        return replay(self._finished_context(), known)

    async def _take_all(self, tell: Tell) -> Response:
        async with aclosing(self._batches()) as batches:
            prepared = await self._prepared(batches)
            while not prepared.last:
                # Python reads the next batch while the database writes this one.
                coming = asyncio.create_task(self._prepared(batches))
                try:
                    await self._take(prepared.batch, tell)
                    prepared = await coming
                finally:
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
        return await self._take_last(prepared.batch, tell)

    async def _prepared(self, batches: AsyncIterator[Batch]) -> _Prepared:
        batch = await anext(batches)
        prepared = self._services.recording.of_rows(
            batch, clock.now(), self._context.key_of or "token"
        )
        return _Prepared(prepared, batch.last)

    async def _take(self, batch: PreparedBatch, tell: Tell) -> None:
        async with self._services.intake.turn():
            result = await batch.take(self._context.tenant, self._context.metadata)
        await self._count(result, tell)

    async def _take_last(self, batch: PreparedBatch, tell: Tell) -> Response:
        """With the idempotency record: the answer stands if and only if these rows do."""

        async def keep(tx: Transaction, result: Ingested) -> Response:
            async def decide() -> Outcome:
                answer = _response(self.tally.with_batch(result))
                return Outcome(result.writes, 200, answer)

            # Of a store, execute needs no more than that.
            store = cast("EventStore", InTransaction(tx))
            return _kept(await execute(store, self._finished_context(), decide))

        try:
            async with self._services.intake.turn():
                result, response = await batch.take_and(self._context.tenant, keep)
        except _Undone as undone:
            return undone.response
        await self._count(result, tell)
        return response

    async def _count(self, result: Ingested, tell: Tell) -> None:
        self.tally = self.tally.with_batch(result)
        await tell(result.rejected)

    async def _batches(self) -> AsyncGenerator[Batch, None]:
        chunk = self._services.bounds.chunk
        if self._media_type == formats.JSON:
            for batch in formats.batches_of_json(await self._whole(), chunk):
                yield batch
            return
        parser = formats.LINE_PARSERS[self._media_type]()
        async with aclosing(formats.batches_of_lines(self._pieces(), parser, chunk)) as batches:
            async for batch in batches:
                yield batch

    async def _whole(self) -> bytes:
        body = await self._body.whole_json(self._services.bounds.json, _ADVICE)
        if self._context.idempotency_key is not None:
            self._fingerprint = fingerprint(self._request, self._context.actor, body)
        return body

    async def _pieces(self) -> AsyncIterator[bytes]:
        async for piece in self._body.pieces():
            if self._context.idempotency_key is not None:
                self._digest.update(piece)
            yield piece
        self._fingerprint = self._digest.digest()

    def _finished_context(self) -> CommandContext:
        return replace(self._context, fingerprint=self._fingerprint)

    def _problem(self, error: Exception) -> Problem:
        if (refused := REFUSALS.get(type(error))) is not None:
            problem = refused(error)
        elif isinstance(error, StoreUnavailable):
            problem = store_unavailable(error)
        else:
            problem = problem_of(error, self._request.scope)
        problem.extensions["taken"] = {
            "rows": self.tally.rows,
            "accepted": self.tally.accepted,
            "duplicates": self.tally.duplicates,
            "corrected": self.tally.corrected,
            "rejected_total": self.tally.rejected,
        }
        if self.tally.rows:
            said = f"{self.tally.rows} rows were taken in before; all can be sent again unharmed."
            problem.detail = f"{problem.detail or problem.title} {said}"
        return problem


def rejected_row(rejected: Rejected) -> RejectedRow:
    """Places count from 0, rows as people count them."""
    return RejectedRow(row=rejected.place + 1, reason=rejected.reason)


def _kept(response: Response) -> Response:
    if IDEMPOTENCY_REPLAYED in response.headers:
        raise _Undone(response)
    return response


def _response(tally: Tally) -> ReadingsResponse:
    return ReadingsResponse(
        accepted=tally.accepted,
        duplicates=tally.duplicates,
        corrected=tally.corrected,
        rejected_total=tally.rejected,
        rejected=[rejected_row(one) for one in tally.named],
    )
