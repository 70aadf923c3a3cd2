"""Processes that reckon: started when they are needed, bounded in number and in time."""

import asyncio
import os
import subprocess
import sys
import time
from functools import partial

import pytest
from kpi_service.application.analysis.backtest import check_stretch
from kpi_service.application.analysis.pool import (
    AnalysisBusy,
    AnalysisLost,
    AnalysisPool,
    AnalysisTooLong,
)
from kpi_service.domain.stretches import StretchEmpty

from tests.kpi.domain.builders import START

_LOADED = """
import sys, kpi_service.main, kpi_service.worker
print({"numpy", "scipy", "pandas", "statsmodels"} & set(sys.modules))
"""


async def test_a_pool_refuses_ends_and_recovers_rather_than_wait_for_ever():
    pool = AnalysisPool(processes=1, waiting=1, seconds=0.7)
    try:
        first, second, third = await asyncio.gather(
            pool.run(os.getpid), pool.run(os.getpid), pool.run(os.getpid), return_exceptions=True
        )
        assert first == second != os.getpid()
        assert isinstance(third, AnalysisBusy)
        with pytest.raises(AnalysisTooLong):
            await pool.run(partial(time.sleep, 30))
        with pytest.raises(StretchEmpty, match="is not before"):
            await pool.run(partial(check_stretch, START, START))
        assert await pool.run(os.getpid) == first
        with pytest.raises(AnalysisLost):
            await pool.run(partial(os._exit, 1))
        assert await pool.run(os.getpid) != first
    finally:
        await pool.close()


def test_neither_the_service_nor_its_worker_loads_what_forecasts_reckon_with():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            _LOADED,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "set()"
