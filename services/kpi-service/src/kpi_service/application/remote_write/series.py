"""Which series are which KPIs: worked out once a series, not once a sample."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.remote_write.payload import Labels, read_labels
from kpi_service.domain.source.series import kpi_keys, mapped_kpi
from kpi_service.domain.source.state import Registered
from kpi_service.readmodel.sources import MOST_UNMAPPED

ASKED_AGAIN_AFTER: Final = timedelta(seconds=5)
"""How long a series stays no KPI here, after a KPI of its name was defined."""
NOTED_AGAIN_AFTER: Final = timedelta(minutes=1)

_LONGEST_TEXT: Final = 200
_MOST_LABELS: Final = 30
K = TypeVar("K", bound=Hashable)


class Placed(NamedTuple):
    """The KPI, by its id, of each series that is of one; and of the others some worth noting."""

    kpis: Mapping[Labels, str]
    to_note: Sequence[Mapping[str, str]]


@dataclass(slots=True)
class _Known:
    """What was worked out for a source as it stands; `others` are of no KPI."""

    source: Registered
    asked_at: datetime
    noted_at: datetime | None = None
    kpis: dict[Labels, str] = field(default_factory=dict)
    others: set[Labels] = field(default_factory=set)


class SeriesBook:
    """Remembers up to `capacity` series, of all sources, as long as their source stays the same.

    A KPI keeps its slug and id for ever, so what a series is of holds; that it is of none does not,
    and is asked again after `ASKED_AGAIN_AFTER`.
    """

    def __init__(
        self, engine: AsyncEngine, catalogue: Catalogue, *, capacity: int = 100_000
    ) -> None:
        self._engine = engine
        self._catalogue = catalogue
        self._capacity = capacity
        self._size = 0
        self._known: dict[tuple[str, UUID], _Known] = {}

    async def place(
        self, tenant: str, source: Registered, series: Iterable[Labels], now: datetime
    ) -> Placed:
        """Raises `BodyUnreadable` for labels that are none."""
        known = self._of(tenant, source, now)
        new = [one for one in series if one not in known.kpis and one not in known.others]
        if not new:
            return Placed(known.kpis, ())
        labels = {one: read_labels(one) for one in new}
        kpis = await self._look_up(tenant, source, labels)
        known.kpis |= kpis
        others = [one for one in labels if one not in kpis]
        known.others.update(others)
        self._size += len(labels)
        if known.noted_at is not None and now - known.noted_at < NOTED_AGAIN_AFTER:
            return Placed(known.kpis, ())
        if others:
            known.noted_at = now
        return Placed(known.kpis, [_bounded(labels[one]) for one in others[:MOST_UNMAPPED]])

    async def unmapped(
        self, tenant: str, source: Registered, series: Sequence[Mapping[str, str]]
    ) -> list[Mapping[str, str]]:
        """Those that are of no KPI now."""
        kpis = await self._look_up(tenant, source, dict(enumerate(series)))
        return [labels for place, labels in enumerate(series) if place not in kpis]

    def _of(self, tenant: str, source: Registered, now: datetime) -> _Known:
        if self._size > self._capacity:
            # Requests under way keep what they hold.
            self._known = {}
            self._size = 0
        key = (tenant, source.source_id)
        known = self._known.get(key)
        if known is None or known.source is not source:
            known = self._known[key] = _Known(source, asked_at=now)
        elif now - known.asked_at >= ASKED_AGAIN_AFTER:
            self._size -= len(known.others)
            known.others = set()
            known.asked_at = now
        return known

    async def _look_up(
        self, tenant: str, source: Registered, series: Mapping[K, Mapping[str, str]]
    ) -> dict[K, str]:
        kpis: dict[K, str] = {}
        keys: dict[K, Sequence[str]] = {}
        for one, labels in series.items():
            if (kpi_id := mapped_kpi(source, labels)) is not None:
                kpis[one] = str(kpi_id)
            elif candidates := kpi_keys(labels):
                keys[one] = candidates
        if keys:
            wanted = {key for candidates in keys.values() for key in candidates}
            async with self._engine.connect() as connection:
                found = await self._catalogue.find(await driver(connection), tenant, wanted)
            for one, candidates in keys.items():
                if (key := next((key for key in candidates if key in found), None)) is not None:
                    kpis[one] = str(found[key])
        return kpis


def _bounded(labels: Mapping[str, str]) -> dict[str, str]:
    """Enough to write a mapping by, of labels that may be as long as their sender likes."""
    return {
        name[:_LONGEST_TEXT].replace("\x00", ""): value[:_LONGEST_TEXT].replace("\x00", "")
        for name, value in [*labels.items()][:_MOST_LABELS]
    }
