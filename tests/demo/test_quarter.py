from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from helmlog_local.company.okr_file import FiscalQuarter, OkrFile, Story
from helmlog_local.company.plan import Cycle
from helmlog_local.demo.quarter.bringing_in import Brought, Import
from helmlog_local.demo.quarter.changes import Changed, Node
from helmlog_local.demo.quarter.house import House, Opened
from helmlog_local.demo.quarter.kept import Kept
from helmlog_local.demo.quarter.listening import Heard, gaps, heard_in
from helmlog_local.demo.quarter.looking import Seen, Then
from helmlog_local.demo.quarter.shortcomings import shortcomings
from helmlog_local.demo.quarter.tables import show_quarter
from rich.console import Console

NOON = datetime(2024, 11, 1, 12, tzinfo=UTC)
CONTENT = b"""id,parent_id,kind,owner,title,result,score
1,,objective,Harbour Office,A safe harbour,,
1.1,1,key_result,Pilots,Ships piloted,7 of 8,0.90
"""
CREATED = {"objectives": 1, "key_results": 1, "check_ins": 1, "grades": 1}
NONE = dict.fromkeys(CREATED, 0)
SUMMARY = {"achieved": 1, "missed": 0, "learned": 0, "carried_over": 1, "cancelled": 0, "open": 0}


@pytest.fixture
def file():
    story = Story("1", "A harbour", "Safe is understood.", "1.1", "1.1", "1", "ship")
    return OkrFile("a sheet", CONTENT, FiscalQuarter(10, 2025, 1), story)


def answer(*, created, unchanged):
    return {
        "created": created, "updated": NONE, "unchanged": unchanged, "rejected": [], "notes": [],
    }  # fmt: skip


def shown(**values):
    return {"value": "48", "status": "behind", "confidence": 4} | values


def node(title, **values):
    return {
        "title": title, "owner": None, "progress": "0.9", "status": "on_track",
        "grade": "0.9", "band": "green", "objectives": [], **values,
    }  # fmt: skip


@pytest.fixture
def kept(file):
    cycle = Opened("1", Cycle("FY25-Q1", date(2024, 10, 1), date(2024, 12, 31), ()))
    changed = Changed(
        renamed={"title": "A harbour"},
        why_renamed="Safe is understood.",
        values=("30", "48", "68"),
        measured=Node("k", "Ships piloted"),
        rebased_at=NOON,
        acknowledged_by="colleague@local",
        initiative={"title": "Hire a pilot", "state": "started"},
        instantiated={"title": "Example", "key_results": [{}, {}]},
        cloned={},
        graded={"title": "Ships piloted", "grade": "0.875"},
        closed=({},),
        carried=Node("o", "A safe harbour"),
        carried_to={"copied_from": {"id": "o"}, "key_results": []},
    )
    achieved = {"title": "[Pier] built", "owner": None, "key_results": 1, "grade": "1.00"}
    event = {"reference": "okr/4", "type": "CheckInRecorded", "actor": "admin@local"}
    pieces = [{"text": "Ships", "found": True}, {"text": " piloted", "found": False}]
    seen = Seen(
        tree={
            "objectives": 2,
            "key_results": 3,
            "roots": [node("A [harbour]", state="closed", key_results=[node("Ships piloted")])],
        },
        retrospective={
            "summary": SUMMARY | {"mean_grade": "0.9"},
            "achieved": [achieved | {"band": "green"}],
        },
        heroes=({"name": "Pilots", "objectives": 1, "key_results": 1},),
        due=({},),
        found=({"type": "key_result", "title": "2 Ships piloted", "snippet": pieces},),
        progress={
            "value": "0.85",
            "formula": "(68 - 0) / (80 - 0) = 0.85",
            "events": [event | {"occurred_at": "2024-12-23T18:00:00.000000Z"}],
        },
        before=Then(NOON, shown(target="100", progress="0.48")),
        after=Then(NOON, shown(target="80", progress="0.60")),
        coverage={"served": [{"kind": "pillar", "name": "Thrift", "objectives": []}]},
    )
    return Kept(
        house=House(cycle, cycle, cycle, ("Thrift",)),
        brought=Brought(
            Import(answer(created=CREATED, unchanged=NONE), 0.1),
            Import(answer(created=NONE, unchanged=CREATED), 0.1),
            CONTENT,
        ),
        changed=changed,
        seen=seen,
        heard=(Heard(4, "cycle-1", 1), Heard(5, "cycle-1", 2)),
        written=(4, 5),
        verification={"holds": True, "logs": [{"entries": 5}]},
    )


