"""`python -m audit_service.migrate` brings the database to the newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from helmlog_events.migrate import run_migrations

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"

if __name__ == "__main__":
    run_migrations(MIGRATIONS)
