"""From an example to drafts in a cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import DerivedFrom, ObjectiveLevel

from okr_service.domain.aggregates import KEY_RESULT, OBJECTIVE
from okr_service.domain.catalogue.example import ExampleKeyResult, ExampleObjective
from okr_service.domain.catalogue.refusals import UnknownExampleKeyResult
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.commands import AddKeyResult
from okr_service.domain.key_result.decide import decide as decide_key_result
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.state import KeyResult, KeyResultState, NoKeyResult
from okr_service.domain.objective.decide import (
    AttachKeyResult,
    DraftObjective,
    ObjectiveCommand,
    decide,
)
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.state import NoObjective, Objective, ObjectiveState


@dataclass(frozen=True, slots=True)
class Override:
    """The caller's own figures for a key result of the example."""

    baseline: Decimal | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Instantiate:
    """`overrides` are by the slug of the key result, `kpis` by the slug of their template."""

    example: ExampleObjective
    cycle: Cycle
    objective_id: UUID
    key_result_ids: Sequence[UUID]
    owner: str | None = None
    team: str | None = None
    level: ObjectiveLevel | None = None
    overrides: Mapping[str, Override] = field(default_factory=dict)
    kpis: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewKeyResult:
    example: ExampleKeyResult
    state: KeyResult
    events: Sequence[KeyResultEvent]


@dataclass(frozen=True, slots=True)
class Instantiated:
    objective: Objective
    events: Sequence[ObjectiveEvent]
    key_results: Sequence[NewKeyResult]


def instantiate(command: Instantiate) -> Instantiated:
    """Raises `UnknownExampleKeyResult`, `CycleIsClosed` and the refusals of measures."""
    example = command.example
    slugs = {part.slug for part in example.key_results}
    for slug in command.overrides:
        if slug not in slugs:
            raise UnknownExampleKeyResult(slug)
    draft = DraftObjective(
        objective_id=command.objective_id,
        cycle=command.cycle,
        definition=example.definition(owner=command.owner, team=command.team, level=command.level),
        origin="proposed",
        derived_from=DerivedFrom(descent="catalogue", template=example.slug),
    )
    objective, events = _decided(draft, NoObjective())
    key_results: list[NewKeyResult] = []
    for part, key_result_id in zip(example.key_results, command.key_result_ids, strict=True):
        key_results.append(_key_result(part, key_result_id, objective, command))
        attach = AttachKeyResult(command.objective_id, command.cycle, key_result_id)
        objective, attached = _decided(attach, objective)
        events += attached
    return Instantiated(objective, events, key_results)


def _key_result(
    example: ExampleKeyResult, key_result_id: UUID, objective: Objective, command: Instantiate
) -> NewKeyResult:
    override = command.overrides.get(example.slug, Override())
    add = AddKeyResult(
        key_result_id=key_result_id,
        objective=objective,
        cycle=command.cycle,
        definition=example.definition(
            baseline=override.baseline,
            target=override.target,
            kpi_id=command.kpis.get(example.kpi_template or ""),
            owner=command.owner,
        ),
    )
    events = decide_key_result(add, NoKeyResult())
    state: KeyResultState = NoKeyResult()
    for event in events:
        state = KEY_RESULT.evolve(state, event)
    if isinstance(state, NoKeyResult):
        raise TypeError("an added key result is one")
    return NewKeyResult(example, state, events)


def _decided(
    command: ObjectiveCommand, state: ObjectiveState
) -> tuple[Objective, list[ObjectiveEvent]]:
    events = decide(command, state)
    for event in events:
        state = OBJECTIVE.evolve(state, event)
    if isinstance(state, NoObjective):
        raise TypeError("a drafted objective is one")
    return state, events
