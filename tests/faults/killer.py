"""SIGKILL at random instants, to everything in turn."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator

from tests.support.stack import LocalStack

PROGRAMS = (
    "okr-service",
    "okr-worker",
    "kpi-service",
    "kpi-worker",
    "alignment-worker",
    "audit-worker",
    "postgres",
)


async def kill_at_random(stack: LocalStack, chance: random.Random, kills: int) -> Counter[str]:
    """Returns how often each program was killed."""
    killed: Counter[str] = Counter()
    victims = _victims(chance, with_broker=stack.is_apache)
    while killed.total() < kills:
        await asyncio.sleep(chance.uniform(0.1, 1.6))
        victim = next(victims)
        # Waits for the victim if its last death is not mended yet: in a thread, the load goes on.
        await asyncio.to_thread(stack.kill, victim)
        killed[victim] += 1
    return killed


def _victims(chance: random.Random, *, with_broker: bool) -> Iterator[str]:
    """Each in every round, in any order; the broker, which takes longest to come back, in some."""
    rounds = 0
    while True:
        # The embedded broker forgets what it acknowledged when it is killed, readings included.
        broker = ("kafka",) if with_broker and rounds % 2 == 0 else ()
        yield from chance.sample((*PROGRAMS, *broker), len(PROGRAMS) + len(broker))
        rounds += 1
