"""What a row says of its node: its definition, and what is to be checked in and graded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar, get_args

from helmlog_events.contracts.okr import (
    KeyResultDefinition,
    ObjectiveDefinition,
    ObjectiveLevel,
)
from helmlog_events.values import plain

from okr_service.domain.arithmetic import ONE, ZERO, multiply, subtract
from okr_service.domain.imports.phrases import HUNDRED, understand
from okr_service.domain.imports.report import Note
from okr_service.domain.imports.rows import KeyResultRow, ObjectiveRow, Row

Definition = TypeVar("Definition", ObjectiveDefinition, KeyResultDefinition)

_LEVELS: Final[tuple[ObjectiveLevel, ...]] = get_args(ObjectiveLevel)
_NEAR: Final = Decimal("0.5")
"""Percent: a score is often a rounded share."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value a key result's row comes to, and what is to be said about how it was read."""

    value: Decimal | None
    notes: tuple[Note, ...] = ()


def level_below(parent: ObjectiveLevel | None) -> ObjectiveLevel:
    """Company, department, team, and then individual all the way down."""
    if parent is None:
        return _LEVELS[0]
    return _LEVELS[min(_LEVELS.index(parent) + 1, len(_LEVELS) - 1)]


def new_objective(row: ObjectiveRow, parent_level: ObjectiveLevel | None) -> ObjectiveDefinition:
    return ObjectiveDefinition(
        title=row.title,
        why=row.why or "",
        kind=row.kind or "committed",
        level=row.level or level_below(parent_level),
        team=row.team,
        owner=row.owner,
    )


def revised_objective(
    row: ObjectiveRow, known: ObjectiveDefinition, columns: Collection[str]
) -> ObjectiveDefinition:
    """With what the row states; an empty cell takes away an owner or a team, and nothing else."""
    stated = {"title": row.title, "why": row.why, "kind": row.kind, "level": row.level}
    return _revised(known, stated, {"owner": row.owner, "team": row.team}, columns)


def new_key_result(row: KeyResultRow) -> KeyResultDefinition:
    """Where nothing is said of its measure: a share done, from 0 to 100 %."""
    measure: dict[str, Any]
    if row.terms is None:
        measure = {"metric": "increase", "baseline": ZERO, "target": HUNDRED}
    else:
        measure = {name: getattr(row.terms, name) for name in row.terms.__slots__}
    return KeyResultDefinition(
        **measure,
        title=row.title,
        unit=row.unit or ("%" if row.terms is None else None),
        rate=row.rate,
        weight=ONE if row.weight is None else row.weight,
        due_on=row.due_on,
        owner=row.owner,
    )


def revised_key_result(
    row: KeyResultRow, known: KeyResultDefinition, columns: Collection[str]
) -> KeyResultDefinition:
    stated = {
        "title": row.title,
        "unit": row.unit,
        "rate": row.rate,
        "weight": row.weight,
        "due_on": row.due_on,
    }
    if row.terms is not None and row.terms.metric == known.metric:
        stated |= {name: getattr(row.terms, name) for name in row.terms.__slots__}
    elif row.terms is not None:
        # Another metric has other fields: none of the old ones stays behind.
        measure = {name: getattr(row.terms, name) for name in row.terms.__slots__}
        known = known.model_copy(update={**measure, "milestones": ()})
    return _revised(known, stated, {"owner": row.owner}, columns)


def is_share_done(definition: KeyResultDefinition) -> bool:
    """Whether its value is a share of the way in percent, so that a score is one too."""
    return (
        definition.metric == "increase"
        and definition.baseline == ZERO
        and definition.target == HUNDRED
    )


def read_value(row: KeyResultRow, definition: KeyResultDefinition) -> Reading:
    """A stated value goes first, then the score, then a phrase that leaves no doubt."""
    if row.value is not None:
        return Reading(row.value)
    if definition.kpi_id is not None or not is_share_done(definition):
        return Reading(None)
    if row.score is not None:
        return Reading(_percent(row.score))
    if row.result is None:
        return Reading(None)
    percent = understand(row.result).percent
    if percent is None:
        return Reading(None, (Note("no-share-read", "kept as words alone", row.row),))
    said = Note("share-read", f"read as {_shown(percent)} %", row.row)
    if percent <= HUNDRED:
        return Reading(percent, (said,))
    return Reading(percent, (said, Note("more-than-whole", "more than 100 % is stated", row.row)))


def notes_on_result(row: Row) -> list[Note]:
    """On a result that says something else than its score, or speaks of another cycle."""
    if row.result is None:
        return []
    understood = understand(row.result)
    notes: list[Note] = []
    if row.score is not None and understood.mentions is not None:
        score = _percent(row.score)
        if abs(subtract(score, understood.mentions)) > _NEAR:
            said = f"the result says {_shown(understood.mentions)} %, the score {_shown(score)} %"
            notes.append(Note("result-and-score-differ", f"{said}; the score counts", row.row))
    if understood.carries_over:
        detail = "the result speaks of carrying over; nothing is carried over by an import"
        notes.append(Note("speaks-of-carrying-over", detail, row.row))
    return notes


def _percent(share: Decimal) -> Decimal:
    return Decimal(_shown(multiply(share, HUNDRED)))


def _shown(percent: Decimal) -> str:
    text = plain(percent)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _revised(
    known: Definition,
    stated: Mapping[str, Any],
    removable: Mapping[str, Any],
    columns: Collection[str],
) -> Definition:
    changes = {name: value for name, value in stated.items() if value is not None}
    changes |= {name: value for name, value in removable.items() if name in columns}
    return known.model_copy(update=changes)
