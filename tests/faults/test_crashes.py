"""What was acknowledged survives the death of anything, at any moment, and stands once."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable

import pytest

from tests.faults.evidence import assert_nothing_lost_or_repeated, differences
from tests.faults.journal import Journal
from tests.faults.killer import kill_at_random
from tests.faults.load import Load
from tests.faults.settling import settle
from tests.support.stack import LocalStack

KILLS = int(os.environ.get("HELMLOG_FAULTS_KILLS") or 50)

pytestmark = pytest.mark.faults


@pytest.mark.timeout(300)
async def test_what_is_shown_equals_the_log_while_writes_go_on(
    stack: LocalStack, load: Load, seed: int
) -> None:
    chance = random.Random(seed)
    async with load.running():
        for _ in range(2):
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            assert await differences(stack) == []


@pytest.mark.timeout(240 + 10 * KILLS)
async def test_an_acknowledged_write_survives_any_crash_and_stands_once(
    stack: LocalStack, load: Load, journal: Journal, seed: int, say: Callable[[str], None]
) -> None:
    async with load.running():
        killed = await kill_at_random(stack, random.Random(seed), KILLS)
    victims = ", ".join(f"{name} {times}" for name, times in sorted(killed.items()))
    say(f"{killed.total()} kills ({victims}); {journal}")
    await settle(stack, journal)
    await assert_nothing_lost_or_repeated(stack, journal)
