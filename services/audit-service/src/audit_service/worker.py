"""`python -m audit_service.worker` journals all logs, checks their chains, publishes its own."""

from __future__ import annotations

from helmlog_web.worker import run_worker

from audit_service.bootstrap import open_worker
from audit_service.settings import AuditSettings


def main() -> None:
    settings = AuditSettings()
    run_worker(lambda: open_worker(settings), settings)


if __name__ == "__main__":
    main()
