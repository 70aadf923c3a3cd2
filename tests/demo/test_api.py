import httpx
import pytest
from helmlog_local.demo import api as module
from helmlog_local.demo.api import Api, DemoFailed, wait_until


@pytest.fixture
def answering(monkeypatch):
    """Gives a client whose answers come from a function, and that does not wait long."""
    monkeypatch.setattr(module, "_PAUSE", 0.001)
    monkeypatch.setattr(module, "_PATIENCE", 0.05)

    def create(answer):
        api = Api("http://demo", "a-token")
        api._client = httpx.AsyncClient(
            base_url="http://demo",
            transport=httpx.MockTransport(answer),
            headers=api._client.headers,
        )
        return api

    return create


async def test_the_token_and_the_idempotency_key_go_with_a_write(answering):
    seen = []

    def answer(request):
        seen.append(request.headers)
        return httpx.Response(201, json={"id": "1"})

    async with answering(answer) as api:
        assert await api.post("/okr/v1/cycles", {}, "key-1") == {"id": "1"}
    assert seen[0]["authorization"] == "Bearer a-token"
    assert seen[0]["idempotency-key"] == "key-1"


async def test_a_body_of_any_kind_goes_as_its_headers_say(answering):
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={}, headers={"Helmlog-Seq": "7"})

    async with answering(answer) as api:
        await api.send("/kpi/v1/readings", b"a line", {"Content-Type": "application/x-ndjson"}, "k")
        await api.send("/kpi/v1/remote-write", b"bytes", {"Content-Encoding": "snappy"})
        assert api.written == {"kpi": [7, 7]}
    first, second = seen
    assert first.content == b"a line"
    assert first.headers["content-type"] == "application/x-ndjson"
    assert first.headers["idempotency-key"] == "k"
    assert second.headers["content-encoding"] == "snappy"
    assert "idempotency-key" not in second.headers


async def test_a_service_that_is_not_there_yet_is_asked_again_with_the_same_key(answering):
    keys = []

    def answer(request):
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ConnectError("refused")
        if len(keys) == 2:
            return httpx.Response(503, json={"title": "Not ready"})
        return httpx.Response(201, json={})

    async with answering(answer) as api:
        await api.post("/okr/v1/cycles", {}, "key-1")
    assert keys == ["key-1"] * 3


async def test_asking_again_has_an_end_and_says_why(answering):
    async with answering(lambda _: httpx.Response(503, json={"title": "No database"})) as api:
        with pytest.raises(DemoFailed, match=r"GET /kpi/v1/kpis went on failing.*No database"):
            await api.get("/kpi/v1/kpis")


async def test_a_refusal_is_told_with_its_rule_and_not_repeated(answering):
    asked = []

    def answer(request):
        asked.append(request)
        problem = {"title": "Baseline equals target", "detail": "both are 5"}
        return httpx.Response(422, json=problem)

    async with answering(answer) as api:
        with pytest.raises(DemoFailed, match="422 Baseline equals target: both are 5"):
            await api.post("/okr/v1/objectives", {}, "key")
    assert len(asked) == 1


async def test_all_pages_of_a_list_are_read(answering):
    pages = {None: (["a", "b"], "next"), "next": (["c"], None)}

    def answer(request):
        items, cursor = pages[request.url.params.get("cursor")]
        return httpx.Response(200, json={"items": items, "next_cursor": cursor})

    async with answering(answer) as api:
        assert await api.all_items("/kpi/v1/kpis") == ["a", "b", "c"]


async def test_waiting_ends_when_it_holds():
    answers = iter([False, False, True])

    async def holds():
        return next(answers)

    await wait_until("it", holds, seconds=5, pause=0.001)


async def test_waiting_has_an_end_and_says_for_what():
    async def never():
        return False

    with pytest.raises(DemoFailed, match="the moon did not come about within 0 s"):
        await wait_until("the moon", never, seconds=0.01, pause=0.001)


async def test_what_was_written_is_waited_for_where_it_is_read_back(answering):
    asked = []

    def answer(request):
        asked.append(request.headers.get("helmlog-min-seq"))
        return httpx.Response(200, json={}, headers={"Helmlog-Seq": "7"})

    async with answering(answer) as api:
        await api.get_own("/okr/v1/cycles")
        await api.patch("/okr/v1/cycles/1", {}, "key-1")
        await api.get_own("/okr/v1/cycles")
        await api.get_own("/kpi/v1/kpis")
        assert api.written == {"okr": [7]}
    assert asked == [None, None, "7", None]


async def test_a_file_is_answered_line_by_line(answering):
    lines = b'{"phase": "planning", "rows_done": 1, "rows": 1}\n{"rows": 1, "seq": 9}\n'

    def answer(request):
        assert request.headers["content-type"] == "text/csv"
        assert request.read() == b"id\n1\n"
        return httpx.Response(200, content=lines)

    async with answering(answer) as api:
        told = [line async for line in api.post_file("/okr/v1/imports", b"id\n1\n", "key-1")]
        assert api.written == {"okr": [9]}
    assert [line.get("phase") for line in told] == ["planning", None]


@pytest.mark.parametrize(
    ("status", "content"),
    [(200, b'{"problem": {"title": "Cycle is closed"}}\n'), (409, b'{"title": "Cycle is closed"}')],
)
async def test_a_file_that_is_refused_is_told_with_its_rule(answering, status, content):
    async with answering(lambda _: httpx.Response(status, content=content)) as api:
        with pytest.raises(DemoFailed, match="Cycle is closed"):
            [line async for line in api.post_file("/okr/v1/imports", b"", "key-1")]
