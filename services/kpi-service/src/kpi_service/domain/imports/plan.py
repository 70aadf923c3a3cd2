"""What an import does: for each row the events that follow, and what was understood of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from helmlog_events.contracts.kpi import KPIDefined
from helmlog_events.ids import new_id
from helmlog_events.tables.reading import Rejected

from kpi_service.domain.imports.phrases import NotUnderstood, TargetPhrase
from kpi_service.domain.imports.rows import KPIRow
from kpi_service.domain.kpi.decide import DefineKPI, KPICommand, ReviseKPI, SetTarget, decide
from kpi_service.domain.kpi.definition import Fields
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.refusals import Refusal
from kpi_service.domain.kpi.state import INITIAL, KPI, KPIState, Target, evolve

Outcome = Literal["created", "revised", "unchanged"]
NoteCode = Literal[
    "target-not-understood",
    "target-partly-understood",
    "target-has-no-side",
    "target-before-stands",
    "unit-not-told",
    "direction-not-told",
    "cadence-assumed",
]


@dataclass(frozen=True, slots=True)
class Note:
    code: NoteCode
    detail: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not tell it themselves."""

    cadence: str
    timezone: str
    effective_from: datetime
    """From when targets hold."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A KPI as it stands before the import."""

    state: KPIState = INITIAL
    version: int = 0


@dataclass(frozen=True, slots=True)
class PlannedRow:
    row: KPIRow
    kpi_id: UUID
    before: Standing
    events: tuple[KPIEvent, ...]
    outcome: Outcome
    notes: tuple[Note, ...]


def plan_row(row: KPIRow, before: Standing, defaults: Defaults) -> PlannedRow | Rejected:
    """Only what the row tells is changed of a KPI that is there; what it leaves out stays."""
    try:
        return _planned(row, before, defaults)
    except Refusal as refusal:
        return Rejected(row.row, str(refusal))


def _planned(row: KPIRow, before: Standing, defaults: Defaults) -> PlannedRow:
    state = before.state
    notes: list[Note] = []
    if isinstance(state, KPI):
        kpi_id = state.definition.kpi_id
        command: KPICommand = _revision(row, kpi_id, defaults)
    else:
        kpi_id = new_id()
        command = DefineKPI(_definition(row, kpi_id, defaults), at=defaults.at)
        notes += _missing(row, defaults)
    events = decide(command, state)
    kpi = _after(state, events)
    if isinstance(row.target, TargetPhrase):
        events += _target(row, row.target, kpi, defaults)
    notes += _understood(row, kpi, defaults.effective_from)
    outcome: Outcome = "created" if before.version == 0 else "revised" if events else "unchanged"
    return PlannedRow(row, kpi_id, before, tuple(events), outcome, tuple(notes))


def _definition(row: KPIRow, kpi_id: UUID, defaults: Defaults) -> KPIDefined:
    usual: dict[str, Any] = {
        "unit": "",
        "direction": None,
        "type": "operational",
        "level": "department" if "org_unit" in row.fields else "company",
        "cadence": defaults.cadence,
    }
    return KPIDefined(
        kpi_id=kpi_id,
        slug=row.slug,
        aggregation="last",
        timezone=defaults.timezone,
        **{**usual, **row.fields},
    )


def _revision(row: KPIRow, kpi_id: UUID, defaults: Defaults) -> ReviseKPI:
    fields = cast("Fields", dict(row.fields))  # rows name what can be revised
    return ReviseKPI(kpi_id, fields, at=defaults.at)


def _target(row: KPIRow, said: TargetPhrase, kpi: KPI, defaults: Defaults) -> list[KPIEvent]:
    wanted = Target(
        defaults.effective_from,
        said.number,
        said.upper,
        said.inclusive,
        said.period,
        phrase=row.phrase,
    )
    held = kpi.target_at(defaults.effective_from, said.period)
    if held is not None and replace(held, effective_from=wanted.effective_from) == wanted:
        return []
    return decide(
        SetTarget(
            kpi.definition.kpi_id,
            wanted.effective_from,
            said.number,
            defaults.at,
            said.upper,
            said.inclusive,
            said.period,
            phrase=row.phrase,
        ),
        kpi,
    )


def _after(state: KPIState, events: Iterable[KPIEvent]) -> KPI:
    for event in events:
        state = evolve(state, event)
    if not isinstance(state, KPI):
        raise TypeError("what was defined is a KPI")
    return state


def _missing(row: KPIRow, defaults: Defaults) -> list[Note]:
    """What a new KPI lacks, as long as nobody tells it."""
    notes = []
    if "unit" not in row.fields:
        notes.append(Note("unit-not-told", "its unit stays empty until it is told"))
    if "direction" not in row.fields:
        detail = "which way is good stays open, and its values are not judged by a target"
        notes.append(Note("direction-not-told", detail))
    if "cadence" not in row.fields:
        notes.append(Note("cadence-assumed", defaults.cadence))
    return notes


def _understood(row: KPIRow, kpi: KPI, moment: datetime) -> list[Note]:
    match row.target:
        case NotUnderstood(reason="empty"):
            notes = []
        case NotUnderstood():
            notes = [Note("target-not-understood", f"{row.target.reason}: {row.phrase}")]
        case TargetPhrase():
            notes = []
            if row.target.left_over:
                left = "; ".join(row.target.left_over)
                notes.append(Note("target-partly-understood", f"left over: {left}"))
            if row.target.direction is None:
                detail = "a number, but not whether more or less is good"
                notes.append(Note("target-has-no-side", detail))
    if isinstance(row.target, NotUnderstood) and kpi.targets_from(moment):
        notes.append(Note("target-before-stands", "the target set before stays as it is"))
    return notes
