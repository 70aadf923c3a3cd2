from collections.abc import AsyncIterator

import pytest
from helmlog_local.testing import ProvidedPostgres

from tests.audit.house import House, open_house
from tests.support.databases import APP, AUDITOR


@pytest.fixture
def roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELMLOG_APP_ROLE", APP)
    monkeypatch.setenv("HELMLOG_AUDITOR_ROLE", AUDITOR)


@pytest.fixture
async def house(postgres: ProvidedPostgres, roles: None) -> AsyncIterator[House]:
    """The witness beside one other log."""
    async with open_house(postgres, ["okr"]) as house:
        yield house


@pytest.fixture
async def whole_house(postgres: ProvidedPostgres, roles: None) -> AsyncIterator[House]:
    async with open_house(postgres, ["okr", "kpi", "alignment"]) as house:
        yield house
