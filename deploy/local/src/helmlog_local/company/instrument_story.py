"""What is shown of the company's instruments: by which of them, and as of when."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from helmlog_local.company.series import MarkedWindow, Series


@dataclass(frozen=True, slots=True)
class InstrumentStory:
    """Series by their slugs: a feed sends what of `fed` lies around its marked window number
    `window` once more, and `foretold` is forecast at `foretold_at`, the first moment of a day.
    """

    fed: str
    window: int
    foretold: str
    foretold_at: datetime

    def window_of(self, series: Series) -> MarkedWindow:
        return series.windows[self.window]


def load_instrument_story(environment: Mapping[str, str] = os.environ) -> InstrumentStory:
    """By HELMLOG_DATA, as the company it is told of."""
    if environment.get("HELMLOG_DATA"):
        return InstrumentStory(
            fed="machine-temperature",
            window=3,
            foretold="taxi-demand",
            foretold_at=datetime(2014, 10, 15, tzinfo=UTC),
        )
    return InstrumentStory(
        fed="cold-store-temperature",
        window=0,
        foretold="orders-per-hour",
        foretold_at=datetime(2024, 7, 16, tzinfo=UTC),
    )
