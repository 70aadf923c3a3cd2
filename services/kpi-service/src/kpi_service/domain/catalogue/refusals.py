from __future__ import annotations

from collections.abc import Sequence

from kpi_service.domain.kpi.refusals import Refusal


class UnknownTemplate(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(f"the catalogue has no template {slug!r}")
        self.slug = slug


class InputNotInTemplate(Refusal):
    def __init__(self, name: str, names: Sequence[str]) -> None:
        known = ", ".join(names) or "none"
        super().__init__(f"the template's formula has no input {name!r}; it has: {known}")
        self.name = name


class InputNotThere(Refusal):
    """The formula is asked for, and what it is made of is neither there nor to be adopted."""

    def __init__(self, name: str, key: str) -> None:
        super().__init__(f"the input {name}: there is no KPI {key}")
        self.name = name
        self.key = key
