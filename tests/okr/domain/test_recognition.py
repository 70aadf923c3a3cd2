from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.okr import (
    CycleClosed,
    KeyResultAttached,
    ObjectiveCheckInRecorded,
    ObjectiveClosed,
)
from helmlog_events.envelope import RecordedEvent
from okr_service.domain.board import Board
from okr_service.domain.mine import OwnKeyResult, OwnObjective, own_of
from okr_service.domain.recognition import AchievementFilter, achievements_of, tally

from tests.okr.domain.examples import (
    CHECK_IN_ID,
    CYCLE_ID,
    DAY_45,
    END,
    KEY_RESULT_ID,
    KPI_ID,
    OBJECTIVE_ID,
    START,
    accepted,
    activated,
    added,
    drafted,
    opened,
    proposed,
    review_started,
)
from tests.okr.domain.sheets import part_graded, updated

attached = KeyResultAttached(
    objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, key_result_id=KEY_RESULT_ID
)
achieved = ObjectiveClosed(objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, outcome="achieved")
owned = drafted.model_copy(update={"owner": "lead", "team": "marketing"})
cycle = (opened, activated)
plan = (owned, proposed, accepted, attached)
WEEK = timedelta(days=7)


def a_board(*events: Event) -> Board:
    """Each event in the stream it belongs to, an hour after the one before."""
    board = Board()
    versions: dict[str, int] = {}
    records = []
    for seq, event in enumerate(events, start=1):
        stream = _stream(event)
        versions[stream] = versions.get(stream, 0) + 1
        moment = START + timedelta(hours=seq)
        records.append(
            RecordedEvent(
                seq,
                "tenant",
                stream,
                versions[stream],
                uuid4(),
                event.event_type,
                event.schema_version,
                event.canonical().decode(),
                "{}",
                moment,
                moment,
                b"",
                b"",
            )
        )
    board.apply(records)
    return board


def _stream(event: Event) -> str:
    if event.event_type.startswith("Cycle"):
        return f"cycle-{CYCLE_ID}"
    if event.event_type.startswith("Objective") or event is attached:
        return f"objective-{OBJECTIVE_ID}"
    return f"key_result-{KEY_RESULT_ID}"


def test_an_achieved_objective_and_a_green_key_result_are_achievements():
    board = a_board(*cycle, *plan, added(), part_graded("0.7"), achieved)
    objective, key_result = achievements_of(board)
    assert (objective.type, objective.id) == ("objective", OBJECTIVE_ID)
    assert objective.achieved_at == START + timedelta(hours=9)
    assert (key_result.type, key_result.owner, key_result.team) == (
        "key_result",
        "lead",
        "marketing",
    )
    assert key_result.achieved_at == START + timedelta(hours=8)


def test_what_is_missed_ungraded_or_below_green_is_none():
    missed = achieved.model_copy(update={"outcome": "missed"})
    assert [*achievements_of(a_board(*cycle, *plan, added(), part_graded("0.69"), missed))] == []
    assert [*achievements_of(a_board(*cycle, *plan, added(), updated("1", "35")))] == []


def test_achievements_are_chosen_by_owner_team_and_time():
    board = a_board(*cycle, *plan, added(owner="analyst"), part_graded("0.7"), achieved)
    found = [*achievements_of(board)]
    at = START + timedelta(hours=9)

    def chosen(**fields) -> list[str]:
        return [one.type for one in found if AchievementFilter(**fields).chooses(one)]

    assert chosen(owner="analyst") == ["key_result"]
    assert chosen(team="marketing") == ["objective", "key_result"]
    assert chosen(since=at) == ["objective"]
    assert chosen(until=at) == ["key_result"]


def test_achievements_are_counted_the_most_first():
    board = a_board(*cycle, *plan, added(owner="analyst"), part_graded("0.7"), achieved)
    found = [*achievements_of(board)]
    by_owner = [(one.name, one.objectives, one.key_results) for one in tally(found, "owner")]
    assert by_owner == [("lead", 1, 0), ("analyst", 0, 1)]
    by_team = [(one.name, one.objectives, one.key_results) for one in tally(found, "team")]
    assert by_team == [("marketing", 1, 1)]


def mine(*events: Event, moment=DAY_45):
    return [*own_of(a_board(*events), "lead", moment)]


def test_mine_are_my_objectives_and_the_key_results_nobody_else_has():
    objective, key_result = mine(*cycle, *plan, added())
    assert isinstance(objective, OwnObjective)
    assert isinstance(key_result, OwnKeyResult)
    assert [type(own) for own in mine(*cycle, *plan, added(owner="analyst"))] == [OwnObjective]


def test_a_closed_cycle_is_nobodys_any_more():
    closed = CycleClosed(cycle_id=CYCLE_ID)
    assert mine(*cycle, *plan, added(), review_started, closed) == []


def test_a_check_in_is_due_a_cadence_after_the_last_word():
    said = ObjectiveCheckInRecorded(
        check_in_id=CHECK_IN_ID, objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, observed_at=DAY_45
    )
    before, _ = mine(*cycle, *plan, added())
    assert (before.due.at, before.due.now) == (START + WEEK, True)
    objective, key_result = mine(*cycle, *plan, added(), said, updated("0.5", "28"))
    for own in (objective, key_result):
        assert (own.due.at, own.due.now) == (DAY_45 + WEEK, False)
    later, _ = mine(*cycle, *plan, added(), said, moment=DAY_45 + WEEK)
    assert later.due.now


def test_an_objectives_own_cadence_goes_before_the_cycles():
    often = owned.model_copy(update={"cadence_days": 2})
    objective, _ = mine(*cycle, often, *plan[1:], added())
    assert objective.due.at == START + timedelta(days=2)


def test_nothing_is_due_that_is_not_under_way_or_follows_a_kpi():
    planned, _ = mine(opened, *plan, added())
    draft = mine(*cycle, owned)[0]
    bound = mine(*cycle, *plan, added(kpi_id=KPI_ID))[1]
    for own in (planned, draft, bound):
        assert (own.due.at, own.due.now) == (None, False)


def test_nobody_owes_a_check_in_after_the_end():
    late = updated("0.5", "28", observed_at=END - timedelta(days=1))
    _, key_result = mine(*cycle, *plan, added(), late, moment=END + 4 * WEEK)
    assert not key_result.due.now
    assert key_result.sheet.facts.key_result_id == UUID(int=3)
