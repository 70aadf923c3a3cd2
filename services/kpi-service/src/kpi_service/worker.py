"""`python -m kpi_service.worker` takes readings in, publishes the log, keeps the read models."""

from __future__ import annotations

import gc

from helmlog_web.worker import run_worker

from kpi_service.bootstrap import open_worker
from kpi_service.settings import Settings

_COLLECT_EVERY = 50_000


def main() -> None:
    # A batch makes tens of thousands of tuples that live as long as it does: looking through them
    # for cycles every 700 allocations would cost a tenth of the throughput.
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
    settings = Settings()
    run_worker(lambda: open_worker(settings), settings)


if __name__ == "__main__":
    main()
