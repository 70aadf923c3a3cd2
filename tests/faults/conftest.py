"""One stack for all these tests: what one of them broke, the next finds mended."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.faults.client import Client
from tests.faults.journal import Journal
from tests.faults.load import Company, Load, found_company
from tests.support.stack import LocalStack


@pytest.fixture(scope="session")
def seed(say: Callable[[str], None]) -> int:
    seed = int(os.environ.get("HELMLOG_FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    say(f"HELMLOG_FAULTS_SEED={seed}")
    return seed


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Nobody else writes into it: at the end everything in it must have been acknowledged."""
    stack = LocalStack(tmp_path_factory.mktemp("faults"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session", autouse=True)
def _the_client_library_is_quiet() -> None:
    """A broker that is away is what these tests are about; the page it fills hides the failure."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def journal() -> Journal:
    """Of all tests together: what was acknowledged before the last fault has to stand, too."""
    return Journal()


@pytest.fixture(scope="package")
async def client(stack: LocalStack, journal: Journal) -> AsyncIterator[Client]:
    async with Client(stack, journal) as client:
        yield client


@pytest.fixture(scope="package")
async def company(client: Client) -> Company:
    return await found_company(client)


@pytest.fixture(scope="package")
def load(stack: LocalStack, client: Client, company: Company, seed: int) -> Load:
    return Load(stack, client, company, random.Random(seed))
