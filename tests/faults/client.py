"""A client as the contracts ask for: it keeps trying with one key until it has an answer."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.faults.journal import Acknowledged, Journal
from tests.support.stack import LocalStack

_PATIENCE = 180.0  # longer than any outage here, and the time to make up for it
_PAUSE = 0.1
_TIMEOUT = httpx.Timeout(10.0, connect=2.0)


class Client:
    """Talks to the services as the journal's tenant, and writes down every acknowledgement."""

    def __init__(self, stack: LocalStack, journal: Journal) -> None:
        self._stack = stack
        self.journal = journal
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {stack.token('admin', journal.tenant)}"},
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=200),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def send(
        self,
        service: str,
        path: str,
        body: Any,
        *,
        method: str = "POST",
        wait_for: frozenset[int] = frozenset(),
    ) -> Any:
        """Returns the body of the answer; `wait_for` are refusals that time will lift."""
        key = str(uuid4())
        answer = await self.insist(
            self._stack.url(service), path, body, key, method=method, wait_for=wait_for
        )
        return self.note(service, path, key, answer)

    def note(self, service: str, path: str, key: str, answer: httpx.Response) -> Any:
        """Writes an acknowledgement down, and returns the body of the answer."""
        self.journal.unanswered.discard(key)
        content = answer.json()
        thing, version = content.get("id"), content.get("version")
        seq = int(answer.headers["Helmlog-Seq"])
        self.journal.commands.append(Acknowledged(service, key, path, thing, version, seq))
        return content

    async def insist(
        self,
        origin: str,
        path: str,
        body: Any,
        key: str,
        *,
        method: str = "POST",
        wait_for: frozenset[int] = frozenset(),
    ) -> httpx.Response:
        """Asks again after no answer and after an error of the service's; one key throughout."""
        self.journal.unanswered.add(key)
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            try:
                answer = await self._http.request(
                    method, origin + path, json=body, headers={"Idempotency-Key": key}
                )
                said = f"{answer.status_code} {answer.text[:500]}"
            except httpx.TransportError as error:
                said = repr(error)
            else:
                if answer.is_success:
                    return answer
                if answer.status_code < 500 and answer.status_code not in wait_for:
                    raise AssertionError(f"{method} {path} was refused: {said}")
                if answer.status_code == 500:
                    self.journal.errors.append(f"{method} {path}: {said}")
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{method} {path} went unanswered for {_PATIENCE} s: {said}")
            self.journal.tries_again += 1
            await asyncio.sleep(_PAUSE)
