"""What may be done to a KPI's definition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIRevised,
    KPITargetSet,
    ThresholdPolicySet,
    ThresholdRule,
)
from helmlog_events.values import Number, plain

from kpi_service.domain.durations import DurationUnreadable, check_cadence, parse_duration
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.refusals import (
    AlreadyDefined,
    DurationRefused,
    KPIUnknown,
    NothingToRevise,
    RecoveryInsideBreach,
    RuleRepeated,
    RulesOverlap,
    SlugUnusable,
    TimezoneUnknown,
)
from kpi_service.domain.kpi.state import KPI, KPIState, Undefined
from kpi_service.domain.threshold.policy import compile_policy

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_READS_AS_ID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII)

Revisable = Literal["name", "definition", "unit", "owner", "key"]
Fields = dict[Revisable, str | bool | None]


@dataclass(frozen=True, slots=True)
class DefineKPI:
    """`definition` holds the fields as they will be recorded."""

    definition: KPIDefined
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviseKPI:
    """Only the fields named are set; `None` clears what may be empty."""

    kpi_id: UUID
    fields: Fields
    at: datetime


@dataclass(frozen=True, slots=True)
class SetThresholdPolicy:
    """Holds for readings observed from `effective_from` on: those already judged are again."""

    kpi_id: UUID
    effective_from: datetime
    rules: tuple[ThresholdRule, ...]
    no_data_after: str | None
    on_no_data: Literal["alert", "keep", "ok"]
    at: datetime


@dataclass(frozen=True, slots=True)
class SetTarget:
    kpi_id: UUID
    effective_from: datetime
    target: Number
    at: datetime


KPICommand = DefineKPI | ReviseKPI | SetThresholdPolicy | SetTarget


def decide(command: KPICommand, state: KPIState) -> list[KPIEvent]:
    """The events that follow, none when nothing would change. Raises a `Refusal`."""
    if isinstance(command, DefineKPI):
        if isinstance(state, KPI):
            raise AlreadyDefined(command.definition.kpi_id)
        return _define(command.definition)
    if isinstance(state, Undefined):
        raise KPIUnknown(command.kpi_id)
    match command:
        case ReviseKPI():
            return _revise(command, state)
        case SetThresholdPolicy():
            return _set_policy(command, state)
        case SetTarget():
            return _set_target(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _define(definition: KPIDefined) -> list[KPIEvent]:
    if not _SLUG.fullmatch(definition.slug) or _READS_AS_ID.fullmatch(definition.slug):
        raise SlugUnusable(definition.slug)
    try:
        check_cadence(definition.cadence)
    except DurationUnreadable as error:
        raise DurationRefused("cadence", error) from error
    try:
        ZoneInfo(definition.timezone)
    except (ValueError, OSError, LookupError) as error:
        raise TimezoneUnknown(definition.timezone) from error
    return [definition]


def _revise(command: ReviseKPI, kpi: KPI) -> list[KPIEvent]:
    if not command.fields:
        raise NothingToRevise
    changes = {
        name: value
        for name, value in command.fields.items()
        if getattr(kpi.definition, name) != value
    }
    if not changes:
        return []
    named = {"kpi_id": command.kpi_id, "changed": tuple(sorted(changes))}
    return [KPIRevised.model_validate(named | dict(changes))]


def _set_policy(command: SetThresholdPolicy, kpi: KPI) -> list[KPIEvent]:
    seen: set[tuple[str, str]] = set()
    for place, rule in enumerate(command.rules):
        if (rule.severity, rule.when) in seen:
            raise RuleRepeated(place, rule)
        seen.add((rule.severity, rule.when))
        if (rule.recover < rule.value) if rule.when == "below" else (rule.recover > rule.value):
            raise RecoveryInsideBreach(place, rule)
        _check_duration(f"rules/{place}/for_duration", rule.for_duration)
    _check_duration("no_data_after", command.no_data_after)
    policy = ThresholdPolicySet(
        kpi_id=command.kpi_id,
        effective_from=command.effective_from,
        evaluate="reading",
        rules=command.rules,
        no_data_after=command.no_data_after,
        on_no_data=command.on_no_data,
    )
    compiled = compile_policy(policy, number=0)
    if compiled.floor > compiled.ceiling:
        raise RulesOverlap(plain(compiled.floor), plain(compiled.ceiling))
    return [] if policy in kpi.policy_events else [policy]


def _set_target(command: SetTarget, kpi: KPI) -> list[KPIEvent]:
    if any(
        one.effective_from == command.effective_from and one.target == command.target
        for one in kpi.targets
    ):
        return []
    return [
        KPITargetSet(
            kpi_id=command.kpi_id, effective_from=command.effective_from, target=command.target
        )
    ]


def _check_duration(field: str, text: str | None) -> None:
    if text is None:
        return
    try:
        parse_duration(text)
    except DurationUnreadable as error:
        raise DurationRefused(field, error) from error
