"""`python -m kpi_service.main` serves the API."""

from __future__ import annotations

from helmlog_web.serve import serve

from kpi_service.bootstrap import create_app
from kpi_service.settings import Settings


def main() -> None:
    settings = Settings()
    serve(lambda: create_app(settings), settings)


if __name__ == "__main__":
    main()
