"""A board's page is put together from parts that are kept while nothing they show has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from okr_service.api import board_page as pages
from okr_service.api.board_page import (
    RenderedObjectives,
    Surroundings,
    board_page,
    render_objective,
)
from okr_service.api.schemas.cycles import cycle_response
from okr_service.api.schemas.objectives import BoardResponse, objective_response
from okr_service.domain.organisation.state import NOBODY
from okr_service.domain.sheet import ObjectiveSheet

from tests.okr.domain.examples import CYCLE_ID, DAY_45, a_cycle, activated, closed, opened
from tests.okr.domain.organisation_examples import company, organisation_of
from tests.okr.domain.sheets import an_objective_sheet, measured_part

PLACE = ("demo", CYCLE_ID)
AROUND = Surroundings(a_cycle(opened, activated), DAY_45, NOBODY)
SHEETS = [
    an_objective_sheet(measured_part("0.5", number=11), number=1),
    an_objective_sheet(measured_part("0.25", number=12), number=2),
]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[ObjectiveSheet]:
    """What is rendered anew, in its order."""
    sheets: list[ObjectiveSheet] = []

    def noting(sheet: ObjectiveSheet, around: Surroundings) -> bytes:
        sheets.append(sheet)
        return render_objective(sheet, around)

    monkeypatch.setattr(pages, "render_objective", noting)
    return sheets


def test_the_page_is_a_board_response_to_the_byte():
    parts = RenderedObjectives().render(PLACE, SHEETS, AROUND)
    page = board_page(2, parts, (), AROUND, valid_at=DAY_45, known_at=None)
    whole = BoardResponse(
        cycle=cycle_response(AROUND.cycle, 2, AROUND.moment),
        valid_at=DAY_45,
        known_at=None,
        judged_at=AROUND.moment,
        objectives=[objective_response(sheet, AROUND.cycle, AROUND.moment) for sheet in SHEETS],
        initiatives=[],
    )
    assert page.decode() == whole.model_dump_json()


def test_only_what_has_changed_is_rendered_again(rendered: list[ObjectiveSheet]):
    kept = RenderedObjectives()
    first = kept.render(PLACE, SHEETS, AROUND)
    rendered.clear()
    moved = an_objective_sheet(measured_part("0.75", number=12), number=2)
    second = kept.render(PLACE, [SHEETS[0], moved], AROUND)
    assert rendered == [moved]
    assert second == [first[0], render_objective(moved, AROUND)]


def test_what_is_gone_is_not_shown_and_what_is_new_has_its_place(rendered: list[ObjectiveSheet]):
    kept = RenderedObjectives()
    first = kept.render(PLACE, SHEETS, AROUND)
    new = an_objective_sheet(number=3)
    assert kept.render(PLACE, [SHEETS[1], new], AROUND) == [
        first[1],
        render_objective(new, AROUND),
    ]
    assert rendered == [*SHEETS, new]


@pytest.mark.parametrize(
    "other",
    [
        replace(AROUND, moment=DAY_45 + timedelta(minutes=1)),
        replace(AROUND, cycle=a_cycle(opened, activated, closed)),
        replace(AROUND, organisation=organisation_of(company)),
    ],
    ids=["moment", "cycle", "organisation"],
)
def test_other_surroundings_render_everything(rendered: list[ObjectiveSheet], other: Surroundings):
    kept = RenderedObjectives()
    kept.render(PLACE, SHEETS, AROUND)
    kept.render(PLACE, SHEETS, other)
    assert rendered == [*SHEETS, *SHEETS]


def test_tenants_and_cycles_are_kept_apart_and_the_longest_unasked_goes(
    rendered: list[ObjectiveSheet],
):
    kept = RenderedObjectives(keep=2)
    places = [PLACE, ("other", CYCLE_ID), ("demo", UUID(int=99))]
    for place in places:
        kept.render(place, SHEETS[:1], AROUND)
    assert len(rendered) == len(places)
    kept.render(places[2], SHEETS[:1], AROUND)
    assert len(rendered) == len(places)
    kept.render(places[0], SHEETS[:1], AROUND)
    assert len(rendered) == len(places) + 1
