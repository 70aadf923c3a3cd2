# ruff: noqa: INP001 - Alembic runs it by its path
from helmlog_events.migrate import run_environment

run_environment()