def found_in(file, kept):
    return list(shortcomings(file, kept))


def test_a_quarter_in_which_all_is_well_has_no_shortcoming(file, kept):
    assert found_in(file, kept) == []


def test_a_row_that_was_not_imported_is_one(file, kept):
    less = answer(created=CREATED | {"key_results": 0}, unchanged=NONE)
    brought = replace(kept.brought, first=Import(less, 0.1))
    first, second = found_in(file, replace(kept, brought=brought))
    assert "states 1 objectives, 1 key results, 1 grades" in first
    assert "created 1 objectives, 0 key results" in first
    assert "not recognised row by row" in second


def test_a_second_import_that_changes_something_is_one(file, kept):
    changed = answer(created=NONE, unchanged=CREATED) | {"updated": NONE | {"check_ins": 1}}
    brought = replace(kept.brought, again=Import(changed, 0.1))
    (found,) = found_in(file, replace(kept, brought=brought))
    assert found == "the same file, imported again, changed something"


def test_a_byte_that_does_not_come_back_is_one(file, kept):
    brought = replace(kept.brought, exported=CONTENT[:-1])
    (found,) = found_in(file, replace(kept, brought=brought))
    assert found == "the export differs from the file that was imported"


def test_a_tree_that_lacks_a_key_result_is_one(file, kept):
    seen = replace(kept.seen, tree=kept.seen.tree | {"key_results": 2})
    (found,) = found_in(file, replace(kept, seen=seen))
    assert found == "the tree holds 2 objectives and 2 key results, 2 and 3 were told"


def test_a_retrospective_that_does_not_add_up_is_one(file, kept):
    seen = replace(kept.seen, retrospective={"summary": SUMMARY | {"open": 1}})
    (found,) = found_in(file, replace(kept, seen=seen))
    assert "do not add up" in found


def test_a_rebase_that_does_not_show_is_one(file, kept):
    seen = replace(kept.seen, after=kept.seen.before)
    assert len(found_in(file, replace(kept, seen=seen))) == 2


def test_a_word_that_is_not_found_is_one(file, kept):
    (found,) = found_in(file, replace(kept, seen=replace(kept.seen, found=())))
    assert found == "the search for 'ship' finds nothing"


def test_a_log_that_does_not_hold_is_one(file, kept):
    (found,) = found_in(file, replace(kept, verification={"holds": False}))
    assert "does not hold" in found


def test_a_gap_in_the_live_stream_is_one(file, kept):
    heard = (Heard(4, "cycle-1", 1), Heard(5, "cycle-1", 3))
    (found,) = found_in(file, replace(kept, heard=heard))
    assert found == "the live stream went from 1 to 3 in cycle-1"


def test_a_write_that_was_never_heard_of_is_a_gap():
    assert list(gaps([Heard(4, "a", 7)], [4, 6])) == [
        "the live stream did not tell of the write at 6"
    ]


def test_an_event_heard_twice_is_told():
    first, *_ = gaps([Heard(4, "a", 7), Heard(4, "a", 7)], [4])
    assert first == "the live stream told an event twice, or out of order"


def test_streams_that_began_before_and_meanwhile_have_no_gap():
    heard = [Heard(4, "a", 7), Heard(5, "b", 1), Heard(7, "a", 8), Heard(9, "b", 2)]
    assert list(gaps(heard, [4, 9])) == []


def test_events_are_read_from_the_lines_that_hold_them():
    line = 'data: {"seq": 4, "stream": "cycle-1", "version": 2, "type": "CycleActivated"}'
    assert list(heard_in(line)) == [Heard(4, "cycle-1", 2)]
    assert [*heard_in(": read up to 3"), *heard_in("id: 4"), *heard_in("")] == []


def test_what_people_wrote_is_shown_as_they_wrote_it(file, kept):
    console = Console(width=144)
    with console.capture() as capture:
        show_quarter(console, file, kept)
    text = capture.get()
    assert "A [harbour]" in text
    assert "[Pier] built" in text
    assert "Ships piloted: 30 %, 48 %, 68 %" in text
    assert "2 Ships piloted" in text
    assert "byte for byte" in text
    assert "none is missing" in text
