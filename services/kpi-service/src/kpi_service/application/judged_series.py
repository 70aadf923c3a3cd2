"""What a KPI's policies judge: readings while they judge these, else the values of periods.

All of it as it now stands: nothing is kept of periods, so a late or corrected reading shows as soon
as it is stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from kpi_service.domain.periods import Span
from kpi_service.domain.threshold.cut import Cut, Reign
from kpi_service.domain.threshold.observation import Observation, Place

LAST: Final = "\U0010ffff"
"""Comes after every source."""


class Readings(Protocol):
    """One KPI's readings as they now stand, and what its periods come to."""

    async def before(self, place: Place, limit: int) -> Sequence[Observation]: ...

    async def after(self, place: Place, up_to: Place, limit: int) -> Sequence[Observation]: ...

    async def first(self) -> Place | None:
        """The first place in the months that are kept, be its value withdrawn."""

    async def first_in(self, since: datetime, before: datetime) -> datetime | None:
        """When the first was observed from `since` on and before `before`, be it withdrawn."""

    async def last_in(self, since: datetime, before: datetime) -> datetime | None: ...

    async def values(self, spans: Sequence[Span]) -> Sequence[tuple[Span, Observation]]:
        """Those of the spans that have a value: at their ends, since their first readings."""


@dataclass(frozen=True, slots=True)
class JudgedSeries:
    """A series of what `cut` says is judged; each place once, in order."""

    readings: Readings
    cut: Cut
    heeds_silence: bool
    kept_since: datetime | None = None
    """Periods that begin before lie in months put away: what was told of them stays."""

    async def before(self, place: Place, limit: int) -> list[Observation]:
        found: list[Observation] = []
        for reign in reversed(list(self.cut.reigns())):
            if len(found) < limit and reign.begins <= place[0]:
                edge = min(place, (reign.ends, ""))
                part = self._read_back if reign.period is None else self._values_back
                found += await part(reign, edge, limit - len(found))
        return found

    async def after(self, place: Place, up_to: Place, limit: int) -> list[Observation]:
        found: list[Observation] = []
        for reign in self.cut.reigns():
            if len(found) == limit or (reign.ends, "") <= place or reign.begins > up_to[0]:
                continue
            last = found[-1].place if found else place
            part = await self._part(reign, place, up_to, limit - len(found))
            if part and self.heeds_silence and place < reign.start:
                part[0] = await self._heard_after(last, part[0])
            found += part
        return found

    async def first(self) -> Place | None:
        first = await self.readings.first()
        kept_since = self.kept_since
        if first is None or kept_since is None:
            return first
        cut_off = [first]
        for reign in self.cut.reigns():
            if reign.period is not None:
                span = next(self.cut.spans_from(reign, kept_since, reign.ends), None)
                if span is not None and span.starts_at < kept_since:
                    cut_off.append((span.ends_at, ""))
        return max(cut_off)

    async def quiet(self, after: Place, until: datetime | None) -> datetime | None:
        if until is None or not self.heeds_silence:
            return until
        heard = await self.readings.after(after, (until, ""), 1)
        return heard[0].observed_at if heard else until

    async def _part(
        self, reign: Reign, place: Place, up_to: Place, limit: int
    ) -> list[Observation]:
        if reign.period is not None:
            return await self._values(reign, place, up_to, limit)
        since, until = max(place, reign.start), min(up_to, (reign.ends, ""))
        return list(await self.readings.after(since, until, limit))

    async def _values(
        self, reign: Reign, place: Place, up_to: Place, limit: int
    ) -> list[Observation]:
        """Period by period, over stretches without readings in one step."""
        found: list[Observation] = []
        edge = self.cut.edge(reign, place[0])
        while len(found) < limit:
            at = await self.readings.first_in(edge, up_to[0])
            if at is None:
                break
            spans = list(islice(self.cut.spans_from(reign, at, up_to[0]), limit - len(found)))
            if not spans:
                break
            edge = spans[-1].ends_at
            found += [one async for one in self._whole(spans) if one.place > place]
        return found

    async def _read_back(self, reign: Reign, edge: Place, limit: int) -> list[Observation]:
        return [
            one
            for one in await self.readings.before(edge, limit)
            if one.observed_at >= reign.begins
        ]

    async def _values_back(self, reign: Reign, edge: Place, limit: int) -> list[Observation]:
        found: list[Observation] = []
        until = edge[0]
        while len(found) < limit:
            at = await self.readings.last_in(self.cut.edge(reign, reign.begins), until)
            if at is None:
                break
            spans = list(islice(self.cut.spans_back(reign, at, edge[0]), limit - len(found)))
            if not spans:
                break
            until = spans[-1].starts_at
            some = [one async for one in self._whole(spans[::-1]) if one.place < edge]
            found += reversed(some)
        return found

    async def _whole(self, spans: Sequence[Span]) -> AsyncIterator[Observation]:
        kept_since = self.kept_since
        for span, value in await self.readings.values(spans):
            if kept_since is None or span.starts_at >= kept_since:
                yield value

    async def _heard_after(self, last: Place, one: Observation) -> Observation:
        """The first of a reign, with when the silence before it ended, whatever was judged then."""
        heard = await self.readings.after(last, (one.observed_at, LAST), 1)
        since = heard[0].observed_at if heard else one.observed_at
        return one._replace(since=min(since, one.observed_at))
