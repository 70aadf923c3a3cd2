"""Sources, in and out."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from helmlog_events.contracts.kpi import SeriesLabel, SeriesMapping
from helmlog_events.values import Instant
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Paragraph, Reason, Title
from pydantic import Field, StringConstraints

from kpi_service.domain.source.history import SourceView
from kpi_service.domain.source.state import Registered, Revoked
from kpi_service.readmodel.sources import UnmappedSeries

KPIKey = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
LabelName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
LabelValue = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^[^\x00]*$")]

_MOST_KPIS = 1_000
_MOST_MAPPINGS = 1_000
_MOST_LABELS = 30


class SeriesRequest(RequestModel):
    """Series that have all of `labels` are readings of `kpi`, an id or slug."""

    kpi: KPIKey
    labels: dict[LabelName, LabelValue] = Field(max_length=_MOST_LABELS)

    def to_mapping(self, kpi_id: UUID) -> SeriesMapping:
        labels = (SeriesLabel(name=name, value=self.labels[name]) for name in sorted(self.labels))
        return SeriesMapping(kpi_id=kpi_id, labels=tuple(labels))


class ReviseSourceRequest(RequestModel):
    """The whole of what may change. `kpis`, ids or slugs, are those it may send; null for all.

    `series` says what a remote write's series are, the first that fits; what fits none is told by
    its label `kpi`, or by its name.
    """

    description: Paragraph | None = None
    kpis: list[KPIKey] | None = Field(default=None, max_length=_MOST_KPIS)
    series: list[SeriesRequest] = Field(default=[], max_length=_MOST_MAPPINGS)

    def keys(self) -> list[tuple[str, str]]:
        """Each KPI that is named, with the field it stands in."""
        kpis = [(f"kpis/{place}", key) for place, key in enumerate(self.kpis or ())]
        return kpis + [(f"series/{place}/kpi", one.kpi) for place, one in enumerate(self.series)]


class RegisterSourceRequest(ReviseSourceRequest):
    """`name` is what its readings have as `source`; no other source ever has it."""

    name: Title


class RotateKeyRequest(RequestModel):
    """The key before is accepted for `overlap`, an ISO 8601 duration of up to 30 days; with null
    it is refused at once.
    """

    overlap: Annotated[str, StringConstraints(max_length=40)] | None = "P1D"


class RevokeSourceRequest(RequestModel):
    reason: Reason


class SeriesResponse(ResponseModel):
    kpi: UUID
    labels: dict[str, str]


class SourceResponse(ResponseModel):
    """`previous_key_until`: how long the key before the last rotation is accepted."""

    id: UUID
    name: str
    description: str | None
    kpis: list[UUID] | None
    series: list[SeriesResponse]
    state: Literal["registered", "revoked"]
    revoked_reason: str | None
    previous_key_until: Instant | None
    registered_at: Instant
    changed_at: Instant
    version: int


class UnmappedSeriesResponse(ResponseModel):
    """Series of its remote writes that are no KPI, the latest found first."""

    noted_at: Instant | None
    series: list[dict[str, str]]


class SourceDetailResponse(SourceResponse):
    """`unmapped` is left out of a look into the past."""

    unmapped: UnmappedSeriesResponse | None


class KeyedSourceResponse(SourceResponse):
    """`key` is told once. It is not kept: a replayed answer has none, and `key_note` says so."""

    key: str | None = None
    key_note: str | None = (
        "The key was told in the first answer only and is not kept; :rotate-key gives a new one."
    )


def source_fields(view: SourceView) -> dict[str, object]:
    source: Registered = view.source
    return {
        "id": source.source_id,
        "name": source.name,
        "description": source.description,
        "kpis": None if source.kpi_ids is None else list(source.kpi_ids),
        "series": [
            SeriesResponse(
                kpi=mapping.kpi_id, labels={label.name: label.value for label in mapping.labels}
            )
            for mapping in source.series
        ],
        "state": "revoked" if isinstance(view.state, Revoked) else "registered",
        "revoked_reason": view.state.reason if isinstance(view.state, Revoked) else None,
        "previous_key_until": source.previous_until,
        "registered_at": view.registered_at,
        "changed_at": view.changed_at,
        "version": view.version,
    }


def source_response(view: SourceView) -> SourceResponse:
    return SourceResponse.model_validate(source_fields(view))


def keyed_response(view: SourceView, key: str | None) -> KeyedSourceResponse:
    told = {} if key is None else {"key": key, "key_note": None}
    return KeyedSourceResponse.model_validate(source_fields(view) | told)


def detail_response(view: SourceView, unmapped: UnmappedSeries | None) -> SourceDetailResponse:
    shown = None
    if unmapped is not None:
        series = [dict(labels) for labels in unmapped.series]
        shown = UnmappedSeriesResponse(noted_at=unmapped.noted_at, series=series)
    return SourceDetailResponse.model_validate(source_fields(view) | {"unmapped": shown})
