"""The only place that knows how a refusal looks over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals
from helmlog_web.tables import TABLE_REFUSALS

from okr_service.api.errors import cycles, files, key_results, objectives, organisation, work

REFUSALS: Final[Refusals] = {
    **cycles.REFUSALS,
    **objectives.REFUSALS,
    **key_results.REFUSALS,
    **work.REFUSALS,
    **organisation.REFUSALS,
    **files.REFUSALS,
    **TABLE_REFUSALS,
}
