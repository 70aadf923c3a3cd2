"""Example OKRs by department, to begin a plan with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from okr_service.domain.catalogue.customer_service import CUSTOMER_SERVICE
from okr_service.domain.catalogue.example import Department, ExampleObjective
from okr_service.domain.catalogue.finance import FINANCE
from okr_service.domain.catalogue.human_resources import HUMAN_RESOURCES
from okr_service.domain.catalogue.marketing import MARKETING
from okr_service.domain.catalogue.operations import OPERATIONS
from okr_service.domain.catalogue.refusals import UnknownExample
from okr_service.domain.catalogue.sales import SALES

EXAMPLES: Final = (
    *SALES,
    *MARKETING,
    *HUMAN_RESOURCES,
    *FINANCE,
    *OPERATIONS,
    *CUSTOMER_SERVICE,
)
_BY_SLUG: Final = {example.slug: example for example in EXAMPLES}


def find_examples(department: Department | None, text: str) -> Sequence[ExampleObjective]:
    """Of the department, or of all; those in which every word of `text` stands."""
    return [
        example
        for example in EXAMPLES
        if (department is None or example.department == department) and example.holds(text)
    ]


def example_of(slug: str) -> ExampleObjective:
    """Raises `UnknownExample`."""
    if slug not in _BY_SLUG:
        raise UnknownExample(slug)
    return _BY_SLUG[slug]
