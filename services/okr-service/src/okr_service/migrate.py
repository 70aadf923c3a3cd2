"""`python -m okr_service.migrate` brings the database to its newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from helmlog_events.migrate import migrate

from okr_service.bootstrap import create_pipeline

# src/okr_service/migrate.py stands two folders below the service's own.
MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"

if __name__ == "__main__":
    migrate(MIGRATIONS, create_pipeline)
