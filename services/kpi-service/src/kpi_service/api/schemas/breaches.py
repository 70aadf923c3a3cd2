"""Breaches: what is told of them, and what people do about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from helmlog_events.contracts.kpi import BreachEpisode, Period, Severity, ThresholdRule
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from helmlog_web.text import Paragraph, Reason
from pydantic import Field

from kpi_service.api.examples import breaches
from kpi_service.domain.breach.state import Dealings, fold
from kpi_service.domain.threshold.cut import Cut
from kpi_service.readmodel.stories import BreachStory, Ending, Kind, StoryState


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


def breach_response(story: BreachStory, moment: datetime, cut: Cut | None) -> BreachResponse:
    """The breach as the story has it; `moment` is what its silence is measured by, `cut` how the
    KPI's time is where it is judged by period.
    """
    return BreachResponse(**_fields(story, moment, cut))


def breach_story_response(
    story: BreachStory, moment: datetime, cut: Cut | None
) -> BreachStoryResponse:
    changes = () if story.episode is None else story.episode.severities
    return BreachStoryResponse(
        **_fields(story, moment, cut),
        severities=[
            SeverityChangeResponse(**one.model_dump(), period=_judged_period(cut, one.observed_at))
            for one in changes
        ],
        annotations=[
            AnnotationResponse(
                by=by.actor, at=by.at, cause=said.cause, corrective_action=said.corrective_action
            )
            for by, said in story.annotations
        ],
        revisions=[
            BreachRevisionResponse(
                known_at=one.known_at,
                before=one.event.before,
                after=one.event.after,
                merged_into=one.event.merged_into,
            )
            for one in story.revisions
        ],
    )


def _fields(story: BreachStory, moment: datetime, cut: Cut | None) -> dict[str, Any]:
    dealings: Dealings = fold(said for _, said in story.annotations)
    silence = story.silence
    opened_at = None if story.episode is None else story.episode.opened_at
    # What silence ended was ended by no value, wherever the periods lie.
    recovered_at = story.recovered_at if story.ended_by == "value" else None
    return {
        "id": story.id,
        "kpi_id": story.kpi_id,
        "kind": story.kind,
        "state": story.state,
        "severity": story.severity,
        "opened_at": story.opened_at,
        "opened_period": _judged_period(cut, opened_at),
        "announced_at": story.announced_at,
        "recovered_at": story.recovered_at,
        "recovered_period": _judged_period(cut, recovered_at),
        "ended_by": story.ended_by,
        "trigger": _trigger(story, cut),
        "readings": _readings(story),
        "last_observed_at": None if silence is None else silence.last_observed_at,
        "no_data_after": None if silence is None else silence.no_data_after,
        "merged_into": story.merged_into,
        "acknowledged": story.acknowledged is not None,
        "silenced": story.is_silenced_at(moment),
        "acknowledgement": _acknowledgement(story),
        "silence": _silence(story),
        "cause": dealings.cause,
        "corrective_action": dealings.corrective_action,
        "version": story.version,
    }


def _judged_period(cut: Cut | None, judged_at: datetime | None) -> JudgedPeriodResponse | None:
    judged = None if cut is None or judged_at is None else cut.ending_at(judged_at)
    if judged is None:
        return None
    period, span = judged
    return JudgedPeriodResponse(period=period, starts_at=span.starts_at, ends_at=span.ends_at)


def _trigger(story: BreachStory, cut: Cut | None) -> TriggerResponse | None:
    if story.episode is None:
        return None
    first = story.episode.severities[0]
    return TriggerResponse(
        rule=story.episode.rule,
        value=first.value,
        observed_at=first.observed_at,
        period=_judged_period(cut, first.observed_at),
    )


def _readings(story: BreachStory) -> int | None:
    if story.episode is None:
        return None
    return story.episode.readings or story.episode.trigger_readings


def _acknowledgement(story: BreachStory) -> AcknowledgementResponse | None:
    if story.acknowledged is None:
        return None
    by, said = story.acknowledged
    return AcknowledgementResponse(by=by.actor, at=by.at, note=said.note)


def _silence(story: BreachStory) -> BreachSilenceResponse | None:
    if story.silenced is None:
        return None
    by, said = story.silenced
    return BreachSilenceResponse(by=by.actor, at=by.at, until=said.until, reason=said.reason)
