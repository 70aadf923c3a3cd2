"""The KPI catalogue that the demo brings in: a department's KPIs with targets in people's words."""

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helmlog_local.company.generated_kpis import generated_kpis
from helmlog_local.company.recorded import RecordingUnreadable

_RECORDED = Path("okr", "gitlab-kpis.csv")


@dataclass(frozen=True, slots=True)
class KPIFile:
    """CSV in UTF-8; `source` says in a few words where it comes from."""

    source: str
    content: bytes

    @property
    def rows(self) -> int:
        return sum(1 for _ in csv.DictReader(io.StringIO(self.content.decode("utf-8-sig"))))


def load_kpi_file(environment: Mapping[str, str] = os.environ) -> KPIFile:
    """By HELMLOG_DATA, the folder of recorded data; raises RecordingUnreadable."""
    folder = environment.get("HELMLOG_DATA")
    if not folder:
        return KPIFile("as the made-up company keeps it", generated_kpis())
    path = Path(folder) / _RECORDED
    try:
        return KPIFile(f"a real catalogue, {path}", path.read_bytes())
    except OSError as error:
        raise RecordingUnreadable(f"{path}: {error.strerror}") from error
