from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection


class Changes:
    """What a batch of events changes in rows that stand: of each column the last said holds."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._changed: dict[tuple[object, ...], dict[str, Any]] = defaultdict(dict)

    def set(self, *key: object, **values: Any) -> None:
        """`key` as in the table's primary key."""
        self._changed[key] |= values

    async def write(self, sql: AsyncConnection) -> None:
        keys = [column.name for column in self._table.primary_key.columns]
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for key, values in self._changed.items():
            of = {f"of_{name}": part for name, part in zip(keys, key, strict=True)}
            alike[tuple(sorted(values))].append(of | values)
        for columns, rows in alike.items():
            statement = (
                update(self._table)
                .where(*(self._table.c[name] == bindparam(f"of_{name}") for name in keys))
                .values({name: bindparam(name) for name in columns})
            )
            await sql.execute(statement, rows)
