"""One stack for the tests of this folder: all of Helmlog as it is run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stack import LocalStack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    stack = LocalStack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
