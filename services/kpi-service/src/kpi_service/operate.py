"""`python -m kpi_service.operate` lists and re-drives parked events, and rebuilds read models."""

from __future__ import annotations

import sys

from helmlog_events.operate import operate

from kpi_service.bootstrap import create_pipeline

if __name__ == "__main__":
    sys.exit(operate(create_pipeline))
