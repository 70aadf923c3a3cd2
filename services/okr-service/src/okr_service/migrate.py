"""`python -m okr_service.migrate` brings the database to its newest revision."""

from __future__ import annotations

from pathlib import Path

from helmlog_events.migrate import run_migrations

# src/okr_service/migrate.py stands two folders below the service's own.
MIGRATIONS = Path(__file__).parents[2] / "migrations"

if __name__ == "__main__":
    run_migrations(MIGRATIONS)
