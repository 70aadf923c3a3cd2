"""How refusals of sources, their keys and their remote writes look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from kpi_service.api.errors.refused import refused
from kpi_service.application.remote_write.payload import PayloadTooLarge
from kpi_service.application.remote_write.turns import Busy
from kpi_service.application.source_keys import KeyRefused
from kpi_service.domain.source import refusals as source

REFUSALS: Final[Refusals] = {
    source.SourceUnknown: refused("unknown-source", "There is no such source", status=404),
    source.SourceAlreadyRegistered: refused(
        "source-already-registered", "The source is registered", status=409
    ),
    source.SourceNameTaken: refused(
        "source-name-taken", "The name belongs to another source", "/name", status=409
    ),
    source.SourceNameKept: refused("source-name-kept", "This can't be a source's name", "/name"),
    source.SourceIsRevoked: refused("source-revoked", "The source is revoked"),
    source.SourceKPIUnknown: refused(
        "unknown-kpi-named", "There is no such KPI", lambda refusal: f"/{refusal.field}"
    ),
    source.MappingWithoutLabels: refused(
        "mapping-without-labels",
        "A mapping names at least one label",
        lambda refusal: f"/series/{refusal.place}/labels",
    ),
    source.MappingRepeated: refused(
        "mapping-repeated",
        "Two mappings have the same labels",
        lambda refusal: f"/series/{refusal.place}/labels",
    ),
    source.MappingNotAllowed: refused(
        "mapping-not-allowed",
        "The source may not send this KPI",
        lambda refusal: f"/series/{refusal.place}/kpi",
    ),
    source.OverlapTooLong: refused("overlap-too-long", "The overlap is too long", "/overlap"),
    KeyRefused: refused("unauthorized", "You are not signed in", status=401),
    PayloadTooLarge: refused("body-too-large", "The body is too large", status=413),
    Busy: refused("busy", "As much is being taken in as can be", status=503, retry_after=1),
}
