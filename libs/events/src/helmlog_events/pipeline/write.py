"""Bulk writes of read-model rows: one statement a batch, into whichever schema is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from helmlog_events.store.postgres.connections import driver

Row = Mapping[str, Any]
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


async def insert_rows(sql: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Copies rows that can't stand there yet; every row holds the same columns."""
    if not rows:
        return
    columns = tuple(rows[0])
    await (await driver(sql)).copy_records_to_table(
        table.name,
        schema_name=_schema(sql),
        columns=columns,
        records=[tuple(row[column] for column in columns) for row in rows],
    )


async def upsert_rows(sql: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Writes rows by primary key; of several with one key the last stands.

    Every row holds the same columns: the key, and what is to be set. Columns left out keep their
    value, or take their default in a new row.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    key = tuple(column.name for column in table.primary_key.columns)
    last = {tuple(row[name] for name in key): row for row in rows}
    statement = _upsert(table, columns, _schema(sql))
    await (await driver(sql)).execute(
        statement, *([row[column] for row in last.values()] for column in columns)
    )


def _schema(sql: AsyncConnection) -> str | None:
    translated: Mapping[str | None, str] = sql.sync_connection.get_execution_options().get(  # type: ignore[union-attr]
        "schema_translate_map", {}
    )
    return translated.get(None)


@lru_cache(maxsize=256)
def _upsert(table: Table, columns: tuple[str, ...], schema: str | None) -> str:
    target = f'"{schema}"."{table.name}"' if schema else f'"{table.name}"'
    names = ", ".join(f'"{column}"' for column in columns)
    arrays = ", ".join(
        f"${number}::{_array_type(table.c[column])}"
        for number, column in enumerate(columns, start=1)
    )
    key = {column.name for column in table.primary_key.columns}
    changes = ", ".join(
        f'"{column}" = excluded."{column}"' for column in columns if column not in key
    )
    return (
        f"INSERT INTO {target} ({names}) SELECT * FROM unnest({arrays})"
        f" ON CONFLICT ({', '.join(sorted(key))}) DO "
        + (f"UPDATE SET {changes}" if changes else "NOTHING")
    )


def _array_type(column: Column[Any]) -> str:
    return f"{column.type.compile(dialect=_DIALECT)}[]"
