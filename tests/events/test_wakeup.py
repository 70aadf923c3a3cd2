"""Waiting for the log to grow."""

from __future__ import annotations

import asyncio

import pytest
from helmlog_events.pipeline.wakeup import Wakeup
from helmlog_events.store.postgres.announce import CHANNEL
from helmlog_events.testing.probes import eventually
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_LISTENING = text("SELECT count(*) FROM pg_stat_activity WHERE query = :listen")


async def listening(engine: AsyncEngine) -> int:
    async with engine.connect() as sql:
        return int(await sql.scalar(_LISTENING, {"listen": f'LISTEN "{CHANNEL}"'}) or 0)


async def test_who_is_cancelled_at_the_moment_the_log_grows_does_not_go_on(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    woken: list[asyncio.Task[None]] = []
    on_notify = Wakeup._on_notify

    def wake_and_cancel(wakeup: Wakeup, *told: object) -> None:
        on_notify(wakeup, *told)
        woken.append(task)
        task.cancel()

    monkeypatch.setattr(Wakeup, "_on_notify", wake_and_cancel)
    wakeup = Wakeup(engine)
    before = await listening(engine)
    task = asyncio.create_task(wakeup.wait(60))
    await eventually(lambda: listening(engine), until=lambda count: count > before)
    async with engine.begin() as sql:
        await sql.execute(text(f"NOTIFY {CHANNEL}"))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert woken == [task]
    await wakeup.close()
