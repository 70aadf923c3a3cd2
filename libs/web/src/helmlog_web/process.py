from __future__ import annotations

import gc
from typing import Final

from helmlog_web.logs import configure_logging

_COLLECT_EVERY: Final = 50_000


def prepare_process() -> None:
    """What every process of Helmlog does first: logging, and a collector that knows our habits.

    A page of the log is tens of thousands of tuples that live as long as it is worked through;
    looking through them for cycles every 700 allocations costs a tenth of the throughput.
    """
    configure_logging()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, 20, 20)
