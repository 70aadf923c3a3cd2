"""The services as the demo talks to them: one origin, one token, clear words when it fails."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

_TRY_AGAIN = frozenset({429, 502, 503})
_PATIENCE = 20.0
_PAUSE = 0.25
_SECONDS = 30.0
_CONNECT_SECONDS = 5.0
_PAGE = 500
_SEQ = "Helmlog-Seq"
_MIN_SEQ = "Helmlog-Min-Seq"


class DemoFailed(RuntimeError):
    """Something did not work; the text says what, for the person at the terminal."""


class Api:
    """Paths begin with the service's name, as in "/okr/v1/cycles".

    A service that can't answer just now is asked again for 20 seconds: writes carry an
    idempotency key, so that asking twice does once. All methods raise DemoFailed.

    `written` are the places of its writes in the services' logs, by the service's name.
    """

    def __init__(self, origin: str, token: str) -> None:
        self.written: dict[str, list[int]] = {}
        self._client = httpx.AsyncClient(
            base_url=origin,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, **parameters: object) -> Any:
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        return await self._ask("GET", path, params=given)

    async def get_own(self, path: str, **parameters: object) -> Any:
        """As `get`, with all that was written through here before."""
        return (await self._own(path, parameters)).json()

    async def get_own_bytes(self, path: str, **parameters: object) -> bytes:
        return (await self._own(path, parameters)).content

    async def get_slowly(self, path: str, seconds: float) -> Any:
        """Where one answer may take longer than usual."""
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        return await self._ask("GET", path, timeout=timeout)

    async def post(self, path: str, body: object, key: str) -> Any:
        return await self._write("POST", path, body, key)

    async def put(self, path: str, body: object, key: str) -> Any:
        return await self._write("PUT", path, body, key)

    async def patch(self, path: str, body: object, key: str) -> Any:
        return await self._write("PATCH", path, body, key)

    async def post_file(
        self, path: str, content: bytes, key: str, **parameters: str
    ) -> AsyncIterator[Any]:
        """A CSV file; what the service says of it meanwhile, line by line, the answer last."""
        headers = {"Content-Type": "text/csv", "Accept": "application/x-ndjson"}
        headers["Idempotency-Key"] = key
        try:
            async with self._client.stream(
                "POST", path, content=content, headers=headers, params=parameters
            ) as response:
                if not response.is_success:
                    await response.aread()
                    raise DemoFailed(
                        f"POST {path} was refused: {response.status_code} {_problem(response)}"
                    )
                async for line in response.aiter_lines():
                    yield self._told(path, json.loads(line))
        except httpx.TransportError as error:
            raise DemoFailed(f"POST {path} broke off: {_reason(error)}") from error

    async def send(
        self, path: str, content: bytes, headers: Mapping[str, str], key: str | None = None
    ) -> httpx.Response:
        """A body of any kind, as its `headers` say."""
        given = dict(headers) if key is None else {**headers, "Idempotency-Key": key}
        response = await self._answer("POST", path, content=content, headers=given)
        self._note_of(path, response)
        return response

    def _told(self, path: str, line: Any) -> Any:
        if "problem" in line:
            raise DemoFailed(f"POST {path} was refused: {line['problem']}")
        if "seq" in line:
            self._note(path, line["seq"])
        return line

    async def all_items(self, path: str, **parameters: object) -> list[Any]:
        """The items of every page."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, limit=_PAGE, cursor=cursor, **parameters)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    async def _own(self, path: str, parameters: dict[str, object]) -> httpx.Response:
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        written = self.written.get(_service(path))
        headers = {_MIN_SEQ: str(max(written))} if written else {}
        return await self._answer("GET", path, params=given, headers=headers)

    async def _write(self, method: str, path: str, body: object, key: str) -> Any:
        headers = {"Idempotency-Key": key}
        response = await self._answer(method, path, json=body, headers=headers)
        self._note_of(path, response)
        return response.json()

    def _note_of(self, path: str, response: httpx.Response) -> None:
        if _SEQ in response.headers:
            self._note(path, int(response.headers[_SEQ]))

    def _note(self, path: str, seq: int) -> None:
        self.written.setdefault(_service(path), []).append(seq)

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        return (await self._answer(method, path, **options)).json()

    async def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE
        while True:
            said = await self._try(method, path, options)
            if not isinstance(said, str):
                return said
            if time.monotonic() > deadline:
                raise DemoFailed(f"{method} {path} went on failing for {_PATIENCE:.0f} s: {said}")
            await asyncio.sleep(_PAUSE)

    async def _try(self, method: str, path: str, options: Any) -> httpx.Response | str:
        """The answer, or why it is worth asking again."""
        try:
            response = await self._client.request(method, path, **options)
        except httpx.TransportError as error:
            return f"no answer ({_reason(error)})"
        if response.is_success:
            return response
        said = f"{response.status_code} {_problem(response)}"
        if response.status_code in _TRY_AGAIN:
            return said
        raise DemoFailed(f"{method} {path} was refused: {said}")


def _reason(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


def _service(path: str) -> str:
    return path.strip("/").partition("/")[0]


def _problem(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return ": ".join(str(problem[part]) for part in ("title", "detail") if problem.get(part))
    except (ValueError, AttributeError, KeyError):
        return response.text[:300]


async def wait_until(
    what: str, holds: Callable[[], Awaitable[bool]], *, seconds: float, pause: float = 0.05
) -> None:
    """Asks until it holds; raises DemoFailed, saying `what` did not come about."""
    deadline = time.monotonic() + seconds
    while not await holds():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} did not come about within {seconds:.0f} s")
        await asyncio.sleep(pause)
