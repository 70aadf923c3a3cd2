"""Setting a KPI's formula: all that it would be made of is read, and held, while it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from helmlog_events.contracts.kpi import FormulaInput, Period
from helmlog_events.envelope import NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id, stream_key

from kpi_service.application.handlers import Definitions, Loaded
from kpi_service.domain.formula.decide import MAX_REACH, SetFormula, made_of, set_formula
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
        kpi_id = await self.definitions.find(tenant, key)
        own = await self.definitions.load(tenant, kpi_id)
        named = tuple(
            [
                FormulaInput(name=name, kpi_id=await self._find(tenant, name, wanted))
                for name, wanted in inputs.items()
            ]
        )
        known = await self._made_of(tenant, kpi_id, [one.kpi_id for one in named])
        command = SetFormula(kpi_id, effective_from, expression, named, period, at)
        kpis = {one: loaded.kpi for one, loaded in known.items()}
        allowed = set_formula(command, own.kpi, kpis)
        if not allowed.events:
            return FormulaDecided(own.kpi, own.version, own.version, (), allowed.hints)
        (event,) = allowed.events
        write = StreamWrite(
            stream_id("kpi", kpi_id), own.version, (NewEvent(event, event.effective_from),)
        )
        after = cast("KPI", evolve(own.kpi, event))
        guards = [
            StreamWrite(stream_id("kpi", one), loaded.version, ()) for one, loaded in known.items()
        ]
        return FormulaDecided(after, own.version, own.version + 1, (write, *guards), allowed.hints)

    async def _find(self, tenant: str, name: str, key: str) -> UUID:
        try:
            return await self.definitions.find(tenant, key)
        except KPIUnknown:
            raise InputUnknown(name, key) from None

    async def _made_of(
        self, tenant: str, kpi_id: UUID, inputs: Sequence[UUID]
    ) -> dict[UUID, Loaded]:
        """What stands under `inputs` and what they are made of, step by step; not `kpi_id`."""
        known: dict[UUID, Loaded] = {}
        asked: set[UUID] = {kpi_id}
        step = set(inputs) - asked
        while step:
            asked |= step
            if len(asked) > MAX_REACH:
                raise FormulaTooWide(MAX_REACH)
            loaded = await self._load(tenant, step)
            known |= loaded
            below = {one for found in loaded.values() for one in made_of(found.kpi)}
            step = below - asked
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
