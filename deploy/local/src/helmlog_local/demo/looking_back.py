"""The same quarter as of several moments, as the witness and as okr-service tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from helmlog_local.demo.api import Api

Json = Any


@dataclass(frozen=True, slots=True)
class View:
    """A quarter as it was true at `valid_at` and known at `known_at`.

    `measured` is what audit-service reports of each key result, by id; `objectives` the progress
    okr-service shows of each objective; `differing` titles those of which they differ.
    """

    title: str
    valid_at: datetime
    known_at: datetime
    measured: Mapping[str, Json]
    objectives: Mapping[str, str | None]
    digest: str
    compared: int
    differing: Sequence[str]


async def look_back(
    api: Api, cycle_id: str, title: str, *, valid_at: datetime, known_at: datetime
) -> View:
    """Asks both services, and notes where they don't say the same. Raises DemoFailed."""
    moments = {"valid_at": valid_at.isoformat(), "known_at": known_at.isoformat()}
    report = await api.get(f"/audit/v1/cycles/{cycle_id}/report", **moments)
    board = await api.get(f"/okr/v1/cycles/{cycle_id}/board", **moments)
    reported = {
        part["id"]: part["measured"]
        for objective in report["objectives"]
        for part in objective["key_results"]
    }
    shown = {
        part["id"]: part for objective in board["objectives"] for part in objective["key_results"]
    }
    return View(
        title=title,
        valid_at=valid_at,
        known_at=known_at,
        measured=reported,
        objectives={one["id"]: one["progress"] for one in board["objectives"]},
        digest=report["digest"],
        compared=len(shown),
        differing=[
            part["title"] for key, part in shown.items() if not _agree(reported.get(key), part)
        ],
    )


def _agree(measured: Json | None, shown: Json) -> bool:
    """Progress alone: a status also depends on the time since, which each tells for itself."""
    if measured is None or measured["progress"] is None:
        return shown["progress"] is None
    return shown["progress"] is not None and Decimal(measured["progress"]) == Decimal(
        shown["progress"]
    )
