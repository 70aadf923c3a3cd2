"""What an import decides: pure, on rows and what stands."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    CheckInRecorded,
    ImportCounts,
    KeyResultAdded,
    KeyResultGraded,
    KeyResultUpdated,
    ObjectiveAccepted,
    ObjectiveCheckInRecorded,
    ObjectiveDrafted,
    ObjectiveGraded,
    ObjectiveRevised,
)
from helmlog_events.tables.reading import read_json
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive
from okr_service.domain.imports.columns import COLUMNS
from okr_service.domain.imports.ledger import IMPORTS, ImportDone, recorded
from okr_service.domain.key_result.refusals import (
    ConfidenceOutOfRange,
    ObservedInFuture,
    OutsideCycle,
    WeightNotPositive,
)

from tests.okr.domain.examples import END, START, a_cycle, activated, closed, opened, review_started
from tests.okr.imports.files import HEADER, QUARTER, sheet
from tests.okr.imports.harbour import DAY_80, IMPORT_ID, Harbour

LATER = END + timedelta(days=400)


def test_a_quarter_comes_in_whole():
    plan = Harbour().imports(QUARTER)
    assert plan.rejected == []
    assert plan.rows == 11
    assert plan.created == ImportCounts(objectives=5, key_results=6, check_ins=9, grades=5)
    assert [row.key for row in plan.keys] == [f"G{row}" for row in range(1, 12)]


def test_an_imported_objective_is_assigned_and_accepted_at_once():
    harbour = Harbour()
    harbour.imports(QUARTER)
    assert [type(event) for event in harbour.events["G1"]][:2] == [
        ObjectiveDrafted,
        ObjectiveAccepted,
    ]
    drafted = harbour.told("G1", ObjectiveDrafted)
    assert (drafted.origin, drafted.external_key, drafted.contributes_to) == (
        "assigned",
        "G1",
        None,
    )
    assert harbour.dates["G1"][0] == START


def test_an_objective_contributes_to_what_it_stands_under_and_is_one_level_below():
    harbour = Harbour()
    harbour.imports(QUARTER)
    below = harbour.told("G3", ObjectiveDrafted)
    assert below.contributes_to == harbour.known.by_key["G2"].node
    levels = [harbour.told(key, ObjectiveDrafted).level for key in ("G1", "G3", "G7", "G8")]
    assert levels == ["company", "department", "department", "team"]


def test_a_key_result_without_a_metric_is_a_share_done():
    harbour = Harbour()
    harbour.imports(QUARTER)
    added = harbour.told("G4", KeyResultAdded)
    assert (added.metric, added.baseline, added.target, added.unit) == ("increase", 0, 100, "%")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("G2", "75", "share-read"),
        ("G4", "80", None),
        ("G5", "0", "share-read"),
        ("G6", None, "no-share-read"),
        ("G10", "100", None),
        ("G11", "40", "result-and-score-differ"),
    ],
)
def test_a_result_is_checked_in_with_what_it_states_and_kept_word_for_word(key, value, code):
    harbour = Harbour()
    plan = harbour.imports(QUARTER)
    row = int(key.removeprefix("G"))
    check_in = harbour.told(key, CheckInRecorded)
    assert check_in.value == (None if value is None else Decimal(value))
    assert check_in.narrative in QUARTER
    assert [note.code for note in plan.notes if note.row == row] == ([code] if code else [])
    updated = [event for event in harbour.events[key] if isinstance(event, KeyResultUpdated)]
    assert bool(updated) == (value is not None)


def test_a_score_is_a_grade_to_the_digit():
    harbour = Harbour()
    harbour.imports(QUARTER)
    assert f"{harbour.told('G4', KeyResultGraded).grade}" == "0.80"
    assert f"{harbour.told('G3', ObjectiveGraded).grade}" == "0.60"


def test_a_score_without_a_result_is_checked_in_too():
    harbour = Harbour()
    harbour.imports(
        sheet(("A", "", "objective", "", "x", "", ""), ("b", "A", "key_result", "", "y", "", "0.5"))
    )
    check_in = harbour.told("b", CheckInRecorded)
    assert (check_in.value, check_in.narrative) == (50, None)


def test_a_result_of_an_objective_is_words():
    harbour = Harbour()
    plan = harbour.imports(QUARTER)
    assert harbour.told("G9", ObjectiveCheckInRecorded).narrative == "missed and moving to Q2"
    assert [note.code for note in plan.notes if note.row == 9] == ["speaks-of-carrying-over"]


def test_results_of_a_past_cycle_are_true_at_its_last_moment():
    harbour = Harbour(now=LATER)
    harbour.imports(QUARTER)
    last = END - timedelta(microseconds=1)
    assert harbour.told("G4", CheckInRecorded).observed_at == last
    assert harbour.told("G9", ObjectiveCheckInRecorded).observed_at == last
    assert harbour.dates["G1"][0] == START


def test_the_same_file_again_changes_nothing():
    harbour = Harbour()
    first = harbour.imports(QUARTER)
    again = harbour.imports(QUARTER)
    assert again.places == []
    assert again.keys == []
    assert (again.created, again.updated) == (ImportCounts(), ImportCounts())
    assert again.unchanged == first.created


def test_a_changed_row_revises_what_it_made_and_says_why():
    harbour = Harbour()
    harbour.imports(QUARTER)
    plan = harbour.imports(
        HEADER
        + "G3,G2,objective,Head of Berths,Berths that wait,60% complete,0.70\n"
        + "G6,G3,key_result,,Pilots with a licence for the north,done,\n"
    )
    assert plan.rejected == []
    assert plan.updated == ImportCounts(objectives=1, key_results=1, check_ins=1, grades=1)
    revised = harbour.told("G3", ObjectiveRevised)
    assert (revised.after.title, revised.after.owner) == ("Berths that wait", "Head of Berths")
    assert revised.before.title == "Berths that wait for ships"
    assert revised.reason == f"import {IMPORT_ID}"
    assert harbour.known.by_key["G6"].state.facts.definition.owner is None
    assert harbour.told("G6", CheckInRecorded).value == 100


def test_a_column_that_is_not_there_takes_nothing_away():
    harbour = Harbour()
    harbour.imports(QUARTER)
    plan = harbour.imports("id,kind,title\nG4,key_result,Berths free at last\n")
    assert plan.rejected == []
    assert plan.updated == ImportCounts(key_results=1)
    facts = harbour.known.by_key["G4"].state.facts
    assert facts.definition.owner == "Head of Berths, North"


def test_rows_may_hang_on_what_came_before():
    harbour = Harbour()
    harbour.imports(QUARTER)
    plan = harbour.imports(sheet(("G12", "G2", "objective", "", "Docks that dry", "", "")))
    assert plan.created == ImportCounts(objectives=1)
    assert harbour.told("G12", ObjectiveDrafted).level == "department"
    assert [place.node for place in plan.rests_on] == [harbour.known.by_key["G2"].node]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("G3", "G1", "objective", "", "Berths", "", ""), "parent_id"),
        (("G4", "G7", "key_result", "", "Berths free on the hour", "", ""), "parent_id"),
        (("G3", "G2", "key_result", "", "Berths", "", ""), None),
        (("G4", "G3", "objective", "", "Berths", "", ""), "kind"),
    ],
)
def test_what_a_row_is_and_hangs_on_is_not_changed_by_importing(row, column):
    harbour = Harbour()
    harbour.imports(QUARTER)
    plan = harbour.imports(sheet(row))
    (rejected,) = plan.rejected
    assert column in (None, rejected.column)
    assert plan.places == []


def test_an_older_statement_leaves_a_newer_check_in_standing():
    header = HEADER.replace("score", "score,observed_at")
    rows = [("A", "", "objective", "", "x", "", "", ""), ("b", "A", "key_result", "", "y")]
    early, late = START.isoformat(), DAY_80.isoformat()
    harbour = Harbour()
    harbour.imports(sheet(rows[0], (*rows[1], "60%", "", late), header=header))
    again = harbour.imports(sheet(rows[0], (*rows[1], "20%", "", early), header=header))
    assert again.places == []
    assert [note.code for note in again.notes] == ["newer-check-in-stands"]


def test_a_row_refused_by_a_rule_names_it_and_leaves_no_trace():
    header = "id,parent_id,kind,title,metric,baseline,target\n"
    plan = Harbour().imports(
        sheet(
            ("A", "", "objective", "x", "", "", ""),
            ("b", "A", "key_result", "y", "increase", "5", "5"),
            ("c", "A", "key_result", "z", "stay_below", "", "5"),
            ("d", "A", "key_result", "z", "milestone", "", ""),
            ("E", "b", "objective", "under a refused one", "", "", ""),
            header=header,
        )
    )
    assert [one.row for one in plan.rejected] == [2, 3, 4, 5]
    assert plan.rejected[3].reason == "its parent, row 2, is refused"
    assert plan.created == ImportCounts(objectives=1)
    assert [len(place.planned) for place in plan.places] == [0]  # taken over by the harbour


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"result": "so so", "observed_at": "2025-12-31T00:00:00Z"}, OutsideCycle),
        ({"result": "50%", "observed_at": "2025-12-31T00:00:00Z"}, OutsideCycle),
        ({"result": "so so", "observed_at": "2026-03-31T00:00:00Z"}, ObservedInFuture),
        ({"result": "so so", "confidence": "11"}, ConfidenceOutOfRange),
        ({"weight": "0"}, WeightNotPositive),
    ],
)
def test_a_key_result_is_held_to_the_rules_of_key_results(cells, refusal):
    objective = {"id": "A", "kind": "objective", "title": "x"}
    key_result = {"id": "b", "parent_id": "A", "kind": "key_result", "title": "y", **cells}
    plan = Harbour().takes(read_json([objective, key_result], COLUMNS, {}))
    assert [type(one.reason) for one in plan.rejected] == [refusal]


@pytest.mark.parametrize(
    "cells",
    [
        {"result": "so so", "observed_at": "2025-12-31T00:00:00Z"},
        {"objective_kind": "learning", "score": "0.5"},
    ],
)
def test_an_objective_is_held_to_the_rules_of_objectives(cells):
    row = {"id": "A", "kind": "objective", "title": "x", **cells}
    plan = Harbour().takes(read_json([row], COLUMNS, {}))
    assert [one.row for one in plan.rejected] == [1]


def test_results_are_refused_while_the_cycle_is_planned():
    plan = Harbour(a_cycle(opened)).imports(QUARTER)
    assert {type(one.reason) for one in plan.rejected} >= {CycleNotActive}


def test_a_plan_without_results_may_come_into_a_planned_cycle():
    plan = Harbour(a_cycle(opened)).imports(sheet(("A", "", "objective", "", "x", "", "")))
    assert plan.rejected == []


def test_a_closed_cycle_takes_no_import():
    with pytest.raises(CycleIsClosed):
        Harbour(a_cycle(opened, activated, review_started, closed)).imports(QUARTER)


def test_an_import_of_many_keys_is_told_in_events_of_a_bearable_size():
    text = sheet(*((f"{row:0190}", "", "objective", "", "x", "", "") for row in range(3_000)))
    plan = Harbour().imports(text)
    none = ImportCounts()
    events = recorded(
        ImportDone(IMPORT_ID, UUID(int=1), False, "00", 3_000, 0, plan.created, none, plan.keys)
    )
    assert len(events) > 1
    assert [event.rows for event in events] == [3_000, *(0 for _ in events[1:])]
    assert all(len(event.canonical()) < 512 * 1024 for event in events)
    ledger = IMPORTS.initial
    for event in events:
        ledger = IMPORTS.evolve(ledger, event)
    assert [*ledger.nodes] == [row.key for row in plan.keys]
