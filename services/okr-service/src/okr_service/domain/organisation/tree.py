"""The organisation as it was at one moment, in the order of a tree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from okr_service.domain.organisation.state import Organisation, Unit


@dataclass(frozen=True, slots=True)
class Named:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit with those who work in it; `people_in_all` counts those below it too."""

    unit: Unit
    name: str
    parent: str | None
    depth: int
    people: tuple[Named, ...]
    people_in_all: int


def tree_at(organisation: Organisation, moment: datetime) -> list[Branch]:
    """Each unit before its parts, siblings by name; roots have depth 0."""
    units = {unit.slug: unit for unit in organisation.units.values() if unit.is_open(moment)}
    people: dict[str, list[Named]] = defaultdict(list)
    in_all: Counter[str] = Counter()
    for person in organisation.people.values():
        place = person.unit_at(moment)
        if place is not None:
            people[place].append(Named(person.slug, person.names.at(moment) or person.slug))
            in_all.update(organisation.line_of(place, moment))
    return [
        Branch(
            unit=units[slug],
            name=_name(units[slug], moment),
            parent=units[slug].parent_at(moment),
            depth=depth,
            people=tuple(sorted(people[slug], key=lambda known: (known.name, known.slug))),
            people_in_all=in_all[slug],
        )
        for slug, depth in _walk(units, moment)
    ]


def _walk(units: dict[str, Unit], moment: datetime) -> Iterator[tuple[str, int]]:
    parts: dict[str | None, list[str]] = defaultdict(list)
    # Backwards, because the last one put on the stack comes off first.
    for unit in sorted(units.values(), key=lambda u: (_name(u, moment), u.slug), reverse=True):
        parts[unit.parent_at(moment)].append(unit.slug)
    # A stack of its own: an organisation may be deeper than Python's calls may nest.
    waiting = [(slug, 0) for slug in parts[None]]
    while waiting:
        slug, depth = waiting.pop()
        yield slug, depth
        waiting.extend((part, depth + 1) for part in parts[slug])


def _name(unit: Unit, moment: datetime) -> str:
    return unit.names.at(moment) or unit.slug
