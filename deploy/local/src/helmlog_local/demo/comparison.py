"""Breaches that the service found beside the windows that people marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from helmlog_local.company.series import MarkedWindow

Verdict = Literal["hit", "missed", "not judged", "outside"]


@dataclass(frozen=True, slots=True)
class Breach:
    """`recovered_at` is none while it is open."""

    severity: str
    opened_at: datetime
    recovered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A window and the breaches in it; without a window, a breach outside of all."""

    window: MarkedWindow | None
    breaches: tuple[Breach, ...]
    verdict: Verdict


def compare(
    windows: Sequence[MarkedWindow], breaches: Sequence[Breach], judged_from: datetime
) -> list[Compared]:
    """In order of time. A breach hits a window when it was open at some moment of it.

    A window that had ended before anything was judged can't be hit, nor missed.
    """
    compared = [_window(window, breaches, judged_from) for window in windows]
    compared += [
        Compared(None, (breach,), "outside")
        for breach in breaches
        if not any(_meet(breach, window) for window in windows)
    ]
    return sorted(compared, key=_begins)


def _window(window: MarkedWindow, breaches: Sequence[Breach], judged_from: datetime) -> Compared:
    hits = tuple(breach for breach in breaches if _meet(breach, window))
    if hits:
        return Compared(window, hits, "hit")
    return Compared(window, (), "not judged" if window.ends < judged_from else "missed")


def _meet(breach: Breach, window: MarkedWindow) -> bool:
    over = breach.recovered_at is not None and breach.recovered_at < window.begins
    return breach.opened_at <= window.ends and not over


def _begins(compared: Compared) -> datetime:
    return compared.breaches[0].opened_at if compared.window is None else compared.window.begins
