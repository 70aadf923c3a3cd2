"""The services as the demo talks to them: one origin, one token, clear words when it fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx

_TRY_AGAIN = frozenset({429, 502, 503})
_PATIENCE = 20.0
_PAUSE = 0.25
_SECONDS = 30.0
_CONNECT_SECONDS = 5.0
_PAGE = 500


class DemoFailed(RuntimeError):
    """Something did not work; the text says what, for the person at the terminal."""


class Api:
    """Paths begin with the service's name, as in "/okr/v1/cycles".

    A service that can't answer just now is asked again for 20 seconds: writes carry an
    idempotency key, so that asking twice does once. All methods raise DemoFailed.
    """

    def __init__(self, origin: str, token: str) -> None:
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

    async def get_slowly(self, path: str, seconds: float) -> Any:
        """Where one answer may take longer than usual."""
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        return await self._ask("GET", path, timeout=timeout)

    async def post(self, path: str, body: object, key: str) -> Any:
        return await self._ask("POST", path, json=body, headers={"Idempotency-Key": key})

    async def put(self, path: str, body: object, key: str) -> Any:
        return await self._ask("PUT", path, json=body, headers={"Idempotency-Key": key})

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

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while True:
            said = await self._try(method, path, options)
            if not isinstance(said, str):
                return said.json()
            if time.monotonic() > deadline:
                raise DemoFailed(f"{method} {path} went on failing for {_PATIENCE:.0f} s: {said}")
            await asyncio.sleep(_PAUSE)

    async def _try(self, method: str, path: str, options: Any) -> httpx.Response | str:
        """The answer, or why it is worth asking again."""
        try:
            response = await self._client.request(method, path, **options)
        except httpx.TransportError as error:
            return f"no answer ({str(error) or type(error).__name__})"
        if response.is_success:
            return response
        said = f"{response.status_code} {_problem(response)}"
        if response.status_code in _TRY_AGAIN:
            return said
        raise DemoFailed(f"{method} {path} was refused: {said}")


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
