"""A file of OKRs goes in, goes in again, and comes out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helmlog_local.demo.api import Api, DemoFailed

RowsDone = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Import:
    """The service's answer, and the seconds it took."""

    answer: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class Brought:
    first: Import
    again: Import
    exported: bytes


async def bring_in(api: Api, cycle_id: str, content: bytes, key: str, done: RowsDone) -> Import:
    """Calls `done` with the rows that are through. Raises DemoFailed."""
    began = time.monotonic()
    last: Any = None
    lines = api.post_file("/okr/v1/imports", content, key, cycle_id=cycle_id)
    async for line in lines:
        if "rows_done" in line:
            done(line["rows_done"])
        else:
            last = line
    if last is None:
        raise DemoFailed("the import broke off before its answer")
    return Import(last, time.monotonic() - began)


async def export(api: Api, cycle_id: str) -> bytes:
    return await api.get_own_bytes(f"/okr/v1/cycles/{cycle_id}/export")
