"""What a derived KPI comes to in its periods, from the values its inputs have in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import asyncpg

from kpi_service.domain.formula.affected import Reign, reigns, span_before
from kpi_service.domain.formula.evaluate import Inputs, Value, evaluate
from kpi_service.domain.formula.parse import parse
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.readmodel.period_values import read_values


class InputValue(NamedTuple):
    """`readings` is how many it is made of."""

    value: Decimal
    readings: int


@dataclass(frozen=True, slots=True)
class DerivedPeriod:
    """`inputs` are by name; one without a value in a period is left out.

    `is_silent`: no input that it looks at was read, so that there is nothing to say of the period.
    """

    span: Span
    span_before: Span | None
    reign: Reign
    inputs: Mapping[str, InputValue]
    before: Mapping[str, InputValue]

    @property
    def value(self) -> Value:
        return evaluate(parse(self.reign.formula.expression), self.given)

    @property
    def given(self) -> Inputs:
        return Inputs(_values(self.inputs), _values(self.before))

    @property
    def is_silent(self) -> bool:
        return not self.inputs and not self.before


async def derive(
    connection: asyncpg.Connection,
    tenant: str,
    kpi: KPI,
    inputs: Mapping[UUID, KPI],
    calendar: Calendar,
    spans: Sequence[Span],
    *,
    valid_at: datetime | None = None,
    known_at: datetime | None = None,
) -> list[DerivedPeriod]:
    """Of the `spans` that are periods of `kpi`, in order, as the inputs were known at `known_at`
    and had been observed by `valid_at`.

    `inputs` are the definitions of all KPIs its formulas name. Periods are cut by the derived KPI's
    calendar, whatever the inputs' own. Raises what a calendar raises.
    """
    found: list[DerivedPeriod] = []
    for reign in reigns(kpi):
        own = [span for span in spans if reign.holds_for(span.starts_at)]
        if own:
            found += await _by_formula(
                connection, tenant, reign, inputs, calendar, own, valid_at, known_at
            )
    return found


async def _by_formula(
    connection: asyncpg.Connection,
    tenant: str,
    reign: Reign,
    inputs: Mapping[UUID, KPI],
    calendar: Calendar,
    spans: Sequence[Span],
    valid_at: datetime | None,
    known_at: datetime | None,
) -> list[DerivedPeriod]:
    looking_back = reign.names_before
    befores = [span_before(calendar, reign, span) for span in spans]
    values: dict[str, dict[datetime, InputValue]] = {}
    for one in reign.formula.inputs:
        wanted = set(spans)
        if one.name in looking_back:
            wanted.update(before for before in befores if before is not None)
        read = await read_values(
            connection,
            tenant,
            inputs[one.kpi_id],
            sorted(wanted, key=lambda span: span.starts_at),
            valid_at=valid_at,
            known_at=known_at,
        )
        values[one.name] = {
            found.span.starts_at: InputValue(found.value, found.readings) for found in read
        }
    return [
        DerivedPeriod(
            span,
            before,
            reign,
            _at(span.starts_at, values, values),
            {} if before is None else _at(before.starts_at, values, looking_back),
        )
        for span, before in zip(spans, befores, strict=True)
    ]


def _at(
    starts_at: datetime,
    values: Mapping[str, Mapping[datetime, InputValue]],
    names: Iterable[str],
) -> dict[str, InputValue]:
    return {name: values[name][starts_at] for name in names if starts_at in values[name]}


def _values(found: Mapping[str, InputValue]) -> dict[str, Decimal | None]:
    return {name: one.value for name, one in found.items()}


def period_at(kpi: KPI, calendar: Calendar, moment: datetime) -> Span | None:
    """The derived period `moment` lies in; None where no formula makes one.

    A period that began before a new formula holds is made by the old one, to its end.
    """
    for reign in reversed(reigns(kpi)):
        span = calendar.span_of(reign.formula.period, moment)
        if reign.holds_for(span.starts_at):
            return span
    return None
