from __future__ import annotations

from tests.okr.house import Team


async def test_cycles_are_listed_newest_dates_first_page_by_page(team: Team):
    for year in ("2018", "2020", "2019"):
        await team.cycle(
            active=False, name=year, starts_on=f"{year}-01-01", ends_on=f"{year}-12-31", kind="year"
        )
    first = await team.get("/v1/cycles", limit=2)
    second = await team.get("/v1/cycles", limit=2, cursor=first["next_cursor"])
    names = [cycle["name"] for page in (first, second) for cycle in page["items"]]
    assert names == ["2020", "2019", "2018"]
    assert second["next_cursor"] is None


async def test_cycles_are_listed_by_state_as_they_are_read(team: Team):
    active = await team.cycle(name="active")
    await team.cycle(active=False, name="planned")
    (listed,) = (await team.get("/v1/cycles", state="active"))["items"]
    assert listed == await team.get(f"/v1/cycles/{active}")


async def test_objectives_are_listed_in_the_order_they_were_drafted(team: Team):
    cycle_id = await team.cycle()
    drafted = [await team.objective(cycle_id, active=False, title=str(n)) for n in range(3)]
    first = await team.get("/v1/objectives", limit=2)
    second = await team.get("/v1/objectives", limit=2, cursor=first["next_cursor"])
    ids = [objective["id"] for page in (first, second) for objective in page["items"]]
    assert ids == drafted
    assert second["next_cursor"] is None


async def test_objectives_are_filtered_and_shown_as_they_are_read(team: Team):
    cycle_id = await team.cycle()
    wanted = await team.objective(cycle_id, owner="sales-lead", team="sales", level="team")
    await team.check_in(await team.key_result(wanted), value="30")
    await team.objective(cycle_id, active=False)
    await team.objective(await team.cycle(name="another"), active=False, owner="sales-lead")
    for chosen in (
        {"cycle_id": cycle_id, "owner": "sales-lead"},
        {"team": "sales"},
        {"level": "team"},
        {"state": "active"},
    ):
        (listed,) = (await team.get("/v1/objectives", **chosen))["items"]
        assert listed == await team.get(f"/v1/objectives/{wanted}")


async def test_a_cursor_of_another_list_is_refused(team: Team):
    for cursor in ("nonsense", "WzFd", "e30"):
        response = await team.send("GET", f"/v1/objectives?cursor={cursor}")
        assert response.status_code == 422


async def test_more_than_six_objectives_for_an_owner_are_warned_of_not_refused(team: Team):
    cycle_id = await team.cycle()
    for number in range(6):
        await team.objective(cycle_id, active=False, title=str(number))
    await team.get("/v1/objectives")
    body = {"cycle_id": cycle_id, "title": "One more", "kind": "committed", "level": "team"}
    seventh = await team.post("/v1/objectives", {**body, "owner": "marketing-lead"})
    assert [warning["code"] for warning in seventh["warnings"]] == ["too-many-objectives"]
    other = await team.post("/v1/objectives", {**body, "owner": "sales-lead"})
    assert other["warnings"] == []


async def test_more_than_five_key_results_are_warned_of_not_refused(team: Team):
    objective_id = await team.objective(await team.cycle())
    path = f"/v1/objectives/{objective_id}"
    body = {"title": "More", "metric": "stay_above", "lower": 1}
    codes = [
        [warning["code"] for warning in added["warnings"]]
        for added in [await team.post(f"{path}/key-results", body) for _ in range(6)]
    ]
    assert codes == [[], [], [], [], [], ["too-many-key-results"]]
    (warning,) = (await team.get(path))["warnings"]
    assert warning["code"] == "too-many-key-results"
