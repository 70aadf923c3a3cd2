"""Templates of KPIs by department, to begin measuring with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kpi_service.domain.catalogue import (
    customer_service,
    finance,
    human_resources,
    marketing,
    operations,
    sales,
)
from kpi_service.domain.catalogue.figures import advertising, delivery, money, people, selling
from kpi_service.domain.catalogue.refusals import UnknownTemplate
from kpi_service.domain.catalogue.template import Department, Template

TEMPLATES: Final[Sequence[Template]] = (
    *sales.TEMPLATES,
    *marketing.TEMPLATES,
    *human_resources.TEMPLATES,
    *finance.TEMPLATES,
    *operations.TEMPLATES,
    *customer_service.TEMPLATES,
    *selling.TEMPLATES,
    *advertising.TEMPLATES,
    *people.TEMPLATES,
    *money.TEMPLATES,
    *delivery.TEMPLATES,
)
_BY_SLUG: Final = {template.slug: template for template in TEMPLATES}


def find_templates(
    department: Department | None, text: str, key: bool | None = None
) -> Sequence[Template]:
    """Of the department, or of all; those in which every word of `text` stands."""
    return [
        template
        for template in TEMPLATES
        if department in (None, template.department)
        and key in (None, template.key)
        and template.holds(text)
    ]


def template_of(slug: str) -> Template:
    """Raises `UnknownTemplate`."""
    if slug not in _BY_SLUG:
        raise UnknownTemplate(slug)
    return _BY_SLUG[slug]
