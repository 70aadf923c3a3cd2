"""How refusals of what people do about breaches look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from kpi_service.api.errors.refused import refused
from kpi_service.domain.breach import refusals as breach

REFUSALS: Final[Refusals] = {
    breach.BreachUnknown: refused("unknown-breach", "There is no such breach", status=404),
    breach.BreachWithdrawn: refused("breach-withdrawn", "Readings took the breach back"),
    breach.BreachOver: refused("breach-over", "The breach is over"),
    breach.SilenceEnded: refused("silence-ended", "The silence would be over already", "/until"),
    breach.NothingToAnnotate: refused("nothing-to-annotate", "The annotation says nothing", ""),
}
