"""`python -m alignment_service.worker` publishes the log, keeps the read models, rolls up."""

from __future__ import annotations

from helmlog_web.worker import run_worker

from alignment_service.bootstrap import open_worker
from alignment_service.settings import AlignmentSettings


def main() -> None:
    settings = AlignmentSettings()
    run_worker(lambda: open_worker(settings), settings)


if __name__ == "__main__":
    main()
