from __future__ import annotations

from helmlog_events.pipeline.follower import OWN_LOG
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


async def read_position(engine: AsyncEngine) -> int:
    """The last `seq` of the own log that the read models show."""
    query = text(
        "SELECT coalesce(max(next_offset), 0) FROM consumer_positions WHERE topic = :topic"
    )
    async with engine.connect() as sql:
        return int((await sql.execute(query, {"topic": OWN_LOG})).scalar_one())
