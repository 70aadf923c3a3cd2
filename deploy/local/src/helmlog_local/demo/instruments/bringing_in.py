"""The KPI catalogue goes in as a CSV file."""

import time
from dataclasses import dataclass
from typing import Any

from helmlog_local.company.kpi_file import KPIFile
from helmlog_local.demo.api import Api

_CSV = {"Content-Type": "text/csv"}


@dataclass(frozen=True, slots=True)
class Imported:
    """The service's answer, and the seconds it took."""

    answer: Any
    seconds: float


async def bring_in(api: Api, file: KPIFile) -> Imported:
    """Raises DemoFailed."""
    began = time.monotonic()
    response = await api.send("/kpi/v1/imports", file.content, _CSV, "demo-kpi-import")
    return Imported(response.json(), time.monotonic() - began)
