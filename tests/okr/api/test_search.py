"""Full-text search: the words of the moment, of one tenant, whatever is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from helmlog_events.contracts.event import Event
from helmlog_events.contracts.okr import (
    ObjectiveCheckInRecorded,
    ObjectiveDefinition,
    ObjectiveRevised,
)
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from okr_service.domain.cut import Cut
from okr_service.readmodel.search import SEARCH, Search, SearchFilter, fragments_of

from tests.okr.house import Team, instant
from tests.support.databases import Database

EVERYTHING = Cut(instant("2020-01-01T00:00:00"))


async def found(team: Team, q: str, **query) -> list[str]:
    return [hit["id"] for hit in (await team.get("/v1/search", q=q, **query))["items"]]


async def write(team: Team, objective_id: str, event: Event, at: datetime) -> None:
    news = (NewEvent(event, at),)
    stream = StreamWrite(stream_id("objective", objective_id), ANY_VERSION, news)
    appended = await team.house.store.append(
        Append(team.tenant, Metadata(actor="user-1"), (stream,))
    )
    team.seq = max(team.seq, appended.last_seq)


async def test_whatever_people_wrote_is_found(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id, title="Be known in every harbour", why="the tide")
    key_result_id = await team.key_result(objective_id, title="More harbour visits")
    plan = {"title": "A fair", "description": "in the old harbour"}
    initiative = await team.post(f"/v1/key-results/{key_result_id}/initiatives", plan)
    text = {"text": "which harbours exactly?"}
    comment = await team.post(f"/v1/objectives/{objective_id}/comments", text)
    told = await team.check_in(key_result_id, value=27, narrative="two harbours won")
    remark = ObjectiveCheckInRecorded(
        cycle_id=UUID(cycle_id),
        check_in_id=new_id(),
        objective_id=UUID(objective_id),
        narrative="harbour by harbour",
        observed_at=instant("2019-11-20T00:00:00"),
    )
    await write(team, objective_id, remark, remark.observed_at)
    hits = (await team.get("/v1/search", q="harbour"))["items"]
    assert {(hit["type"], hit["id"]) for hit in hits} == {
        ("objective", objective_id),
        ("key_result", key_result_id),
        ("initiative", initiative["id"]),
        ("comment", comment["id"]),
        ("check_in", told["id"]),
        ("check_in", str(remark.check_in_id)),
    }
    assert {hit["type"] for hit in hits[:2]} == {"objective", "key_result"}  # titles count more
    about = {hit["id"]: (hit["about"]["type"], hit["about"]["id"]) for hit in hits}
    assert about[comment["id"]] == ("objective", objective_id)
    assert about[told["id"]] == ("key_result", key_result_id)
    assert about[initiative["id"]] == ("initiative", initiative["id"])
    assert await found(team, "tide") == [objective_id]


async def test_words_are_searched_as_on_the_web(team: Team):
    cycle_id = await team.cycle()

    async def objective(title: str) -> str:
        return await team.objective(cycle_id, active=False, title=title, why="")

    fast = await objective("Faster boats for the IT department")
    slow = await objective("Slow boats, fast crews")
    assert await found(team, "fast -slow") == []
    assert await found(team, "boat -slow") == [fast]
    assert await found(team, '"slow boats"') == [slow]
    assert await found(team, '"boats slow"') == []
    assert set(await found(team, "faster or crews")) == {fast, slow}
    assert await found(team, "IT") == [fast]
    assert await found(team, "BOAT crew") == [slow]


async def test_the_snippet_tells_what_was_found_from_what_people_wrote(team: Team):
    cycle_id = await team.cycle()
    why = "<b>Ships</b> & sailors"  # markup is left out
    objective_id = await team.objective(cycle_id, active=False, title="<script>", why=why)
    assert await found(team, "script") == [objective_id]
    (hit,) = (await team.get("/v1/search", q="ship"))["items"]
    assert "".join(piece["text"] for piece in hit["snippet"]).split() == ["Ships", "&", "sailors"]
    assert [piece["text"] for piece in hit["snippet"] if piece["found"]] == ["Ships"]


def test_a_headline_is_taken_apart():
    pieces = [(piece.text, piece.found) for piece in fragments_of("a \x02b\x03 c\x02d\x03")]
    assert pieces == [("a ", False), ("b", True), (" c", False), ("d", True)]
    assert fragments_of("") == ()


async def test_an_old_title_finds_only_in_the_past(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id, active=False, title="Harbour", why="")
    known = {"known_at": datetime.now(UTC).isoformat()}
    before = ObjectiveDefinition(title="Harbour", why="", kind="committed", level="team")
    revised = ObjectiveRevised(
        cycle_id=UUID(cycle_id),
        objective_id=UUID(objective_id),
        reason="a better word",
        before=before,
        after=before.model_copy(update={"title": "Haven"}),
    )
    await write(team, objective_id, revised, instant("2019-12-01T00:00:00"))
    past = {"valid_at": "2019-11-15T00:00:00Z"}
    assert (await found(team, "harbour"), await found(team, "haven")) == ([], [objective_id])
    for at in (known, past):
        assert await found(team, "harbour", **at) == [objective_id]
        assert await found(team, "haven", **at) == []


async def test_a_comment_that_was_withdrawn_is_not_found(team: Team):
    path = f"/v1/objectives/{await team.objective(await team.cycle())}/comments"
    said = (await team.post(path, {"text": "a wild guess"}))["id"]
    known = {"known_at": datetime.now(UTC).isoformat()}
    assert await found(team, "guess") == [said]
    await team.post(f"/v1/comments/{said}:withdraw")
    assert await found(team, "guess") == []
    assert said not in await found(team, "-nothing")
    assert await found(team, "guess", **known) == [said]


async def test_hits_are_filtered_and_paged(team: Team):
    first, second = [await team.cycle(name=name) for name in ("one", "two")]
    ids = [
        await team.objective(cycle_id, active=False, title=f"Boat {n}", why="")
        for n, cycle_id in enumerate([first, first, second])
    ]
    key_result_id = await team.key_result(ids[0], title="Boats built")
    assert await found(team, "boat", cycle_id=second) == [ids[2]]
    assert await found(team, "boat", type="key_result") == [key_result_id]
    pages, cursor = [], {}
    while True:
        page = await team.get("/v1/search", q="boat", limit=1, **cursor)
        pages += [hit["id"] for hit in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == await found(team, "boat")
    assert set(pages) == {*ids, key_result_id}


async def test_the_words_of_another_tenant_are_not_found(team: Team):
    await team.objective(await team.cycle(), active=False, title="Boat", why="")
    stranger = Team(team.house, f"{team.tenant}-b")
    own = await stranger.objective(await stranger.cycle(), active=False, title="Boat", why="")
    assert await found(stranger, "boat") == [own]
    assert await found(stranger, f'boat or "tenant {team.tenant}"') == [own]


@pytest.mark.parametrize("q", ["", "nul\x00", "x" * 1_001, "x" * 10_000])
async def test_a_query_that_is_no_text_of_bounded_length_is_refused(team: Team, q):
    token = team.house.issuer.headers("viewer", tenant=team.tenant)
    response = await team.house.client.get("/v1/search", params={"q": q}, headers=token)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "q", ["'", '"', "&|!()<->:*\\", "the", "!!!", "-", "' || tenant", "a:*b", "\u202e", "%", "🙂"]
)
async def test_a_query_without_words_finds_nothing(team: Team, q):
    await team.objective(await team.cycle(), active=False, title="Boat", why="")
    assert await found(team, q) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60
    )
    | st.text("ab '\"\\&|!()<>:*-%_", min_size=1, max_size=60)
)
async def test_no_text_is_too_strange_to_be_searched_for(team: Team, words: str):
    search = Search(team.house.engine)
    hits = await search.find(team.tenant, words, SearchFilter(), EVERYTHING, after=None, limit=5)
    assert hits == []


@pytest.fixture
async def crowded(okr_database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees 20,000 texts of five tenants, which nobody else will ever see."""
    connection = await asyncpg.connect(okr_database.owner.replace("+asyncpg", ""))
    await connection.execute("BEGIN")
    await connection.execute(
        "INSERT INTO search_texts (tenant, type, id, version, cycle_id, about_type, about_id,"
        " title, body, withdrawn, seq, occurred_at)"
        " SELECT 'tenant-' || n % 5, 'objective', gen_random_uuid(), 1, gen_random_uuid(),"
        " 'objective', gen_random_uuid(), CASE WHEN n % 100 = 0 THEN 'boat' ELSE 'word' || n END,"
        " '', false, n, now() FROM generate_series(1, 20000) n"
    )
    # What autovacuum does in its own time.
    await connection.execute("SELECT gin_clean_pending_list('search_texts_by_document')")
    await connection.execute("ANALYZE search_texts")
    yield connection
    await connection.execute("ROLLBACK")
    await connection.close()


# As the first callers have it planned, and as all later ones may share a plan.
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_search_costs_by_what_is_found_not_by_what_there_is(
    crowded: asyncpg.Connection, mode
):
    await crowded.execute(f"SET LOCAL plan_cache_mode = {mode}")
    arguments = ("tenant-0", "boat", None, None, None, None, None, None, 10, "")
    plan = "\n".join(row[0] for row in await crowded.fetch(f"EXPLAIN {SEARCH}", *arguments))
    assert "Bitmap Index Scan on search_texts_by_document" in plan, plan
    assert "Seq Scan on search_texts" not in plan, plan
