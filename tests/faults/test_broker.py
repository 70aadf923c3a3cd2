"""The broker may be away or forget: writes go on, and then everything arrives, in order, once."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest
from helmlog_local.topics import WEEK, create_topics

from tests.faults.evidence import assert_nothing_lost_or_repeated
from tests.faults.journal import Journal
from tests.faults.load import Load
from tests.faults.settling import settle
from tests.support.stack import LocalStack

OUTAGE = float(os.environ.get("HELMLOG_FAULTS_OUTAGE_SECONDS") or 60)

pytestmark = pytest.mark.faults


@pytest.mark.timeout(300 + 2 * OUTAGE)
async def test_a_broker_outage_is_survivable(
    stack: LocalStack, load: Load, journal: Journal
) -> None:
    async with load.running():
        await asyncio.sleep(1)
        stack.freeze("kafka")
        try:
            before = len(journal.of("okr"))
            await asyncio.sleep(OUTAGE)
            during = len(journal.of("okr")) - before
        finally:
            stack.thaw("kafka")
        await asyncio.sleep(1)
        if stack.is_apache:  # the other one would lose readings that it has acknowledged
            await asyncio.to_thread(stack.kill, "kafka")  # and with it every connection is reset
        await asyncio.sleep(2)
    assert during > OUTAGE, f"only {during} writes of okr-service in {OUTAGE} s"
    await settle(stack, journal)
    await assert_nothing_lost_or_repeated(stack, journal)


@pytest.mark.timeout(300)
async def test_a_broker_that_forgot_everything_is_told_again(
    stack: LocalStack, load: Load, journal: Journal
) -> None:
    await settle(stack, journal)  # readings that nobody has taken yet are only the broker's
    with stack.unsupervised():
        stack.kill("kafka")
        shutil.rmtree(stack.kafka_folder)
    await asyncio.to_thread(stack.running, "kafka")
    await create_topics(stack.bootstrap, WEEK)
    async with load.running():
        await asyncio.sleep(2)
    await settle(stack, journal)
    await assert_nothing_lost_or_repeated(stack, journal)
