"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from helmlog_web.problems import Problem, Refusals

from kpi_service.application.formats import BodyUnreadable
from kpi_service.application.remote_write.payload import PayloadTooLarge
from kpi_service.application.remote_write.turns import Busy
from kpi_service.application.source_keys import KeyRefused
from kpi_service.domain.kpi import refusals as kpi
from kpi_service.domain.source import refusals as source


def _refused(
    slug: str,
    title: str,
    pointer: str | Callable[[Any], str] | None = None,
    *,
    status: int = 422,
) -> Callable[[Exception], Problem]:
    """`pointer` names the field that broke the rule, or says how to tell it from the refusal."""

    def problem(refusal: Exception) -> Problem:
        at = pointer(refusal) if callable(pointer) else pointer
        errors = [] if at is None else [{"pointer": at, "detail": str(refusal)}]
        return Problem(status, slug, title, str(refusal), errors)

    return problem


REFUSALS: Final[Refusals] = {
    kpi.KPIUnknown: _refused("unknown-kpi", "There is no such KPI", status=404),
    kpi.AlreadyDefined: _refused("kpi-already-defined", "The KPI is defined", status=409),
    kpi.SlugTaken: _refused("slug-taken", "The slug belongs to another KPI", "/slug", status=409),
    kpi.SlugUnusable: _refused("slug-unusable", "This can't be a slug", "/slug"),
    kpi.TimezoneUnknown: _refused("unknown-timezone", "There is no such timezone", "/timezone"),
    kpi.DurationRefused: _refused(
        "duration-unreadable", "This is no usable duration", lambda refusal: f"/{refusal.field}"
    ),
    kpi.NothingToRevise: _refused("nothing-to-revise", "The revision names no field", ""),
    kpi.RecoveryInsideBreach: _refused(
        "recovery-inside-breach",
        "The recovery bound lies on the bad side",
        lambda refusal: f"/rules/{refusal.place}/recover",
    ),
    kpi.RuleRepeated: _refused(
        "rule-repeated",
        "A severity has one bound a side",
        lambda refusal: f"/rules/{refusal.place}",
    ),
    kpi.RulesOverlap: _refused("rules-overlap", "The rules leave no value good", "/rules"),
    source.SourceUnknown: _refused("unknown-source", "There is no such source", status=404),
    source.SourceAlreadyRegistered: _refused(
        "source-already-registered", "The source is registered", status=409
    ),
    source.SourceNameTaken: _refused(
        "source-name-taken", "The name belongs to another source", "/name", status=409
    ),
    source.SourceNameKept: _refused("source-name-kept", "This can't be a source's name", "/name"),
    source.SourceIsRevoked: _refused("source-revoked", "The source is revoked"),
    source.SourceKPIUnknown: _refused(
        "unknown-kpi-named", "There is no such KPI", lambda refusal: f"/{refusal.field}"
    ),
    source.MappingWithoutLabels: _refused(
        "mapping-without-labels",
        "A mapping names at least one label",
        lambda refusal: f"/series/{refusal.place}/labels",
    ),
    source.MappingRepeated: _refused(
        "mapping-repeated",
        "Two mappings have the same labels",
        lambda refusal: f"/series/{refusal.place}/labels",
    ),
    source.MappingNotAllowed: _refused(
        "mapping-not-allowed",
        "The source may not send this KPI",
        lambda refusal: f"/series/{refusal.place}/kpi",
    ),
    source.OverlapTooLong: _refused("overlap-too-long", "The overlap is too long", "/overlap"),
    KeyRefused: _refused("unauthorized", "You are not signed in", status=401),
    PayloadTooLarge: _refused("body-too-large", "The body is too large", status=413),
    Busy: lambda _: Problem(
        503,
        "busy",
        "As much is being taken in as can be",
        "Nothing of the request was read; send it again.",
        headers={"Retry-After": "1"},
    ),
    BodyUnreadable: _refused(
        "unreadable-readings", "The body is not what its content type says", status=400
    ),
}
