"""The API process: `python -m audit_service.main`."""

from __future__ import annotations

from helmlog_web.serve import serve

from audit_service.bootstrap import create_app
from audit_service.settings import AuditSettings


def main() -> None:
    settings = AuditSettings()
    serve(lambda: create_app(settings), settings)


if __name__ == "__main__":
    main()
