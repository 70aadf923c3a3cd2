"""Readings: batches taken in, values that changed, sources, and months put away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from helmlog_events.contracts.event import REGISTRY, Event, Part, event
from helmlog_events.values import Instant, Number


class IngestedKPI(Part):
    """The batch's readings of one KPI."""

    kpi_id: UUID
    count: int
    first_observed_at: Instant
    last_observed_at: Instant


class IngestedMonth(Part):
    """The batch's readings observed in one month, as `2014-07` in UTC.

    `digest` is SHA-256, in hex, over these rows, each a line
    `["<kpi_id>","<source>","<observed_at>","<value>",<revision>]` of JSON without spaces and a line
    feed: the instant in UTC with `Z` and its six decimals only if they are not all zero, the value
    in positional notation with the digits as stored, or `null` where a value was withdrawn; ordered
    by kpi_id and source by code point, observed_at, revision.
    """

    month: str
    count: int
    digest: str


@event("ReadingsIngested", version=2)
class ReadingsIngested(Event):
    """A batch of new readings of one tenant, kept in the readings table under `batch_id`.

    `count` includes the `corrected` ones. `digest` is SHA-256, in hex, over the `months`, each a
    line `<month> <count> <digest>` and a line feed, in order: it can be checked while some months
    have been put away. In version 1, which told neither `kpis` nor `months`, it is what the digest
    of a month is, over all rows.
    """

    batch_id: UUID
    kpi_ids: tuple[UUID, ...]
    count: int
    corrected: int
    first_observed_at: Instant
    last_observed_at: Instant
    digest: str
    kpis: tuple[IngestedKPI, ...] = ()
    months: tuple[IngestedMonth, ...] = ()


@event("ReadingsDetached")
class ReadingsDetached(Event):
    """The readings of a month were put away: `count` of this tenant, of `batches` batches.

    Their digests stay in `ReadingsIngested`. Readings of that month are rejected from then on.
    """

    month: str
    count: int
    batches: int


@event("KPIValueChanged")
class KPIValueChanged(Event):
    """The current value: that of the newest instant observed, at most once a KPI and window.

    Also said when a newer reading has the same value, for then it is known to be so still; and at
    once, whatever the window, when a breach opens, changes or ends.
    """

    kpi_id: UUID
    value: Number
    observed_at: Instant


@event("KPIValueCorrected", version=2)
class KPIValueCorrected(Event):
    """Another value for an instant already known; both are kept. None: the value is withdrawn."""

    kpi_id: UUID
    observed_at: Instant
    source: str
    previous: Number | None
    value: Number | None


class SeriesLabel(Part):
    name: str
    value: str


class SeriesMapping(Part):
    """Samples whose labels have all these values are readings of the KPI."""

    kpi_id: UUID
    labels: tuple[SeriesLabel, ...]


@event("SourceRegistered")
class SourceRegistered(Event):
    """An upstream system that may send readings with a key of its own.

    `key_digest` is SHA-256, in hex, of the key, which only its holder knows. `kpi_ids` are those it
    may send, none for all. `series` says which samples of a remote write are which KPI.
    """

    source_id: UUID
    name: str
    description: str | None = None
    key_digest: str
    kpi_ids: tuple[UUID, ...] | None = None
    series: tuple[SeriesMapping, ...] = ()


@event("SourceRevised")
class SourceRevised(Event):
    """The whole of what may change, as it holds from then on."""

    source_id: UUID
    description: str | None
    kpi_ids: tuple[UUID, ...] | None
    series: tuple[SeriesMapping, ...]


@event("SourceKeyRotated")
class SourceKeyRotated(Event):
    """The key before is accepted until `previous_until`."""

    source_id: UUID
    key_digest: str
    previous_until: Instant


@event("SourceRevoked")
class SourceRevoked(Event):
    """Its keys are accepted no more, nor are readings in its name."""

    source_id: UUID
    reason: str


@REGISTRY.upcast("ReadingsIngested", 1)
@REGISTRY.upcast("KPIValueCorrected", 1)
def _lacked_what_has_a_default(data: dict[str, Any]) -> dict[str, Any]:
    return data
