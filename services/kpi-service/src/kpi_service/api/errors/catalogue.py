from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from kpi_service.api.errors.refused import refused
from kpi_service.domain.catalogue import refusals as catalogue

REFUSALS: Final[Refusals] = {
    catalogue.UnknownTemplate: refused(
        "unknown-template", "The catalogue has no such template", status=404
    ),
    catalogue.InputNotInTemplate: refused(
        "input-not-in-template", "The template's formula has no such input", "/inputs"
    ),
    catalogue.InputNotThere: refused(
        "input-not-there", "There is no KPI for an input of the formula", "/inputs"
    ),
}
