"""What a template of a KPI is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from helmlog_events.contracts.kpi import (
    Aggregation,
    Direction,
    KPIDefined,
    KPILevel,
    KPIType,
    Measure,
    Period,
)

Department = Literal[
    "sales", "marketing", "human-resources", "finance", "operations", "customer-service"
]

MONEY: Final = "EUR"
"""The currency templates are written in; who adopts one puts in their own."""


@dataclass(frozen=True, slots=True)
class TemplateInput:
    """`name` is how the expression calls it, `template` the slug of what it is."""

    name: str
    template: str


@dataclass(frozen=True, slots=True)
class Formula:
    """`words` say what `expression` computes, from the values its inputs have in a `period`."""

    words: str
    expression: str
    inputs: tuple[TemplateInput, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class Template:
    """A KPI that can be had for the asking. Without a formula it is measured, and read in.

    `tells` is its definition in words; `key` tells those one steers by from the figures that they
    are made of.
    """

    slug: str
    name: str
    department: Department
    tells: str
    unit: str
    direction: Direction
    type: KPIType
    level: KPILevel
    cadence: str
    aggregation: Aggregation
    key: bool
    rate: str | None = None
    measure: Measure = "gauge"
    formula: Formula | None = None

    def definition(self, kpi_id: UUID, timezone: str) -> KPIDefined:
        return KPIDefined(
            kpi_id=kpi_id,
            slug=self.slug,
            name=self.name,
            definition=self.tells,
            unit=self.unit,
            rate=self.rate,
            direction=self.direction,
            type=self.type,
            level=self.level,
            cadence=self.cadence,
            measure=self.measure,
            aggregation=self.aggregation,
            timezone=timezone,
            key=self.key,
            template=self.slug,
        )

    def holds(self, text: str) -> bool:
        """Whether every word of `text` stands somewhere in the template."""
        words = "" if self.formula is None else self.formula.words
        written = f"{self.slug} {self.department} {self.name} {self.tells} {words}".casefold()
        return all(word in written for word in text.casefold().split())


def derived(
    slug: str,
    name: str,
    department: Department,
    tells: str,
    unit: str,
    direction: Direction,
    words: str,
    expression: str,
    inputs: dict[str, str],
    *,
    type: KPIType = "operational",  # noqa: A002 - the field's name
    level: KPILevel = "department",
    rate: str | None = None,
) -> Template:
    """Made of other KPIs month by month; `inputs` are templates by name."""
    named = tuple(TemplateInput(*one) for one in inputs.items())
    formula = Formula(words, expression, named, "month")
    return Template(
        slug,
        name,
        department,
        tells,
        unit,
        direction,
        type,
        level,
        cadence="P1M",
        aggregation="last",
        key=True,
        rate=rate,
        formula=formula,
    )


def measured(
    slug: str,
    name: str,
    department: Department,
    tells: str,
    unit: str,
    direction: Direction,
    aggregation: Aggregation,
    *,
    type: KPIType = "operational",  # noqa: A002 - the field's name
    level: KPILevel = "department",
    cadence: str = "P1M",
    rate: str | None = None,
    key: bool = True,
) -> Template:
    """Read in from an upstream system, or by hand."""
    return Template(
        slug,
        name,
        department,
        tells,
        unit,
        direction,
        type,
        level,
        cadence=cadence,
        aggregation=aggregation,
        key=key,
        rate=rate,
    )
