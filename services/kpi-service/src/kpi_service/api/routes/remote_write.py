"""Prometheus remote write 1.0: an existing Prometheus is an upstream."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from helmlog_events import clock
from helmlog_events.envelope import Metadata
from helmlog_web import headers
from helmlog_web.problems import Problem

from kpi_service.api.dependencies import KeyHolder, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.application.remote_write.intake import Taken
from kpi_service.domain.source.key import KeyOwner

PATH: Final = "/v1/remote-write"
COUNTS: Final = "Helmlog-Samples"
VERSION: Final = "X-Prometheus-Remote-Write-Version"

_MEDIA_TYPE: Final = "application/x-protobuf"
_MESSAGE: Final = "prometheus.writerequest"
_MOST_REASONS: Final = 20
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A prometheus.WriteRequest in snappy's block format.",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(tags=["readings"])


@router.post(
    PATH,
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
    async with services.remote_write.turns.enter():
        taken = await services.remote_write.take(
            KeyOwner(principal.tenant, principal.key_of),
            await request.body(),
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
    if request.headers.get("content-encoding", "").strip().lower() != "snappy":
        raise Problem(
            415,
            "unsupported-media-type",
            "The body is compressed with snappy",
            "Content-Encoding is snappy, in its block format.",
        )


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
