"""The file of OKRs that the demo brings in, and what is done with some of its rows."""

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from helmlog_local.company.generated_okrs import generated_okrs
from helmlog_local.company.recorded import RecordingUnreadable

_RECORDED = Path("okr", "gitlab-fy20-q4.csv")


@dataclass(frozen=True, slots=True)
class FiscalQuarter:
    """A quarter of a year that begins in `first_month` and is named by the one it ends in."""

    first_month: int
    year: int
    quarter: int

    @classmethod
    def containing(cls, day: date, first_month: int) -> "FiscalQuarter":
        months = (day.month - first_month) % 12
        # Of twelve months from January on, start and end lie in one year.
        ends_later = first_month > 1 and day.month >= first_month
        return cls(first_month, day.year + (1 if ends_later else 0), months // 3 + 1)

    @property
    def following(self) -> "FiscalQuarter":
        if self.quarter == 4:  # noqa: PLR2004 - the last of a year
            return FiscalQuarter(self.first_month, self.year + 1, 1)
        return FiscalQuarter(self.first_month, self.year, self.quarter + 1)


@dataclass(frozen=True, slots=True)
class Story:
    """Rows by their id: one objective gets `new_title`, a key result is `measured` week by week,
    one is `graded`, and what is left of an objective is `carried` over. `searched` is a word that
    is looked for afterwards.
    """

    revised: str
    new_title: str
    why_revised: str
    measured: str
    graded: str
    carried: str
    searched: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What a file states; `grades` are its scores."""

    objectives: int
    key_results: int
    grades: int

    @property
    def nodes(self) -> int:
        return self.objectives + self.key_results


@dataclass(frozen=True, slots=True)
class OkrFile:
    """`source` says in a few words where it comes from."""

    source: str
    content: bytes
    quarter: FiscalQuarter
    story: Story

    def counts(self) -> Counts:
        rows = list(csv.DictReader(io.StringIO(self.content.decode("utf-8-sig"))))
        kinds = [row["kind"] for row in rows]
        return Counts(
            objectives=kinds.count("objective"),
            key_results=kinds.count("key_result"),
            grades=sum(1 for row in rows if row["score"]),
        )


def load_okr_file(environment: Mapping[str, str] = os.environ) -> OkrFile:
    """By HELMLOG_DATA, the folder of recorded data; raises RecordingUnreadable."""
    folder = environment.get("HELMLOG_DATA")
    return _recorded(Path(folder) / _RECORDED) if folder else _generated()


def _recorded(path: Path) -> OkrFile:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingUnreadable(f"{path}: {error.strerror}") from error
    return OkrFile(
        source=f"a real quarter, {path}",
        content=content,
        quarter=FiscalQuarter(first_month=2, year=2020, quarter=4),
        story=Story(
            revised="R001",
            new_title="Incremental annual contract value",
            why_revised="Outside of sales nobody knew what the four letters stand for.",
            measured="R003",
            graded="R018",
            carried="R007",
            searched="pipeline",
        ),
    )


def _generated() -> OkrFile:
    return OkrFile(
        source="as the made-up company keeps it",
        content=generated_okrs(),
        quarter=FiscalQuarter(first_month=10, year=2025, quarter=1),
        story=Story(
            revised="1",
            new_title="A Christmas season that customers and colleagues remember fondly",
            why_revised="The season before was one that colleagues would rather forget.",
            measured="1.2.1.3.1.2",
            graded="2.5.1.2.1.1",
            carried="2.2.1.2.1",
            searched="contract",
        ),
    )
