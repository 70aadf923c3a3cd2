"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from helmlog_web.problems import Problem, Refusals

from kpi_service.application.formats import BodyUnreadable
from kpi_service.domain.breach import refusals as breach
from kpi_service.domain.kpi import refusals as kpi


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
    breach.BreachUnknown: _refused("unknown-breach", "There is no such breach", status=404),
    breach.BreachWithdrawn: _refused("breach-withdrawn", "Readings took the breach back"),
    breach.BreachOver: _refused("breach-over", "The breach is over"),
    breach.SilenceEnded: _refused("silence-ended", "The silence would be over already", "/until"),
    breach.NothingToAnnotate: _refused("nothing-to-annotate", "The annotation says nothing", ""),
    BodyUnreadable: _refused(
        "unreadable-readings", "The body is not what its content type says", status=400
    ),
}
