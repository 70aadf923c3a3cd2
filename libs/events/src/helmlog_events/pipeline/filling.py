"""Read models are made from the log: after a migration, those it changed have to be made again."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helmlog_events.pipeline.protocols import Projection
from helmlog_events.pipeline.rebuild import Rebuild

_ONE_AT_A_TIME = 7305805412373
_log = structlog.get_logger(__name__)


async def fill_read_models(
    engine: AsyncEngine, own_source: str, projections: Sequence[Projection]
) -> bool:
    """Rebuilds every read model, unless that was done since the last migration; says whether.

    Which migration they were filled for is kept beside them, so that an interruption is made good
    by the next start. The engine is the owner role's.
    """
    async with engine.connect() as connection:
        await connection.execute(
            text("SELECT pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME}
        )  # held by the session: two instances that start at once must not both fill
        await connection.execute(
            text("CREATE TABLE IF NOT EXISTS read_models_filled (revision text PRIMARY KEY)")
        )
        await connection.commit()
        revision = await _value(connection, "SELECT version_num FROM alembic_version")
        if revision == await _value(connection, "SELECT revision FROM read_models_filled"):
            return False
        for projection in projections:
            report = await Rebuild(engine, own_source, projection).run(switch=True)
            _log.info("read_model_filled", projection=projection.name, events=report.events)
        await connection.execute(text("DELETE FROM read_models_filled"))
        await connection.execute(
            text("INSERT INTO read_models_filled VALUES (:revision)"), {"revision": revision}
        )
        await connection.commit()
        return True


async def _value(connection: AsyncConnection, query: str) -> str | None:
    value: str | None = (await connection.execute(text(query))).scalar_one_or_none()
    return value
