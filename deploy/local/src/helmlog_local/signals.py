"""The wish that we end, whichever way it comes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class StopRequested(BaseException):
    """Ctrl-C or a signal: not an error, and nothing on the way may swallow it as one."""


@contextmanager
def signals_stop() -> Iterator[None]:
    """The first Ctrl-C, SIGTERM or SIGHUP raises StopRequested in the block.

    After a block that failed or was stopped the signals change nothing any more: what follows is
    the clearing up, which is bounded in time and should come to its end.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def ignore() -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        ignore()
        raise StopRequested

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except BaseException:
        ignore()
        raise
    for number, handler in before.items():
        signal.signal(number, handler)
