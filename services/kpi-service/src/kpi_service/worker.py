"""`python -m kpi_service.worker` takes readings in, publishes the log, keeps the read models."""

from __future__ import annotations

from helmlog_web.worker import run_worker

from kpi_service.bootstrap import open_worker
from kpi_service.settings import Settings


def main() -> None:
    settings = Settings()
    run_worker(lambda: open_worker(settings), settings)


if __name__ == "__main__":
    main()
