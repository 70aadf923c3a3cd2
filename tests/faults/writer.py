"""A process that appends until it is killed, and says what was committed or undone.

`python -m tests.faults.writer DATABASE_URL NAME SEED`
"""

from __future__ import annotations

import asyncio
import random
import sys

from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import append, write

NAME = "writer"
"""By which PostgreSQL knows what a writer left behind."""

SLOW_WRITERS = 4


class _ChangedItsMind(Exception):
    pass


async def main(url: str, name: str, seed: str) -> None:
    engine = create_engine(url, application=NAME)
    store = PostgresStore(engine)
    chance = random.Random(seed)
    async with asyncio.TaskGroup() as group:
        group.create_task(_write_quickly(store, f"{name}-quick", chance))
        for number in range(SLOW_WRITERS):
            group.create_task(_write_slowly(store, f"{name}-slow{number}", chance))


async def _write_quickly(store: PostgresStore, name: str, chance: random.Random) -> None:
    number = 0
    while True:
        number += 1
        await store.append(append(write(f"{name}-{number}", "a", "b")))
        _say("committed", f"{name}-{number}")
        await asyncio.sleep(chance.random() * 0.005)


async def _write_slowly(store: PostgresStore, name: str, chance: random.Random) -> None:
    """In transactions of its own that wait before and after the append; each third is undone."""
    number = 0
    while True:
        number += 1
        stream = f"{name}-{number}"
        try:
            async with store.transaction() as tx:
                await asyncio.sleep(chance.random() * 0.02)
                await tx.append(append(write(stream, "a", "b")))
                await asyncio.sleep(chance.random() * 0.02)
                _change_mind_sometimes(number)
        except _ChangedItsMind:
            _say("undone", stream)
        else:
            _say("committed", stream)


def _change_mind_sometimes(number: int) -> None:
    if number % 3 == 0:
        raise _ChangedItsMind


def _say(what: str, stream: str) -> None:
    sys.stdout.write(f"{what} {stream}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
