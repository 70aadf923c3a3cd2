"""Making KPIs from the catalogue's templates, with what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from helmlog_events.contracts.kpi import FormulaInput, KPIDefined, KPIFormulaSet, Period
from helmlog_events.envelope import NEW_STREAM, NewEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id
from helmlog_events.store.protocol import VersionConflict

from kpi_service.application.formulas import Formulas
from kpi_service.application.handlers import Definitions
from kpi_service.domain.catalogue.catalogue import template_of
from kpi_service.domain.catalogue.refusals import InputNotInTemplate, InputNotThere
from kpi_service.domain.catalogue.template import MONEY, Formula, Template, TemplateInput
from kpi_service.domain.formula.decide import SetFormula
from kpi_service.domain.kpi.decide import DefineKPI
from kpi_service.domain.kpi.events import KPIEvent, true_since
from kpi_service.domain.kpi.refusals import KPIUnknown, SlugTaken
from kpi_service.domain.kpi.state import KPI, evolve


@dataclass(frozen=True, slots=True)
class Adopt:
    """`fields` go before the template's own, `shared` also before those of adopted inputs.

    `inputs` are KPIs, by id or slug, for inputs by name; for the others stands the KPI that has the
    slug of their template. One that is not there is adopted `with_inputs`. Without any of it the
    KPI is defined without its formula, to be read in like others.
    """

    template: Template
    fields: Mapping[str, Any]
    shared: Mapping[str, Any]
    currency: str
    inputs: Mapping[str, str]
    with_inputs: bool
    period: Period | None
    effective_from: datetime
    at: datetime


class UsedInput(NamedTuple):
    """An input of the formula; `created` if it was adopted with it."""

    name: str
    kpi_id: UUID
    slug: str
    created: bool


class Adopted(NamedTuple):
    """`writes` define the KPI after all that it is made of."""

    kpi: KPI
    version: int
    inputs: tuple[UsedInput, ...]
    writes: tuple[StreamWrite, ...]


@dataclass(slots=True)
class Adopting:
    """One adoption: what several formulas need is made once."""

    definitions: Definitions
    formulas: Formulas
    tenant: str
    command: Adopt
    made: dict[str, UUID] = field(default_factory=dict)
    kpis: dict[UUID, KPI] = field(default_factory=dict)
    writes: list[StreamWrite] = field(default_factory=list)
    guards: dict[str, StreamWrite] = field(default_factory=dict)

    async def adopt(self) -> Adopted:
        """Raises a `Refusal`, or `VersionConflict` if what it needs was defined meanwhile."""
        command = self.command
        formula = command.template.formula
        names = [] if formula is None else [one.name for one in formula.inputs]
        for name in command.inputs:
            if name not in names:
                raise InputNotInTemplate(name, names)
        if not (command.with_inputs or command.inputs):
            formula = None
        used = () if formula is None else await self._inputs(formula, command.inputs)
        kpi, version = await self._make(command.template, command.fields, formula, used)
        return Adopted(kpi, version, used, (*self.writes, *self.guards.values()))

    async def _inputs(self, formula: Formula, chosen: Mapping[str, str]) -> tuple[UsedInput, ...]:
        return tuple(
            [await self._input(one, chosen.get(one.name, one.template)) for one in formula.inputs]
        )

    async def _input(self, one: TemplateInput, key: str) -> UsedInput:
        if key in self.made:
            return UsedInput(one.name, self.made[key], key, created=True)
        found = await self._find(key)
        if found is not None:
            return UsedInput(one.name, found.kpi_id, found.slug, created=False)
        if not self.command.with_inputs or key != one.template:
            raise InputNotThere(one.name, key)
        return UsedInput(one.name, await self._make_input(template_of(key)), key, created=True)

    async def _make_input(self, template: Template) -> UUID:
        formula = template.formula
        used = () if formula is None else await self._inputs(formula, {})
        try:
            kpi, _ = await self._make(template, {}, formula, used)
        except SlugTaken as taken:
            # It was not there when it was looked for: decided anew, it is found.
            raise VersionConflict(stream_id("kpi_slug", taken.slug), NEW_STREAM, 1) from taken
        self.made[template.slug] = kpi.definition.kpi_id
        return kpi.definition.kpi_id

    async def _make(
        self,
        template: Template,
        fields: Mapping[str, Any],
        formula: Formula | None,
        used: tuple[UsedInput, ...],
    ) -> tuple[KPI, int]:
        command = self.command
        own = template.definition(new_id(), timezone="UTC")
        unit = {"unit": command.currency} if own.unit == MONEY else {}
        chosen = {**own.model_dump(), **unit, **command.shared, **fields}
        if chosen["slug"] in self.made:
            raise SlugTaken(chosen["slug"])
        decided = await self.definitions.decide(
            self.tenant, DefineKPI(KPIDefined.model_validate(chosen), at=command.at)
        )
        kpi, version = decided.kpi, decided.version
        (*others, write) = decided.writes
        if formula is not None:
            event = await self._formula_set(kpi, formula, used)
            kpi, version = cast("KPI", evolve(kpi, event)), version + 1
            write = StreamWrite(write.stream, NEW_STREAM, (*write.events, self._new(event)))
        self.kpis[kpi.definition.kpi_id] = kpi
        self.writes.extend((*others, write))
        return kpi, version

    async def _formula_set(
        self, kpi: KPI, formula: Formula, used: tuple[UsedInput, ...]
    ) -> KPIFormulaSet:
        """As if it were set: what stands under it is held while all is written."""
        command = SetFormula(
            kpi.definition.kpi_id,
            self.command.effective_from,
            formula.expression,
            tuple(FormulaInput(name=one.name, kpi_id=one.kpi_id) for one in used),
            self.command.period or formula.period,
            self.command.at,
        )
        allowed, guards = await self.formulas.allow(self.tenant, command, kpi, self.kpis)
        self.guards |= {one.stream: one for one in guards}
        (event,) = allowed.events  # a KPI that is new has no formula yet
        return event

    def _new(self, event: KPIEvent) -> NewEvent:
        return NewEvent(event, true_since(event, self.command.at))

    async def _find(self, key: str) -> KPIDefined | None:
        try:
            return (await self.definitions.load_by_key(self.tenant, key)).kpi.definition
        except KPIUnknown:
            return None
