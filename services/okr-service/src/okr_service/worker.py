"""`python -m okr_service.worker` publishes the log, keeps the read models, follows KPIs."""

from __future__ import annotations

from helmlog_web.worker import run_worker

from okr_service.bootstrap import open_worker
from okr_service.settings import Settings


def main() -> None:
    settings = Settings()
    run_worker(lambda: open_worker(settings), settings)


if __name__ == "__main__":
    main()
