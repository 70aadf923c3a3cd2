"""3-6 objectives an owner and cycle, 2-5 key results an objective: beyond it a warning, no wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MOST_OBJECTIVES = 6
FEWEST_KEY_RESULTS = 2
MOST_KEY_RESULTS = 5


@dataclass(frozen=True, slots=True)
class Advice:
    code: Literal[
        "too-many-objectives", "too-few-key-results", "too-many-key-results", "serves-unknown"
    ]
    detail: str


def advise_on_owner(objectives: int) -> list[Advice]:
    """On the number of objectives one owner has in a cycle.

    Too few is not said: a plan being written begins with one.
    """
    if objectives <= MOST_OBJECTIVES:
        return []
    detail = f"{objectives} objectives for one owner in a cycle: 3 to {MOST_OBJECTIVES} hold focus."
    return [Advice("too-many-objectives", detail)]


def advise_on_objective(key_results: int, *, accepted: bool) -> list[Advice]:
    """On the number of key results; too few is said once the objective is accepted."""
    if key_results > MOST_KEY_RESULTS:
        detail = (
            f"{key_results} key results: {FEWEST_KEY_RESULTS} to {MOST_KEY_RESULTS} hold focus."
        )
        return [Advice("too-many-key-results", detail)]
    if accepted and key_results < FEWEST_KEY_RESULTS:
        detail = f"{key_results} key results: at least {FEWEST_KEY_RESULTS} say what success is."
        return [Advice("too-few-key-results", detail)]
    return []


def advise_on_serves(unknown: Sequence[str]) -> list[Advice]:
    """On what an objective is said to serve, and the strategy does not have."""
    return [
        Advice("serves-unknown", f"The strategy has no {name}: nothing is served by it.")
        for name in unknown
    ]
