"""A small service to try the edge with: ships that are named and renamed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import (
    ANY_VERSION,
    Append,
    Appended,
    Metadata,
    NewEvent,
    StreamWrite,
)
from helmlog_events.ids import new_id, stream_id
from helmlog_events.store.memory import MemoryStore
from helmlog_events.store.protocol import StoreUnavailable, VersionConflict
from helmlog_events.values import Instant, Number
from helmlog_web.app import create_service_app
from helmlog_web.auth import Principal, require
from helmlog_web.commands import (
    CommandContext,
    Outcome,
    check_if_match,
    command_context,
    execute,
)
from helmlog_web.documented import Told, refuses
from helmlog_web.health import ReadinessCheck
from helmlog_web.problems import Problem
from helmlog_web.reads import (
    AsOfQuery,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    min_seq,
)
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.testing import TestIssuer
from helmlog_web.text import Paragraph, Slug, Title
from pydantic import Field
from starlette.responses import Response

Context = Annotated[CommandContext, Depends(command_context())]
Sailor = Annotated[Principal, Depends(require("contributor", "admin"))]


class Mooring(RequestModel):
    length: Number
    tight: bool = False


class ShipRequest(RequestModel):
    title: Title
    slug: Slug | None = None
    story: Paragraph = ""
    draught: Number | None = None
    crew: int = Field(default=0, ge=0, le=10_000)
    speed: float | None = None
    launched_at: Instant | None = None
    moorings: tuple[Mooring, ...] = ()
    extras: dict[str, Any] = Field(default_factory=dict)


class ShipResponse(ResponseModel):
    id: UUID
    title: str
    version: int


class TooShallow(Exception):
    """`field` is what broke the rule."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _too_shallow(error: TooShallow) -> Problem:
    told = {"pointer": f"#/{error.field}", "detail": "no ship lies there"}
    return Problem(422, "too-shallow", "The water is too shallow", errors=[told])


class ShipSunk(Exception):
    def __init__(self, ship: UUID) -> None:
        super().__init__(ship)
        self.ship = ship


class ContendedStore(MemoryStore):
    """A store in which rivals write to the same streams just before an append."""

    def __init__(self) -> None:
        super().__init__()
        self.rivals = 0

    async def append(self, append: Append) -> Appended:
        if self.rivals:
            self.rivals -= 1
            rival = tuple(
                StreamWrite(write.stream, ANY_VERSION, write.events[:1]) for write in append.writes
            )
            await super().append(Append(append.tenant, Metadata("rival"), rival))
        return await super().append(append)


class Harbour:
    """The store and the counters that tests look at."""

    def __init__(self) -> None:
        self.store = ContendedStore()
        self.seen = 0
        self.decisions = 0
        self.issuer = TestIssuer()
        self.unready: Exception | None = None

    async def position(self) -> int:
        return self.seen

    async def broker(self) -> None:
        if self.unready is not None:
            raise self.unready

    async def create(self, context: CommandContext, request: ShipRequest) -> Response:
        ship = new_id()

        async def decide() -> Outcome:
            self.decisions += 1
            return Outcome(
                writes=(_write(context, stream_id("ship", ship), 0),),
                status=201,
                body=ShipResponse(id=ship, title=request.title, version=1),
                location=f"/v1/ships/{ship}",
                version=1,
            )

        return await execute(self.store, context, decide)

    async def rename(self, context: CommandContext, ship: UUID, title: str) -> Response:
        stream = stream_id("ship", ship)

        async def decide() -> Outcome:
            self.decisions += 1
            version = len(await self.store.read_stream(context.tenant, stream))
            if version == 0:
                raise Problem(404, "not-found", "There is no such ship")
            check_if_match(context, version)
            write = _write(context, stream, version)
            if title == "unchanged":
                write = StreamWrite(stream, version, ())
            version += len(write.events)
            body = ShipResponse(id=ship, title=title, version=version)
            return Outcome((write,), 200, body, version=version)

        return await execute(self.store, context, decide)


def _write(context: CommandContext, stream: str, expected: int) -> StreamWrite:
    return StreamWrite(stream, expected, (NewEvent(NameReserved(holder=new_id()), context.now),))


def create_harbour_app(harbour: Harbour, **options: Any) -> FastAPI:
    return create_service_app(
        title="harbour",
        version="1.0.0",
        routers=[_router(harbour), _berths()],
        authenticator=harbour.issuer.authenticator,
        read_position=harbour.position,
        refusals={
            ShipSunk: lambda error: Problem(422, "ship-sunk", "It sank", ship=error.ship),
            TooShallow: _too_shallow,
        },
        readiness=[ReadinessCheck("broker", harbour.broker)],
        **options,
    )


def _router(harbour: Harbour) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/ships", status_code=201, response_model=ShipResponse)
    async def create(request: ShipRequest, context: Context, _: Sailor) -> Response:
        return await harbour.create(context, request)

    @router.patch("/ships/{ship}", response_model=ShipResponse)
    async def rename(ship: UUID, request: ShipRequest, context: Context, _: Sailor) -> Response:
        return await harbour.rename(context, ship, request.title)

    @router.post("/ships/{ship}:sink", responses=refuses(Told(422, "ship-sunk")))
    async def sink(ship: UUID, _: Sailor) -> None:
        raise ShipSunk(ship)

    @router.post("/logbooks")
    async def logbook(request: Request, context: Context) -> dict[str, Any]:
        return {"bytes": len(await request.body()), "actor": context.actor}

    @router.get("/ships", dependencies=[Depends(min_seq)])
    async def ships(
        _: Sailor, as_of: AsOfQuery, limit: Limit = 100, cursor: Cursor = None, name: str = ""
    ) -> Page[str]:
        start = decode_cursor(cursor, int, UUID)[0] if cursor else 0
        following = encode_cursor([start + limit, new_id()])
        return Page(items=[f"{start} {limit} {as_of.valid_at} {name}"], next_cursor=following)

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret: postgresql://admin:hunter2@db")

    @router.get("/store-away")
    async def store_away() -> None:
        raise StoreUnavailable("the database is away")

    @router.post("/conflicting")
    async def conflicting() -> None:
        raise VersionConflict("ship-1", 3, 4)

    return router


def _berths() -> APIRouter:
    """None is deep enough."""
    router = APIRouter(prefix="/v1/berths")

    @router.get("/{berth}")
    async def berth(berth: str, draught: int) -> None:
        raise TooShallow("draught" if draught else "berth")

    @router.post("")
    async def dredge() -> None:
        raise TooShallow("draught")

    return router
