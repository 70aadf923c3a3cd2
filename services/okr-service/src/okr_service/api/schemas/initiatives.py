from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import EffortUnit, InitiativeDefinition
from helmlog_events.values import Number
from helmlog_web.reads import Page
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Reason, Title
from pydantic import Field

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.initiative.sheet import (
    InitiativeSheet,
    InitiativeSummary,
    summarise_by_key_result,
)
from okr_service.domain.initiative.state import Cancelled, InitiativeStateName, state_name
from okr_service.domain.organisation.state import Organisation


class InitiativeRequest(RequestModel):
    title: Title
    description: Paragraph = ""
    effort: Number | None = Field(default=None, description="Greater than zero.")
    effort_unit: EffortUnit = "person_days"
    owner: Name | None = None
    team: Name | None = None
    due_on: date | None = Field(default=None, description="Inclusive; within the cycle.")

    def definition(self) -> InitiativeDefinition:
        return InitiativeDefinition(
            title=self.title,
            description=self.description,
            effort=self.effort,
            effort_unit=self.effort_unit,
            owner=self.owner,
            team=self.team,
            due_on=self.due_on,
        )


class InitiativeChangeRequest(RequestModel):
    """What is left out stays as it is; null takes it away, where it may be missing."""

    reason: Reason
    title: Title | None = None
    description: Paragraph | None = None
    effort: Number | None = None
    effort_unit: EffortUnit | None = None
    owner: Name | None = None
    team: Name | None = None
    due_on: date | None = None

    def apply_to(self, definition: InitiativeDefinition) -> InitiativeDefinition:
        given = {name: getattr(self, name) for name in self.model_fields_set - {"reason"}}
        always = {"title", "description", "effort_unit"}
        changes = {name: v for name, v in given.items() if v is not None or name not in always}
        return definition.model_copy(update=changes)


class FinishRequest(RequestModel):
    effort_spent: Number | None = Field(
        default=None, description="In the unit of its effort, if anyone counted."
    )


class InitiativeReasonRequest(RequestModel):
    reason: Reason


class InitiativeResponse(ResponseModel):
    id: UUID
    key_result_id: UUID
    objective_id: UUID = Field(description="Where its key result stands, also if that was moved.")
    cycle_id: UUID
    title: str
    description: str
    effort: Number | None
    effort_unit: EffortUnit
    effort_spent: Number | None
    owner: str | None
    owner_name: str | None
    team: str | None
    team_name: str | None
    due_on: date | None
    state: InitiativeStateName
    reason: str | None = Field(description="Why it was cancelled.")
    overdue: bool
    version: int


class InitiativeSummaryResponse(ResponseModel):
    """Effort by unit, what was cancelled left out; `effort_spent` is what was counted."""

    planned: int
    started: int
    finished: int
    cancelled: int
    effort: dict[EffortUnit, Number]
    effort_spent: dict[EffortUnit, Number]


class KeyResultWorkResponse(ResponseModel):
    key_result_id: UUID
    initiatives: InitiativeSummaryResponse


class UnitWorkResponse(ResponseModel):
    unit: str | None = Field(description="None: of no team or owner that the organisation has.")
    name: str | None
    initiatives: InitiativeSummaryResponse


class InitiativesResponse(Page[InitiativeResponse]):
    """A page of initiatives; the sums are over all that were chosen, not over the page."""

    by_key_result: list[KeyResultWorkResponse]
    by_unit: list[UnitWorkResponse] = Field(description="By the topmost unit of team or owner.")


def initiative_response(
    sheet: InitiativeSheet,
    objective_id: UUID,
    cycle: Cycle,
    organisation: Organisation,
    moment: datetime,
) -> InitiativeResponse:
    return InitiativeResponse(
        **initiative_fields(sheet, cycle, organisation, moment), objective_id=objective_id
    )


def initiative_fields(
    sheet: InitiativeSheet, cycle: Cycle, organisation: Organisation, moment: datetime
) -> dict[str, Any]:
    initiative, course = sheet.initiative, cycle.facts.course
    facts, definition = initiative.facts, initiative.facts.definition
    clock = course.clock(moment)
    return {
        "id": facts.initiative_id,
        "key_result_id": facts.key_result_id,
        "cycle_id": facts.cycle_id,
        "title": definition.title,
        "description": definition.description,
        "effort": definition.effort,
        "effort_unit": definition.effort_unit,
        "effort_spent": facts.effort_spent,
        "owner": definition.owner,
        "owner_name": organisation.name_at(definition.owner, clock),
        "team": definition.team,
        "team_name": organisation.name_at(definition.team, clock),
        "due_on": definition.due_on,
        "state": state_name(initiative),
        "reason": initiative.reason if isinstance(initiative, Cancelled) else None,
        "overdue": sheet.is_overdue(course, moment),
        "version": sheet.version,
    }


def initiative_summary_response(summary: InitiativeSummary) -> InitiativeSummaryResponse:
    return InitiativeSummaryResponse(
        planned=summary.counts.get("planned", 0),
        started=summary.counts.get("started", 0),
        finished=summary.counts.get("finished", 0),
        cancelled=summary.counts.get("cancelled", 0),
        effort=_sums(summary.effort),
        effort_spent=_sums(summary.effort_spent),
    )


def key_result_work_responses(sheets: Iterable[InitiativeSheet]) -> list[KeyResultWorkResponse]:
    return [
        KeyResultWorkResponse(key_result_id=key, initiatives=initiative_summary_response(summary))
        for key, summary in summarise_by_key_result(sheets).items()
    ]


def _sums(sums: Mapping[EffortUnit, Decimal]) -> dict[EffortUnit, Decimal]:
    return dict(sums)
