"""The one way a write goes: from a request to an append to a response."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from fastapi import Request
from helmlog_events import clock
from helmlog_events.basis import deciding
from helmlog_events.canonical import canonical_json
from helmlog_events.envelope import (
    Append,
    IdempotencyRecord,
    Metadata,
    StoredResponse,
    StreamWrite,
)
from helmlog_events.ids import new_id
from helmlog_events.store.protocol import (
    AlreadyDone,
    EventStore,
    StoredRequest,
    VersionConflict,
)
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from helmlog_web import headers
from helmlog_web.auth import Caller, Role
from helmlog_web.body import is_json
from helmlog_web.openapi import COMMAND_SCHEME
from helmlog_web.problems import Problem, conflict, stale

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

MAX_TRIES: Final = 5
_LONGEST_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What stands around a command. `fingerprint` is empty when there is no key to compare for;
    `key_of` as with a `Principal`.
    """

    tenant: str
    actor: str
    metadata: Metadata
    now: datetime
    idempotency_key: str | None
    fingerprint: bytes
    if_match: int | None
    key_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to, before it is committed.

    `writes` is empty, or its events are, when nothing changed (one without events beside others is
    a guard); `body` is None for a response without one; `version` is the stream version the
    caller's thing will stand at. `told_once` is the body of the first answer where that tells a
    secret: it is kept nowhere, and a replay answers `body`.
    """

    writes: tuple[StreamWrite, ...]
    status: int
    body: BaseModel | dict[str, Any] | None
    location: str | None = None
    version: int | None = None
    told_once: BaseModel | None = None


class Commanding(Caller):
    def __init__(
        self, roles: Sequence[Role], *, streamed: bool = False, keys: bool = False
    ) -> None:
        super().__init__(roles, scheme_name=COMMAND_SCHEME, keys=keys)
        self._streamed = streamed

    async def __call__(self, request: Request) -> CommandContext:
        principal = await self.identify(request)
        key = headers.idempotency_key(request)
        command_id = new_id()
        digest = b""
        if key is not None and not self._streamed:
            digest = fingerprint(request, principal.subject, await request.body())
        return CommandContext(
            tenant=principal.tenant,
            actor=principal.subject,
            metadata=Metadata(
                actor=principal.subject,
                command_id=command_id,
                correlation_id=command_id,
                traceparent=headers.traceparent(request),
            ),
            now=clock.now(),
            idempotency_key=key,
            fingerprint=digest,
            if_match=headers.if_match(request),
            key_of=principal.key_of,
        )


def command_context(*roles: Role, streamed: bool = False, keys: bool = False) -> Commanding:
    """A dependency that reads a command's headers, for callers who have one of `roles` (any role at
    all when none is named) or, with `keys`, a key of the service's own. It raises a 422 `Problem`
    for malformed ones.

    The headers are documented by the scheme's name: see `helmlog_web.openapi`. A `streamed` body is
    left unread, and the fingerprint empty: the route adds it once it has read the body.
    """
    return Commanding(roles, streamed=streamed, keys=keys)


def fingerprint(request: Request, subject: str, body: bytes) -> bytes:
    """SHA-256 over who asked for what; the spelling of a JSON body does not matter."""
    if body and is_json(request.headers.get("content-type", "")):
        body = canonical_json(orjson.loads(body))
    digest = _asked(request, subject)
    digest.update(len(body).to_bytes(8, "big"))
    digest.update(body)
    return digest.digest()


class StreamedFingerprint:
    """The same over a body as it comes; how it was cut and encoded does not matter."""

    def __init__(self, request: Request, subject: str) -> None:
        self._digest = _asked(request, subject)
        # No body is that long: a streamed one never passes for one that was read at once.
        self._digest.update(b"\xff" * 8)

    def update(self, piece: bytes) -> None:
        self._digest.update(piece)

    def digest(self) -> bytes:
        return self._digest.digest()


def _asked(request: Request, subject: str) -> HASH:
    digest = sha256()
    for part in (
        request.method.encode(),
        request.scope["path"].encode(errors="surrogatepass"),
        request.scope["query_string"],
        subject.encode(),
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest


def check_if_match(context: CommandContext, version: int) -> None:
    """Raises a 412 `Problem` when the caller's If-Match is not the version a thing stands at."""
    if context.if_match is not None and context.if_match != version:
        raise stale(version)


