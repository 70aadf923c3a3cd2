"""`python -m kpi_service.operate`: parked events, rebuilds, and months of readings.

    months list                       the months of readings, and which of them were put away
    months detach MONTH [MONTH ...]   put them away (2014-07), to be dumped and dropped

The rest is as in every service.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date

from helmlog_events.operate import Operations, operate, say
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore

from kpi_service.application.retention import MonthRefused, Retention
from kpi_service.bootstrap import create_pipeline


def add_months(operations: Operations) -> None:
    actions = operations.add_parser("months").add_subparsers(dest="action", required=True)
    actions.add_parser("list").set_defaults(run=_run)
    detach = actions.add_parser("detach")
    detach.add_argument("months", nargs="+", metavar="MONTH", type=_month)
    detach.set_defaults(run=_run)


async def _run(options: argparse.Namespace) -> int:
    # Partitions belong to the owner of the tables.
    engine = create_engine(os.environ["HELMLOG_MIGRATION_URL"], application="operate")
    store = PostgresStore(engine)
    try:
        retention = Retention(store)
        if options.action == "detach":
            return await _detach(retention, options.months)
        for month in await retention.months():
            told = month._asdict()
            say({"month": f"{told.pop('month'):%Y-%m}", "rows_estimated": told.pop("rows"), **told})
    finally:
        await store.close()
        await engine.dispose()
    return 0


async def _detach(retention: Retention, months: Sequence[date]) -> int:
    for month in months:
        try:
            readings = await retention.detach(month)
        except MonthRefused as refused:
            say({"month": f"{month:%Y-%m}", "refused": str(refused)})
            return 1
        say({"month": f"{month:%Y-%m}", "detached": readings})
    return 0


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no month, such as 2014-07") from error


if __name__ == "__main__":
    sys.exit(operate(create_pipeline, extend=add_months))
