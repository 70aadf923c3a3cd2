"""What any service on FastAPI and asyncpg pays: `python -m tests.bench.bare`.

Served as okr-service is, with none of what it promises.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Response
from helmlog_events.ids import new_id
from helmlog_web.serve import serve
from helmlog_web.settings import ServiceSettings
from pydantic import BaseModel

TABLES = (
    """
CREATE TABLE bare_check_ins (
    id            uuid        PRIMARY KEY,
    key_result_id uuid        NOT NULL,
    value         numeric     NOT NULL,
    confidence    int         NOT NULL,
    narrative     text        NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp()
)
""",
    "CREATE TABLE bare_boards (cycle_id uuid PRIMARY KEY, board bytea NOT NULL)",
    "GRANT SELECT, INSERT ON bare_check_ins, bare_boards TO test_app",
)

_INSERT = (
    "INSERT INTO bare_check_ins (id, key_result_id, value, confidence, narrative)"
    " VALUES ($1, $2, $3, $4, $5)"
)
_BOARD = "SELECT board FROM bare_boards WHERE cycle_id = $1"
_ROWS = """
SELECT log.data, u.value, u.progress, u.expected_progress, u.status FROM cycle_entries e
JOIN event_log log USING (seq)
LEFT JOIN LATERAL (
    SELECT * FROM key_result_updates u
    WHERE e.type = 'KeyResultAdded' AND u.tenant = e.tenant AND u.key_result_id = e.id
    ORDER BY u.occurred_at DESC, u.version DESC LIMIT 1
) u ON true
WHERE e.tenant = $1 AND e.cycle_id = $2
    AND e.type IN ('ObjectiveDrafted', 'ObjectiveAccepted', 'KeyResultAdded')
ORDER BY e.seq
"""


class CheckIn(BaseModel):
    value: Decimal
    confidence: int
    narrative: str


def create_app(settings: ServiceSettings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = settings.database_url
        async with asyncpg.create_pool(url, min_size=16, max_size=16) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)
    app.state.log = None  # it has no live stream to end

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.post("/check-ins/{key_result_id}", status_code=201)
    async def record(key_result_id: UUID, body: CheckIn) -> dict[str, Any]:
        check_in_id = new_id()
        await app.state.pool.execute(
            _INSERT, check_in_id, key_result_id, body.value, body.confidence, body.narrative
        )
        return {"id": check_in_id, "version": 1}

    @app.get("/boards/{cycle_id}")
    async def read_board(cycle_id: UUID) -> Response:
        board = await app.state.pool.fetchval(_BOARD, cycle_id)
        return Response(board, media_type="application/json")

    @app.get("/rows/{tenant}/{cycle_id}")
    async def read_rows(tenant: str, cycle_id: UUID) -> Response:
        rows = await app.state.pool.fetch(_ROWS, tenant, cycle_id)
        body = orjson.dumps([tuple(row) for row in rows], default=str)
        return Response(body, media_type="application/json")

    return app


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: create_app(settings), settings)


if __name__ == "__main__":
    main()
