"""Prometheus remote write 1.0: an existing Prometheus is an upstream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from helmlog_events import clock
from helmlog_events.envelope import Metadata
from helmlog_web import headers
from helmlog_web.encodings import Identity
from helmlog_web.problems import Problem
from helmlog_web.streamed import StreamedBody, streams_body

from kpi_service.api.dependencies import KeyHolder, Services, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.api.errors.intake import INTAKE_FULL_FOR_NOW
from kpi_service.application.intake import IntakeFull
from kpi_service.application.remote_write.intake import Taken
from kpi_service.domain.source.key import KeyOwner

COUNTS: Final = "Helmlog-Samples"
VERSION: Final = "X-Prometheus-Remote-Write-Version"

_MEDIA_TYPE: Final = "application/x-protobuf"
_MESSAGE: Final = "prometheus.writerequest"
_MOST_REASONS: Final = 20
_DECODERS: Final = {"snappy": Identity}
"""Of its block format nothing can be read before it is there as a whole."""
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A prometheus.WriteRequest in snappy's block format.",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(tags=["readings"])


@router.post(
    "/v1/remote-write",
    status_code=204,
    response_class=Response,
    openapi_extra=_BODY,
    responses=by_route.WRITE_REMOTELY
    | {
        204: {
            "description": "All that was of a KPI is taken in.",
            "headers": {
                COUNTS: {
                    "description": "What became of the samples, as `accepted=20, unmapped=3`.",
                    "schema": {"type": "string"},
                }
            },
        }
    },
)
@streams_body
async def write_remotely(
    request: Request, principal: KeyHolder, services: UsedServices
) -> Response:
    """Samples from a registered source, with its key.

    A 400 names the samples that would never be taken in; all others of the request were. Whatever
    is answered 503 is to be sent again: what was taken in already has no effect then. Series that
    are no KPI are passed over and counted in `Helmlog-Samples`, as are ends of series and native
    histograms; exemplars and metadata are ignored.
    """
    if principal.key_of is None:
        raise Problem(
            403,
            "key-needed",
            "A remote write comes with a source's key",
            "Register the source, and send its key in place of the token.",
        )
    _check_headers(request)
    longest = services.remote_write.longest
    body = StreamedBody(request, patience=services.bounds.patience, decoders=_DECODERS)
    with _admitted(services, min(body.length or longest, longest)):
        content = await body.whole(longest)
        async with services.intake.turn():
            taken = await services.remote_write.take(
                KeyOwner(principal.tenant, principal.key_of),
                content,
                clock.now(),
                Metadata(actor=principal.subject, traceparent=headers.traceparent(request)),
            )
    counts = ", ".join(f"{fate}={count}" for fate, count in taken.counts.items())
    if taken.rejected:
        raise _rejected(taken, counts)
    return Response(status_code=204, headers={COUNTS: counts})


def _check_headers(request: Request) -> None:
    media_type, *parameters = request.headers.get("content-type", "").lower().split(";")
    given = dict(one.strip().partition("=")[::2] for one in parameters)
    if (
        media_type.strip() != _MEDIA_TYPE
        or given.get("proto", _MESSAGE).strip('"') != _MESSAGE
        or not request.headers.get(VERSION, "0.1.0").startswith("0.")
    ):
        raise Problem(
            415,
            "unsupported-media-type",
            "Remote write 1.0 is spoken here",
            f"The body is a prometheus.WriteRequest, as {_MEDIA_TYPE}, {VERSION} is 0.1.0.",
        )


@contextmanager
def _admitted(services: Services, size: int) -> Iterator[None]:
    """As every sender of readings, but that one beyond is answered 503: a remote write is sent
    again after any 5xx, but after a 429 only if its sender was told to. Prometheus drops it
    otherwise.
    """
    try:
        with services.intake.admitted(size):
            yield
    except IntakeFull as full:
        raise INTAKE_FULL_FOR_NOW(full) from full


def _rejected(taken: Taken, counts: str) -> Problem:
    return Problem(
        400,
        "samples-rejected",
        "Some samples were not taken in",
        f"They would not be if sent again; the others of the request were: {counts}.",
        [
            {"detail": reason, "samples": count}
            for reason, count in taken.rejected.most_common(_MOST_REASONS)
        ],
        headers={COUNTS: counts},
    )
