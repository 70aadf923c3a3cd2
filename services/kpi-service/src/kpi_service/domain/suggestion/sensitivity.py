"""How soon a suggested policy should fire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Sensitivity = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Setting:
    """`reach` is how many spreads off a reading is still usual; a warning begins `warning` spreads
    beyond the edge of what is usual, what is critical begins `critical` of them beyond it.

    A rule is to have fired at most `a_month` times in 30 days of this history.
    """

    reach: float
    warning: float
    critical: float
    a_month: float


SETTINGS: Final[dict[Sensitivity, Setting]] = {
    "high": Setting(reach=3.0, warning=0.0, critical=2.0, a_month=4.0),
    "medium": Setting(reach=4.0, warning=1.0, critical=3.0, a_month=1.0),
    "low": Setting(reach=5.0, warning=2.0, critical=5.0, a_month=0.25),
}
