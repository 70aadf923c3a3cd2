from __future__ import annotations

from okr_service.domain.refusals import Refusal


class UnknownExample(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(slug)


class UnknownExampleKeyResult(Refusal):
    """What is to be overridden is no key result of the example."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
