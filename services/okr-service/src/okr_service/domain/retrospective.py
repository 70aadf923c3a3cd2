"""What became of a cycle: every objective once, under how it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, get_args
from uuid import UUID

from okr_service.domain.arithmetic import ONE, rounded
from okr_service.domain.objective.outcome import final_grade
from okr_service.domain.objective.state import Closed, Declined, Objective
from okr_service.domain.sheet import ObjectiveSheet, measure_objective
from okr_service.domain.status import weighted_mean

Section = Literal["achieved", "missed", "learned", "carried_over", "cancelled", "open"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned, by an objective or one of its key results."""

    objective_id: UUID
    key_result_id: UUID | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Ending:
    """An objective as it ended. Progress and grade are shares of 1."""

    sheet: ObjectiveSheet
    section: Section
    progress: Decimal | None
    grade: Decimal | None
    reason: str | None
    learned: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """How many ended how; `mean_grade` is of those that have a number, each counting the same."""

    counts: Mapping[Section, int]
    mean_grade: Decimal | None


@dataclass(frozen=True, slots=True)
class Retrospective:
    """`teams` by name, those without a team last, under none."""

    sections: Mapping[Section, Sequence[Ending]]
    summary: Summary
    teams: Sequence[tuple[str | None, Summary]]
    lessons: Sequence[Lesson]


def look_back(sheets: Sequence[ObjectiveSheet]) -> Retrospective:
    """Over a cycle's objectives; those declined were never part of it."""
    endings = [
        _ending(sheet, sheet.objective)
        for sheet in sheets
        if not isinstance(sheet.objective, Declined)
    ]
    by_team: dict[str | None, list[Ending]] = defaultdict(list)
    sections: dict[Section, list[Ending]] = {section: [] for section in SECTIONS}
    for ending in endings:
        sections[ending.section].append(ending)
        by_team[ending.sheet.objective.facts.definition.team].append(ending)
    teams = sorted(by_team, key=lambda team: (team is None, team or ""))
    return Retrospective(
        sections=sections,
        summary=_summary(endings),
        teams=[(team, _summary(by_team[team])) for team in teams],
        lessons=[lesson for ending in endings for lesson in _lessons(ending)],
    )


def _ending(sheet: ObjectiveSheet, objective: Objective) -> Ending:
    measured = measure_objective(sheet)
    grade = objective.facts.grade
    closed = objective if isinstance(objective, Closed) else None
    learned = None if grade is None else grade.learned
    return Ending(
        sheet=sheet,
        section="open" if closed is None else _section(closed),
        progress=None if measured is None else measured.progress,
        grade=final_grade(objective),
        reason=None if closed is None else closed.reason,
        learned=learned if closed is None else closed.learned or learned,
    )


def _section(closed: Closed) -> Section:
    """What a learning objective came to is what was learned, whichever way it went."""
    kind = closed.facts.definition.kind
    if kind == "learning" and closed.outcome in ("achieved", "missed"):
        return "learned"
    return closed.outcome


def _summary(endings: Iterable[Ending]) -> Summary:
    counts = dict.fromkeys(SECTIONS, 0)
    grades: list[Decimal] = []
    for ending in endings:
        counts[ending.section] += 1
        if ending.grade is not None:
            grades.append(ending.grade)
    mean = rounded(weighted_mean((ONE, grade) for grade in grades)) if grades else None
    return Summary(counts, mean)


def _lessons(ending: Ending) -> Iterable[Lesson]:
    facts = ending.sheet.objective.facts
    if ending.learned:
        yield Lesson(facts.objective_id, None, facts.definition.title, ending.learned)
    for part in ending.sheet.key_results:
        if part.grade is not None and part.grade.learned:
            known = part.facts
            yield Lesson(
                facts.objective_id, known.key_result_id, known.definition.title, part.grade.learned
            )
