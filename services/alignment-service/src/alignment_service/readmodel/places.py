from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel.tables import key_results


class Place(NamedTuple):
    """The objective that a key result belongs to, and since when it does."""

    objective_id: UUID
    since: datetime


async def place_of(sql: AsyncConnection, tenant: str, key_result_id: UUID) -> Place | None:
    statement = select(key_results.c.objective_id, key_results.c.placed_at).where(
        key_results.c.tenant == tenant, key_results.c.key_result_id == key_result_id
    )
    row = (await sql.execute(statement)).first()
    return None if row is None else Place(row.objective_id, row.placed_at)
