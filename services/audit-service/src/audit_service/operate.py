"""`python -m audit_service.operate`: parked events re-driven, read models rebuilt."""

from __future__ import annotations

import sys

from helmlog_events.operate import operate

from audit_service.bootstrap import create_pipeline

if __name__ == "__main__":
    sys.exit(operate(create_pipeline))
