"""Workers that share the work, and everything that can happen to them and to what they stand on."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

from helmlog_local.child import ModuleProcess
from helmlog_local.issuer import AUDIENCE, ISSUER, LocalIssuer
from helmlog_local.processes import find_free_port, signal_quietly, wait_until_gone
from helmlog_local.services import HOST

from tests.support.stack import LocalStack

BROKER_PAUSE = 3.0
DATABASE_AWAY = 2.0
FOURTH_STAYS = 3.0


class Crew:
    """Two workers beside the stack's own: nobody but us starts them again."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._others = [self._hire(number) for number in (2, 3)]

    def _hire(self, number: int) -> ModuleProcess:
        stack = self._stack
        return ModuleProcess(
            "kpi_service.worker",
            {
                "HELMLOG_DATABASE_URL": stack.role_url("kpi", "app"),
                "HELMLOG_KAFKA_BOOTSTRAP": stack.bootstrap,
                "HELMLOG_HOST": HOST,
                "HELMLOG_HEALTH_PORT": str(find_free_port()),
                "HELMLOG_JWKS_PATH": str(LocalIssuer(stack.settings.issuer_folder).jwks_path),
                "HELMLOG_ISSUER": ISSUER,
                "HELMLOG_AUDIENCE": AUDIENCE,
            },
            stack.settings.logs / f"kpi-worker-{number}.log",
        )

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        try:
            for one in self._others:
                one.start()
            yield
        finally:
            for one in self._others:
                await asyncio.to_thread(one.stop)

    def kill_one(self, chance: random.Random) -> None:
        """Any of the three; it is started again."""
        other = chance.choice([None, *self._others])
        if other is None:
            self._stack.kill("kpi-worker")
            return
        pid = other.pid
        assert pid is not None, f"a worker ended by itself: {other.log_file}"
        signal_quietly(pid, 9)
        other.stop()
        assert wait_until_gone([pid], 10)
        other.start()

    async def work_with_a_fourth(self) -> None:
        """Who joins takes partitions from the others; who leaves in order gives them back."""
        fourth = self._hire(4)
        fourth.start()
        try:
            await asyncio.sleep(FOURTH_STAYS)
        finally:
            await asyncio.to_thread(fourth.stop)


async def do_harm(
    stack: LocalStack, crew: Crew, at_work: Callable[[], Awaitable[None]], chance: random.Random
) -> Counter[str]:
    """All of it, in any order and at any moment, as long as everybody is `at_work` again then.

    Returns what was done how often.
    """

    async def kill_a_worker() -> None:
        await asyncio.to_thread(crew.kill_one, chance)

    async def kill_the_service() -> None:
        await asyncio.to_thread(stack.kill, "kpi-service")

    async def kill_the_database() -> None:
        await asyncio.to_thread(stack.kill, "postgres")

    async def stop_the_database() -> None:
        # Started again by the supervisor, which is held up meanwhile.
        with stack.unsupervised():
            await asyncio.to_thread(stack.kill, "postgres")
            await asyncio.sleep(DATABASE_AWAY)

    async def pause_the_broker() -> None:
        stack.freeze("kafka")
        try:
            await asyncio.sleep(BROKER_PAUSE)
        finally:
            stack.thaw("kafka")

    async def kill_the_broker() -> None:
        await asyncio.to_thread(stack.kill, "kafka")

    harm: dict[Callable[[], Awaitable[None]], int] = {
        kill_a_worker: 6,
        kill_the_service: 2,
        kill_the_database: 1,
        stop_the_database: 1,
        pause_the_broker: 1,
        # The embedded broker forgets what it acknowledged when it is killed.
        kill_the_broker: 1 if stack.is_apache else 0,
        crew.work_with_a_fourth: 1,
    }
    steps = [one for one, times in harm.items() for _ in range(times)]
    done: Counter[str] = Counter()
    for step in chance.sample(steps, len(steps)):
        await at_work()
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        await step()
        done[step.__name__.replace("_", " ")] += 1
    return done
