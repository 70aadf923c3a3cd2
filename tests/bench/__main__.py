"""`make bench`: all figures, or those named on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable

import uvloop
from helmlog_local.testing import provide_kafka, provide_postgres
from helmlog_web.process import prepare_process

from tests.bench import (
    append,
    board,
    breach,
    breach_load,
    chart,
    growth,
    http,
    ingest,
    ingest_http,
    ingest_remote_write,
    relay,
    replay,
)
from tests.bench.harness import Servers

SUITES: dict[str, Callable[[Servers], Awaitable[None]]] = {
    "append": append.run,
    "relay": relay.run,
    "replay": replay.run,
    "ingest": ingest.run,
    "ingest_http": ingest_http.run,
    "ingest_remote_write": ingest_remote_write.run,
    "growth": growth.run,
    "breach": breach.run,
    "breach_load": breach_load.run,
    "http": http.run,
    "board": board.run,
    "chart": chart.run,
}


async def run(servers: Servers, names: list[str]) -> None:
    for name in names:
        await SUITES[name](servers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", nargs="*", help=f"any of {', '.join(SUITES)}; all by default")
    names = parser.parse_args().suite or list(SUITES)
    if unknown := set(names) - set(SUITES):
        parser.error(f"there is no suite {', '.join(unknown)}")
    prepare_process()
    with provide_postgres() as postgres, provide_kafka() as kafka:
        uvloop.run(run(Servers(postgres, kafka), names))


main()