async def execute(
    store: EventStore, context: CommandContext, decide: Callable[[], Awaitable[Outcome]]
) -> Response:
    """Decides, commits, answers: once per idempotency key, however often it is asked.

    `decide` loads, folds and decides without writing; it is run again when another write came
    between, or when what it remembered of a stream was not enough (see `helmlog_events.basis`).
    Raises a `Problem`: 422 for a key used with another request, 412 or 409 for a conflict; and what
    `decide` or the store raise.
    """
    for attempt in range(1, MAX_TRIES + 1):
        try:
            return await _attempt(store, context, decide, trusting=attempt == 1)
        except VersionConflict as error:
            if context.if_match is not None or attempt == MAX_TRIES:
                raise conflict(error, conditional=context.if_match is not None) from error
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE) * attempt)  # noqa: S311  # spreads retries, hides nothing
    raise AssertionError("the last attempt returns or raises")


async def _attempt(
    store: EventStore,
    context: CommandContext,
    decide: Callable[[], Awaitable[Outcome]],
    *,
    trusting: bool,
) -> Response:
    """Raises `VersionConflict` for what was decided on states that were read."""
    outcome = None
    with deciding(trusting=trusting) as basis:
        try:
            outcome = await decide()
        except Exception:
            if not basis.recalled:
                # What refuses it may be the effect of its own twin, done meanwhile.
                if (answered := await _find_replay(store, context)) is None:
                    raise
                return answered
    if outcome is not None and basis.is_checked_by(outcome.writes):
        try:
            response = await _commit(store, context, outcome)
        except AlreadyDone as done:
            return replay(context, done.stored)
        except VersionConflict:
            if not basis.recalled:
                raise
        else:
            basis.committed(context.tenant, outcome.writes)
            return response
    return await _attempt(store, context, decide, trusting=False)


async def _find_replay(store: EventStore, context: CommandContext) -> Response | None:
    if context.idempotency_key is None:
        return None
    stored = await store.find_request(context.tenant, context.idempotency_key)
    return None if stored is None else replay(context, stored)


async def _commit(store: EventStore, context: CommandContext, outcome: Outcome) -> Response:
    # The body is fixed before the append: it is committed with it.
    answer = told = _rendered(outcome)
    if outcome.told_once is not None:
        told = replace(answer, body=outcome.told_once.model_dump_json(by_alias=True))
    # Guards are worth nothing by themselves.
    writes = outcome.writes if any(write.events for write in outcome.writes) else ()
    record = None
    if context.idempotency_key is not None:
        record = IdempotencyRecord(context.idempotency_key, context.fingerprint, answer)
    if not writes and record is None:
        return _response(told, await store.head())
    appended = await store.append(
        Append(context.tenant, context.metadata, writes, idempotency=record)
    )
    return _response(told, appended.last_seq)


def _rendered(outcome: Outcome) -> StoredResponse:
    fields: dict[str, str] = {}
    if outcome.version is not None:
        fields["ETag"] = headers.etag(outcome.version)
    if outcome.location is not None:
        fields["Location"] = outcome.location
    match outcome.body:
        case None:
            body = ""
        case BaseModel():
            body = outcome.body.model_dump_json(by_alias=True)
        case _:
            body = to_json(outcome.body).decode()
    return StoredResponse(outcome.status, body, fields)


def replay(context: CommandContext, stored: StoredRequest) -> Response:
    """What was answered before. Raises a 422 `Problem` when that was another request."""
    if stored.fingerprint != context.fingerprint:
        raise Problem(
            422,
            "idempotency-key-reused",
            "This Idempotency-Key came with another request before",
            "Use a new key for a new request.",
        )
    response = _response(stored.response, stored.last_seq)
    response.headers[headers.IDEMPOTENCY_REPLAYED] = "true"
    return response


def _response(answer: StoredResponse, seq: int) -> Response:
    media_type = "application/json" if answer.body else None
    response = Response(answer.body or None, answer.status, answer.headers, media_type)
    response.headers[headers.SEQ] = str(seq)
    return response
