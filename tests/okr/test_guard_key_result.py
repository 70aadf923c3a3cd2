"""A KPI that must not suffer caps the status of the key results it guards."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from helmlog_events.contracts.kpi import KPIThresholdEscalated
from helmlog_events.contracts.okr import GuardrailBreached, GuardrailRecovered, KeyResultUpdated
from helmlog_events.ids import stream_id

from tests.okr.house import Team, breached, episode, instant, recovered

START = instant("2019-11-01T00:00:00")
NOVEMBER = instant("2019-11-15T00:00:00")


def at(moment: datetime) -> dict[str, str]:
    return {"valid_at": moment.isoformat()}


async def guarded(team: Team, *guardrails: UUID, cycle_id: str | None = None) -> str:
    cycle_id = cycle_id or await team.cycle()
    objective_id = await team.objective(cycle_id)
    key_result_id = await team.key_result(objective_id, guardrails=[*map(str, guardrails)])
    await team.settle()
    return key_result_id


async def events_of(team: Team, key_result_id: str):
    return await team.house.store.read_stream(team.tenant, stream_id("key_result", key_result_id))


async def test_a_breach_caps_the_status_until_it_is_over(team: Team):
    kpi_id, breach_id = uuid4(), uuid4()
    key_result_id = await guarded(team, kpi_id)
    path = f"/v1/key-results/{key_result_id}"
    await team.check_in(key_result_id, value=35, observed_at=NOVEMBER.isoformat())
    day = timedelta(days=1)
    (record,) = await team.hear_of_kpis(breached(kpi_id, breach_id, NOVEMBER + day))
    capped = await team.get(path, **at(NOVEMBER + day))
    assert (capped["status"], capped["status_rule"], capped["guarded"]) == (
        "at_risk",
        "guardrail",
        True,
    )
    await team.hear_of_kpis(recovered(kpi_id, breach_id, NOVEMBER + 2 * day))
    well = await team.get(path, **at(NOVEMBER + 2 * day))
    assert (well["status"], well["status_rule"], well["guarded"]) == ("on_track", "computed", False)
    assert await team.get(path, **at(NOVEMBER + day)) == capped
    before = await team.get(path, **at(NOVEMBER))
    assert (before["status"], before["guarded"]) == ("on_track", False)

    told = (await events_of(team, key_result_id))[-4:]
    kinds = [GuardrailBreached, KeyResultUpdated, GuardrailRecovered, KeyResultUpdated]
    assert [type(record.event) for record in told] == kinds
    assert [record.occurred_at - NOVEMBER for record in told] == [day, day, 2 * day, 2 * day]
    assert told[0].actor == "system:guard-key-result"
    assert told[0].event.cause == told[1].event.cause == f"kpi/{record.seq}"
    assert (told[1].event.source, told[1].event.status_rule) == ("guardrail", "guardrail")


async def test_why_it_is_at_risk_is_explained(team: Team):
    kpi_id = uuid4()
    key_result_id = await guarded(team, kpi_id)
    await team.check_in(key_result_id, value=35)
    await team.hear_of_kpis(breached(kpi_id, uuid4(), NOVEMBER))
    explained = (await team.get(f"/v1/key-results/{key_result_id}/explain"))["values"]
    (status,) = (value for value in explained if value["name"] == "status")
    assert (status["rule"], status["inputs"]) == ("guardrail", {str(kpi_id): "warning"})
    assert [event["type"] for event in status["events"]] == ["GuardrailBreached"]


async def test_a_worse_breach_is_told_and_stays_one(team: Team):
    kpi_id, breach_id = uuid4(), uuid4()
    key_result_id = await guarded(team, kpi_id)
    worse = KPIThresholdEscalated(
        breach_id=breach_id,
        kpi_id=kpi_id,
        severity="critical",
        previous="warning",
        value=1,
        observed_at=NOVEMBER + timedelta(days=1),
    )
    await team.hear_of_kpis(breached(kpi_id, breach_id, NOVEMBER), worse)
    told = [record.event for record in await events_of(team, key_result_id)][1:]
    assert [event.severity for event in told] == ["warning", "critical"]


async def test_the_breach_of_another_kpi_matters_nothing(team: Team):
    key_result_id = await guarded(team, uuid4())
    await team.hear_of_kpis(breached(uuid4(), uuid4(), NOVEMBER))
    assert len(await events_of(team, key_result_id)) == 1


async def test_a_guardrail_added_while_in_breach_counts_at_once(team: Team):
    kpi_id = uuid4()
    await team.hear_of_kpis(breached(kpi_id, uuid4(), NOVEMBER))
    key_result_id = await guarded(team)
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path))["guarded"] is False
    since = NOVEMBER + timedelta(days=9)
    for guardrails, expected in (([str(kpi_id)], True), ([], False), ([str(kpi_id)], True)):
        body = {"guardrails": guardrails, "reason": "x", "effective_from": since.isoformat()}
        assert (await team.send("PATCH", path, body)).status_code == 200
        await team.settle()
        assert (await team.get(path))["guarded"] is expected
    assert (await team.get(path, **at(NOVEMBER + timedelta(days=1))))["guarded"] is False


@pytest.mark.parametrize("active", [True, False])
async def test_a_breach_from_before_counts_from_the_cycles_start(team: Team, *, active: bool):
    kpi_id = uuid4()
    cycle_id = await team.cycle(active=active)
    await team.hear_of_kpis(breached(kpi_id, uuid4(), START - timedelta(days=30)))
    key_result_id = await guarded(team, kpi_id, cycle_id=cycle_id)
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path))["guarded"] is active
    await team.post(f"/v1/cycles/{cycle_id}:activate")
    await team.settle()
    assert (await team.get(path))["guarded"] is True
    assert (await events_of(team, key_result_id))[-1].occurred_at == START


async def test_what_went_on_while_the_cycle_was_closed_counts_when_it_is_reopened(team: Team):
    kpi_id = uuid4()
    cycle_id = await team.cycle()
    key_result_id = await guarded(team, kpi_id, cycle_id=cycle_id)
    await team.post(f"/v1/cycles/{cycle_id}:close")
    await team.hear_of_kpis(breached(kpi_id, uuid4(), NOVEMBER))
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path))["guarded"] is False
    await team.post(f"/v1/cycles/{cycle_id}:reopen", {"reason": "a number was wrong"})
    await team.settle()
    assert (await team.get(path))["guarded"] is True
    assert (await events_of(team, key_result_id))[-1].event.after_reopening


async def test_what_is_over_before_the_cycle_or_begins_after_it_is_nothing(team: Team):
    kpi_id, other_id, breach_id = uuid4(), uuid4(), uuid4()
    await team.hear_of_kpis(
        breached(kpi_id, breach_id, START - timedelta(days=30)),
        recovered(kpi_id, breach_id, START - timedelta(days=1)),
        breached(other_id, uuid4(), instant("2020-02-01T00:00:00")),
    )
    key_result_id = await guarded(team, kpi_id, other_id)
    assert len(await events_of(team, key_result_id)) == 1


async def test_a_board_shows_what_the_single_key_result_shows_after_late_reports(team: Team):
    """Newest by the time it was said, newest by the order it was told: a board reads no more."""
    kpi_id = uuid4()
    cycle_id = await team.cycle()
    key_result_id = await guarded(team, kpi_id, cycle_id=cycle_id)
    days = iter(range(100))
    for step in (10, "breach", 15, 5, "rebase", 17, 16, 3):
        if step == "breach":
            await team.hear_of_kpis(breached(kpi_id, uuid4(), START + timedelta(days=25)))
        elif step == "rebase":
            body = {"target": 48, "reason": "x", "effective_from": "2019-11-21T00:00:00Z"}
            await team.send("PATCH", f"/v1/key-results/{key_result_id}", body)
        else:
            moment = (START + timedelta(days=step)).isoformat()
            await team.check_in(key_result_id, value=22 + next(days), observed_at=moment)
        for query in ({}, at(START + timedelta(days=18)), at(START + timedelta(days=30))):
            single = await team.get(f"/v1/key-results/{key_result_id}", **query)
            past = {**query, "known_at": "2999-01-01T00:00:00Z"}
            for board_query in (query, past):
                board = await team.get(f"/v1/cycles/{cycle_id}/board", **board_query)
                (part,) = board["objectives"][0]["key_results"]
                drop = {"status", "status_rule", "expected_progress", "days_left"}
                same = single.keys() - (drop if board_query is past and not query else set())
                assert {name: part[name] for name in same} == {name: single[name] for name in same}


async def test_a_breach_that_never_was_caps_nothing_and_one_that_goes_on_after_all_does(
    team: Team,
):
    kpi_id, day = uuid4(), timedelta(days=1)
    key_result_id = await guarded(team, kpi_id)
    path = f"/v1/key-results/{key_result_id}"
    breach = breached(kpi_id, uuid4(), NOVEMBER)
    await team.hear_of_kpis(breach)
    assert (await team.get(path))["guarded"] is True
    await team.hear_of_revision(breach, episode(breach, NOVEMBER + day), NOVEMBER + day)
    assert (await team.get(path))["guarded"] is False
    assert (await team.get(path, **at(NOVEMBER)))["guarded"] is True
    await team.hear_of_revision(breach, episode(breach), NOVEMBER + day)
    assert (await team.get(path))["guarded"] is True
    (record,) = await team.hear_of_revision(breach, None, NOVEMBER)
    assert (await team.get(path))["guarded"] is False
    told = (await events_of(team, key_result_id))[-1]
    assert (type(told.event), told.event.cause) == (GuardrailRecovered, f"kpi/{record.seq}")
    later = await guarded(team, kpi_id, cycle_id=await team.cycle(name="later"))
    assert (await team.get(f"/v1/key-results/{later}"))["guarded"] is False


async def test_a_breach_that_is_part_of_another_leaves_the_other_standing(team: Team):
    kpi_id, day = uuid4(), timedelta(days=1)
    key_result_id = await guarded(team, kpi_id)
    first, second = breached(kpi_id, uuid4(), NOVEMBER), breached(kpi_id, uuid4(), NOVEMBER + day)
    ended = recovered(kpi_id, first.breach_id, NOVEMBER + day / 2)
    await team.hear_of_kpis(first, ended, second)
    await team.hear_of_revision(first, episode(first), NOVEMBER + day / 2)
    await team.hear_of_revision(second, None, NOVEMBER + day, first.breach_id)
    told = [record.event for record in await events_of(team, key_result_id)]
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["guarded"] is True
    assert told[-1].breach_id == first.breach_id
    await team.hear_of_kpis(recovered(kpi_id, first.breach_id, NOVEMBER + 2 * day))
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["guarded"] is False
