from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.harbour import Harbour, create_harbour_app


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


@pytest.fixture
async def client(harbour: Harbour) -> AsyncIterator[httpx.AsyncClient]:
    """A contributor's client."""
    transport = httpx.ASGITransport(create_harbour_app(harbour))
    headers = harbour.issuer.headers("contributor")
    async with httpx.AsyncClient(
        transport=transport, base_url="http://harbour", headers=headers
    ) as client:
        yield client
