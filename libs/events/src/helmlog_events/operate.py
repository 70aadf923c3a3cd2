"""What an operator does to a service's read models: `python -m <service>.operate`.

    parked list                       events held back, and why
    parked redrive [SOURCE TENANT STREAM]   apply them again, all of them or one stream's
    rebuild [NAME ...] [--switch]     make read models again, compare row by row

Answers go to the output, one JSON object a line. Exit code 1: something still fails or differs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, TypeAlias

import orjson

from helmlog_events.pipeline.parking import parked_streams
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore

CreatePipeline = Callable[[PostgresStore], Pipeline]
Operations: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name


def operate(
    create_pipeline: CreatePipeline,
    arguments: Sequence[str] | None = None,
    *,
    extend: Callable[[Operations], None] | None = None,
) -> int:
    """Runs one operation and returns the exit code.

    `extend` adds operations of the service's own: parsers whose `run` takes the options.

    Connects as the service does (`HELMLOG_DATABASE_URL`); a rebuild makes tables, and so connects
    as their owner (`HELMLOG_MIGRATION_URL`).
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    operations = parser.add_subparsers(dest="operation", required=True)
    _add_parked(operations, create_pipeline)
    _add_rebuild(operations, create_pipeline)
    if extend is not None:
        extend(operations)
    options = parser.parse_args(arguments)
    code: int = asyncio.run(options.run(options))
    return code


def _add_parked(operations: Operations, create_pipeline: CreatePipeline) -> None:
    parked = operations.add_parser("parked")
    parked.set_defaults(run=partial(_parked, create_pipeline))
    actions = parked.add_subparsers(dest="action", required=True)
    actions.add_parser("list")
    redrive = actions.add_parser("redrive")
    for name in ("source", "tenant", "stream"):
        redrive.add_argument(name, nargs="?")


def _add_rebuild(operations: Operations, create_pipeline: CreatePipeline) -> None:
    rebuild = operations.add_parser("rebuild")
    rebuild.set_defaults(run=partial(_rebuild, create_pipeline))
    rebuild.add_argument("names", nargs="*", metavar="NAME")
    rebuild.add_argument("--switch", action="store_true", help="let the rebuilt tables serve")


async def _parked(create_pipeline: CreatePipeline, options: argparse.Namespace) -> int:
    engine = create_engine(os.environ["HELMLOG_DATABASE_URL"], application="operate")
    store = PostgresStore(engine)
    pipeline = create_pipeline(store)
    wanted = (options.source, options.tenant, options.stream) if options.action != "list" else None
    failed = 0
    try:
        async with store.transaction() as tx:
            streams = await parked_streams(tx.raw)
        for stream in streams:
            if options.action == "list":
                say(asdict(stream))
            elif wanted is None or wanted[0] is None or wanted == stream.key:
                failed += not await _redrive(pipeline, stream.key)
    finally:
        await store.close()
        await engine.dispose()
    return 1 if failed else 0


async def _redrive(pipeline: Pipeline, key: tuple[str, str, str]) -> bool:
    source, tenant, stream = key
    try:
        applied = await pipeline.redrive(source, tenant, stream)
    except Exception as error:  # noqa: BLE001 - said, and the next stream gets its turn
        say({"source": source, "tenant": tenant, "stream": stream, "failed": repr(error)})
        return False
    say({"source": source, "tenant": tenant, "stream": stream, "applied": applied})
    return True


async def _rebuild(create_pipeline: CreatePipeline, options: argparse.Namespace) -> int:
    engine = create_engine(os.environ["HELMLOG_MIGRATION_URL"], application="operate")
    pipeline = create_pipeline(PostgresStore(engine))
    projections = {projection.name: projection for projection in pipeline.projections}
    unknown = set(options.names) - set(projections)
    if unknown:
        sys.stderr.write(
            f"no read model {', '.join(unknown)}; there are: {', '.join(projections)}\n"
        )
        return 2
    differs = 0
    try:
        for name in options.names or projections:
            rebuild = Rebuild(engine, pipeline.own_source, projections[name])
            report = await rebuild.run(switch=options.switch)
            say({**asdict(report), "equal": report.equal})
            differs += not report.equal
    finally:
        await engine.dispose()
    return 1 if differs else 0


def say(line: dict[str, Any]) -> None:
    """One answer."""
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
