from collections.abc import AsyncIterator

import pytest
from helmlog_local.testing import ProvidedPostgres

from tests.audit.house import House, open_house


@pytest.fixture
async def house(postgres: ProvidedPostgres) -> AsyncIterator[House]:
    """The witness beside one other log."""
    async with open_house(postgres, ["okr"]) as house:
        yield house


@pytest.fixture
async def whole_house(postgres: ProvidedPostgres) -> AsyncIterator[House]:
    async with open_house(postgres, ["okr", "kpi", "alignment"]) as house:
        yield house
