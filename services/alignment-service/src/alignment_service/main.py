"""The API process: `python -m alignment_service.main`."""

from __future__ import annotations

from helmlog_web.serve import serve

from alignment_service.bootstrap import create_app
from alignment_service.settings import AlignmentSettings


def main() -> None:
    settings = AlignmentSettings()
    serve(lambda: create_app(settings), settings)


if __name__ == "__main__":
    main()
