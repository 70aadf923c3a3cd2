"""Setting a KPI's formula: all that it would be made of is read, and held, while it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, cast
from uuid import UUID

from helmlog_events.contracts.kpi import FormulaInput, Period
from helmlog_events.envelope import NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id, stream_key

from kpi_service.application.handlers import Definitions, Loaded
from kpi_service.domain.formula.decide import (
    MAX_REACH,
    FormulaAllowed,
    SetFormula,
    made_of,
    set_formula,
)
from kpi_service.domain.formula.refusals import FormulaTooWide, InputUnknown
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.refusals import KPIUnknown
from kpi_service.domain.kpi.state import KPI, evolve, fold


class StreamsReader(Protocol):
    async def read_streams(
        self, tenant: str, after_versions: Mapping[str, int], *, up_to_seq: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]: ...


@dataclass(frozen=True, slots=True)
class FormulaDecided:
    """As `Decided`; `hints` are warnings for whoever set it."""

    kpi: KPI
    before: int
    version: int
    writes: tuple[StreamWrite, ...]
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Formulas:
    definitions: Definitions
    reader: StreamsReader

    async def decide(
        self,
        tenant: str,
        key: str,
        *,
        effective_from: datetime,
        expression: str,
        inputs: Mapping[str, str],
        period: Period,
        at: datetime,
    ) -> FormulaDecided:
        """`inputs` are ids or slugs by name. Raises a `Refusal`.

        The streams of all the KPIs it is made of, over any number of steps, are guarded: of two
        formulas set at once that together make a circle, one is decided anew and refused.
        """
        own = await self.definitions.load_by_key(tenant, key)
        named = tuple(
            [
                FormulaInput(name=name, kpi_id=await self._find(tenant, name, wanted))
                for name, wanted in inputs.items()
            ]
        )
        command = SetFormula(own.kpi_id, effective_from, expression, named, period, at)
        allowed, guards = await self.allow(tenant, command, own.kpi)
        if not allowed.events:
            return FormulaDecided(own.kpi, own.version, own.version, (), allowed.hints)
        (event,) = allowed.events
        write = StreamWrite(
            stream_id("kpi", own.kpi_id), own.version, (NewEvent(event, event.effective_from),)
        )
        after = cast("KPI", evolve(own.kpi, event))
        return FormulaDecided(after, own.version, own.version + 1, (write, *guards), allowed.hints)

    async def allow(
        self,
        tenant: str,
        command: SetFormula,
        kpi: KPI,
        made: Mapping[UUID, KPI] = MappingProxyType({}),
    ) -> tuple[FormulaAllowed, list[StreamWrite]]:
        """Whether `kpi` may have the formula, and the guards of what stands under it.

        `made` are KPIs that are to be defined in the same write. Raises a `Refusal`.
        """
        known = await self._made_of(tenant, command, made)
        kpis = {**made, **{one: loaded.kpi for one, loaded in known.items()}}
        guards = [
            StreamWrite(stream_id("kpi", one), loaded.version, ()) for one, loaded in known.items()
        ]
        return set_formula(command, kpi, kpis), guards

    async def _find(self, tenant: str, name: str, key: str) -> UUID:
        try:
            return await self.definitions.find(tenant, key)
        except KPIUnknown:
            raise InputUnknown(name, key) from None

    async def _made_of(
        self, tenant: str, command: SetFormula, made: Mapping[UUID, KPI]
    ) -> dict[UUID, Loaded]:
        """What stands under the inputs and what they are made of, step by step; not the KPI itself,
        nor what is only `made`.
        """
        known: dict[UUID, Loaded] = {}
        asked: set[UUID] = {command.kpi_id}
        step = {one.kpi_id for one in command.inputs} - asked
        while step:
            asked |= step
            if len(asked) > MAX_REACH:
                raise FormulaTooWide(MAX_REACH)
            loaded = await self._load(tenant, step - made.keys())
            known |= loaded
            found = [
                *(one.kpi for one in loaded.values()),
                *(made[one] for one in step & made.keys()),
            ]
            step = {below for one in found for below in made_of(one)} - asked
        return known

    async def _load(self, tenant: str, kpi_ids: set[UUID]) -> dict[UUID, Loaded]:
        streams = await self.reader.read_streams(
            tenant, {stream_id("kpi", kpi_id): 0 for kpi_id in sorted(kpi_ids)}
        )
        loaded: dict[UUID, Loaded] = {}
        for stream, records in streams.items():
            kpi = fold(cast("KPIEvent", record.event) for record in records)
            if isinstance(kpi, KPI):
                loaded[UUID(stream_key(stream))] = Loaded(kpi, len(records))
        return loaded
