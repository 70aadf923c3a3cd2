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
    TriggerResponse,
)
from kpi_service.domain.breach.state import Dealings, fold
from kpi_service.readmodel.stories import BreachStory


def breach_response(story: BreachStory, moment: datetime) -> BreachResponse:
    """The breach as the story has it; `moment` is what its silence is measured by."""
    return BreachResponse(**_fields(story, moment))


def breach_story_response(story: BreachStory, moment: datetime) -> BreachStoryResponse:
    return BreachStoryResponse(
        **_fields(story, moment),
        severities=[] if story.episode is None else list(story.episode.severities),
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


def _fields(story: BreachStory, moment: datetime) -> dict[str, Any]:
    dealings: Dealings = fold(said for _, said in story.annotations)
    silence = story.silence
    return {
        "id": story.id,
        "kpi_id": story.kpi_id,
        "kind": story.kind,
        "state": story.state,
        "severity": story.severity,
        "opened_at": story.opened_at,
        "announced_at": story.announced_at,
        "recovered_at": story.recovered_at,
        "ended_by": story.ended_by,
        "trigger": _trigger(story),
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


def _trigger(story: BreachStory) -> TriggerResponse | None:
    if story.episode is None:
        return None
    first = story.episode.severities[0]
    return TriggerResponse(
        rule=story.episode.rule, value=first.value, observed_at=first.observed_at
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
