import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).parents[4]


def data_folder() -> Path:
    """All that the local stack keeps: HELMLOG_DATA_DIR, else `.local` in the project."""
    return Path(os.environ.get("HELMLOG_DATA_DIR") or PROJECT_ROOT / ".local").absolute()


def cache_folder() -> Path:
    """What was downloaded, and can be again."""
    return data_folder() / "cache"
