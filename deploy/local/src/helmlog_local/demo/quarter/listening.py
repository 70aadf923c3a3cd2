"""Listens to the live stream meanwhile, as a frontend that shows changes as they come."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from helmlog_local.demo.api import wait_until

_READY_SECONDS = 10.0
_HEARD_SECONDS = 20.0
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Heard:
    """An event's place in the log, and its place in its own stream."""

    seq: int
    stream: str
    version: int


class Listener:
    """Keeps what it hears; cut off, it goes on behind what it heard last."""

    def __init__(self, origin: str, token: str) -> None:
        self.heard: list[Heard] = []
        self._connected = asyncio.Event()
        self._client = httpx.AsyncClient(
            base_url=origin,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(None, connect=5.0),
            trust_env=False,
        )

    async def until(self, seq: int) -> None:
        """Waits for the event at `seq`; one that never comes is for the shortcomings to tell."""

        async def came() -> bool:
            return bool(self.heard) and self.heard[-1].seq >= seq

        await wait_until(f"that the live stream is at {seq}", came, seconds=_HEARD_SECONDS)

    async def listen(self) -> None:
        async with self._client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await self._read()
                await asyncio.sleep(_PAUSE)

    async def until_connected(self) -> None:
        async def is_connected() -> bool:
            return self._connected.is_set()

        await wait_until("the live stream", is_connected, seconds=_READY_SECONDS)

    async def _read(self) -> None:
        last = {"Last-Event-ID": str(self.heard[-1].seq)} if self.heard else {}
        async with self._client.stream("GET", "/okr/v1/stream", headers=last) as response:
            if not response.is_success:
                return
            async for line in response.aiter_lines():
                # The first line says from where on: what is written from now on will be heard.
                self._connected.set()
                self.heard += heard_in(line)


@asynccontextmanager
async def listening(origin: str, token: str) -> AsyncIterator[Listener]:
    """Raises DemoFailed where no stream opens."""
    listener = Listener(origin, token)
    task = asyncio.create_task(listener.listen())
    try:
        await listener.until_connected()
        yield listener
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def heard_in(line: str) -> Iterator[Heard]:
    """The event in a line of the stream, if there is one."""
    if line.startswith("data:"):
        entry = json.loads(line.removeprefix("data:"))
        yield Heard(entry["seq"], entry["stream"], entry["version"])


def gaps(heard: Sequence[Heard], written: Iterable[int]) -> Iterator[str]:
    """What was not heard, or not in order: a sentence for each.

    A stream's events are numbered one by one, so that whatever is missing between two of them
    shows; an own write that was not heard shows what is missing at the end.
    """
    seqs = [one.seq for one in heard]
    if seqs != sorted(set(seqs)):
        yield "the live stream told an event twice, or out of order"
    for seq in sorted(set(written) - set(seqs)):
        yield f"the live stream did not tell of the write at {seq}"
    newest: dict[str, int] = {}
    for one in heard:
        before = newest.get(one.stream, one.version - 1)
        if one.version != before + 1:
            yield f"the live stream went from {before} to {one.version} in {one.stream}"
        newest[one.stream] = one.version
