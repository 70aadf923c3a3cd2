"""How the tests are spread over several processes (`pytest -n 2`)."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

# What shares one stack stays together. The faults come first, for they wait most: beside them
# the other process has the machine for whatever computes. Then what takes long in one piece.
TOGETHER = ("tests/faults", "tests/e2e")
LONG = (*TOGETHER, "tests/events/kafka", "tests/local_stack", "tests/okr/imports")


class SpreadByModule(LoadScopeScheduling):
    """A process that is free takes the next module, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        module = _module(nodeid)
        return next((folder for folder in TOGETHER if _is_in(folder, module)), module)


def long_ones_first(items: list[pytest.Item]) -> None:
    """Started last, a long one would keep one process while the other has nothing left to do."""

    def place(item: pytest.Item) -> int:
        module = _module(item.nodeid)
        return next((n for n, folder in enumerate(LONG) if _is_in(folder, module)), len(LONG))

    items.sort(key=place)


def give_each_its_name(items: list[pytest.Item]) -> None:
    """Tests that were generated share the name of their function, and the scheduler knows no more.

    Raises UsageError for a name that stands twice: only one of the two would run.
    """
    for item in items:
        if hasattr(item, "operation_label"):  # made by schemathesis
            item._id = item.id.with_params(item.operation_label)
    times = Counter(item.nodeid for item in items)
    repeated = [nodeid for nodeid, number in times.items() if number > 1]
    if repeated:
        raise pytest.UsageError(f"several tests have the name {repeated[0]}")


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _is_in(folder: str, module: str) -> bool:
    return PurePosixPath(module).is_relative_to(folder)
