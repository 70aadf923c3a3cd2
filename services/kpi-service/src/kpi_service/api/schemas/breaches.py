"""Breaches: what is told of them, and what people do about them."""

from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.kpi import BreachEpisode, Period, Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from helmlog_web.text import Paragraph, Reason
from pydantic import Field

from kpi_service.api.examples import breaches
from kpi_service.readmodel.stories import Ending, Kind, StoryState


class AcknowledgeBreachRequest(RequestModel):
    note: Paragraph | None = None


class SilenceBreachRequest(RequestModel):
    """`until` lies in the future."""

    until: Instant
    reason: Reason


class AnnotateBreachRequest(RequestModel):
    """What is left out stays as it was said before; one of the two is needed."""

    cause: Paragraph | None = None
    corrective_action: Paragraph | None = None


class JudgedPeriodResponse(ResponseModel):
    """The period whose value was judged, at `ends_at`, where a policy judges by period."""

    period: Period
    starts_at: Instant
    ends_at: Instant


class TriggerResponse(ResponseModel):
    """The rule that opened the breach, and the reading that did, or the `period` whose value."""

    rule: ThresholdRule
    value: Number
    observed_at: Instant
    period: JudgedPeriodResponse | None


class SeverityChangeResponse(ResponseModel):
    """From `observed_at` on, by `value`: a reading's, or that of `period`."""

    severity: Severity
    value: Number
    observed_at: Instant
    period: JudgedPeriodResponse | None


class AcknowledgementResponse(ResponseModel):
    by: str
    at: Instant
    note: str | None


class BreachSilenceResponse(ResponseModel):
    """The last that was asked for and not taken back, be it over or not."""

    by: str
    at: Instant
    until: Instant
    reason: str


class AnnotationResponse(ResponseModel):
    by: str
    at: Instant
    cause: str | None
    corrective_action: str | None


class BreachRevisionResponse(ResponseModel):
    """What readings that came late, or were corrected, made of what had been told."""

    known_at: Instant
    before: BreachEpisode
    after: BreachEpisode | None
    merged_into: UUID | None


class BreachResponse(ResponseModel):
    """A threshold's breach, or the silence of a source (`no_data`).

    `readings` counts those that opened it, and once it has recovered all of them; it, `severity`
    and `trigger` are null for a silence, `last_observed_at` and `no_data_after` for a breach.
    `ended_by` says what ended it: a `value` or `silence` a breach; a `reading`, another `policy` or
    the KPI's being `retired` a silence. Where the policy judges by period, `opened_period` and
    `recovered_period` are those whose values opened and ended it; `opened_at` and `recovered_at`
    are when they were over, and `readings` counts periods. Where readings are judged, they are
    null. A silence that late readings show never to have been ends
    before it begins. What readings took back is `withdrawn`, perhaps `merged_into` another.
    `version` counts what people did about it.
    """

    model_config = exemplified(breaches.BREACH)

    id: UUID
    kpi_id: UUID
    kind: Kind
    state: StoryState
    severity: Severity | None
    opened_at: Instant
    opened_period: JudgedPeriodResponse | None
    announced_at: Instant
    recovered_at: Instant | None
    recovered_period: JudgedPeriodResponse | None
    ended_by: Ending | None
    trigger: TriggerResponse | None
    readings: int | None
    last_observed_at: Instant | None
    no_data_after: str | None
    merged_into: UUID | None
    acknowledged: bool
    silenced: bool
    acknowledgement: AcknowledgementResponse | None
    silence: BreachSilenceResponse | None
    cause: str | None
    corrective_action: str | None
    version: int


class BreachStoryResponse(BreachResponse):
    """With all that was told of it and done about it, in order."""

    model_config = exemplified(breaches.STORY)

    severities: list[SeverityChangeResponse] = Field(description="Since when it was how grave.")
    annotations: list[AnnotationResponse]
    revisions: list[BreachRevisionResponse]
