from __future__ import annotations

from datetime import datetime

from okr_service.domain.refusals import Refusal


class SlugTaken(Refusal):
    """Units and people share their slugs: an owner may be either."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)


class UnknownUnit(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(slug)


class UnknownPerson(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(slug)


class UnitNotThere(Refusal):
    """The unit was not yet added at that moment, or closed already."""

    def __init__(self, slug: str, moment: datetime) -> None:
        super().__init__(slug, moment.isoformat())


class PersonNotThere(Refusal):
    """The person had not joined by that moment, or left before it."""

    def __init__(self, slug: str, moment: datetime) -> None:
        super().__init__(slug, moment.isoformat())


class PlaceUnknown(Refusal):
    """There is no such unit to be part of, or to work in; `field` named it."""

    def __init__(self, slug: str, field: str) -> None:
        super().__init__(slug)
        self.field = field


class PlaceNotOpen(Refusal):
    """The unit is not open all the time that something is to be in it."""

    def __init__(self, slug: str, moment: datetime, field: str) -> None:
        super().__init__(slug, moment.isoformat())
        self.field = field


class KindOutOfOrder(Refusal):
    """Companies hold departments, departments teams; each may hold its own kind."""

    def __init__(self, kind: str, parent_kind: str) -> None:
        super().__init__(kind, parent_kind)


class UnitWithinItself(Refusal):
    """The move would make a loop, at `moment` if not at once."""

    def __init__(self, slug: str, parent: str, moment: datetime) -> None:
        super().__init__(slug, parent, moment.isoformat())


class UnitHasParts(Refusal):
    """A unit is closed after its parts, those included that are to move into it later."""

    def __init__(self, slug: str, part: str) -> None:
        super().__init__(slug, part)


class UnitHasPeople(Refusal):
    """A unit is closed when nobody works in it any more, nor is to."""

    def __init__(self, slug: str, person: str) -> None:
        super().__init__(slug, person)
