"""From the story of a breach to what is shown of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kpi_service.api.schemas.breaches import (
    AcknowledgementResponse,
    AnnotationResponse,
    BreachResponse,
    BreachRevisionResponse,
    BreachSilenceResponse,
    BreachStoryResponse,
    JudgedPeriodResponse,
    SeverityChangeResponse,
    TriggerResponse,
)
from kpi_service.domain.breach.state import Dealings, fold
from kpi_service.domain.threshold.cut import Cut
from kpi_service.readmodel.stories import BreachStory


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
