"""3-6 objectives an owner and cycle, 2-5 key results an objective, and words that help: beyond it
a warning, no wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from helmlog_events.contracts.okr import KeyResultDefinition, ObjectiveDefinition

from okr_service.domain.objective.state import Objective, state_name
from okr_service.domain.wording import WordingCode, hints_on_key_result, hints_on_objective

MOST_OBJECTIVES = 6
FEWEST_KEY_RESULTS = 2
MOST_KEY_RESULTS = 5

AmountCode = Literal["too-many-objectives", "too-few-key-results", "too-many-key-results"]


@dataclass(frozen=True, slots=True)
class Advice:
    """`code` is stable; `detail` is a sentence to show."""

    code: AmountCode | WordingCode | Literal["objective-still-open", "serves-unknown"]
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


def advise_on_objective_wording(definition: ObjectiveDefinition) -> list[Advice]:
    hints = hints_on_objective(
        definition.title,
        definition.kind,
        company=definition.level == "company",
        with_why=bool(definition.why or definition.serves),
    )
    return [Advice(hint.code, hint.detail) for hint in hints]


def advise_on_key_result_wording(definition: KeyResultDefinition) -> list[Advice]:
    hints = hints_on_key_result(definition.title, by_steps=definition.metric == "milestone")
    return [Advice(hint.code, hint.detail) for hint in hints]


def advise_on_closing(still_open: Iterable[Objective]) -> list[Advice]:
    """On the objectives that a cycle is closed over: nobody said what became of them."""
    return [
        Advice("objective-still-open", f"{objective.facts.definition.title} is {state}.")
        for objective in still_open
        for state in [state_name(objective)]
    ]


def advise_on_serves(unknown: Sequence[str]) -> list[Advice]:
    """On what an objective is said to serve, and the strategy does not have."""
    return [
        Advice("serves-unknown", f"The strategy has no {name}: nothing is served by it.")
        for name in unknown
    ]
