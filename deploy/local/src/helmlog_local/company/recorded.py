"""Readings that were really made: a folder of CSV files and the windows people marked in them."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from helmlog_local.company.series import Aggregation, MarkedWindow, Reading, Series, Side

_BELOW_AND_ABOVE: frozenset[Side] = frozenset({"below", "above"})
_ABOVE: frozenset[Side] = frozenset({"above"})


class RecordingUnreadable(ValueError):
    """What HELMLOG_DATA points to is not what it should be; the text names the file."""


@dataclass(frozen=True, slots=True)
class _File:
    """What the readings mean: the files themselves say nothing but timestamp and value."""

    file: str
    slug: str
    name: str
    definition: str
    unit: str
    direction: Literal["up", "down", "within"]
    type: Literal["financial", "operational", "strategic"]
    level: Literal["company", "department", "project"]
    owner: str
    cadence: str
    watched: frozenset[Side]
    aggregation: Aggregation = "mean"


_FILES = (
    _File(
        "nyc_taxi.csv", "taxi-demand", "Taxi demand", "Passengers carried in the half-hour.",
        "passengers", "up", "operational", "company", "Head of Fleet Operations", "PT30M",
        _BELOW_AND_ABOVE, "sum",
    ),
    _File(
        "machine_temperature_system_failure.csv", "machine-temperature", "Machine temperature",
        "Sensor inside an industrial machine.",
        "°F", "within", "operational", "department", "Head of Production", "PT5M",
        _BELOW_AND_ABOVE,
    ),
    _File(
        "ec2_request_latency_system_failure.csv", "request-latency", "Request latency",
        "Time the booking system takes to answer.",
        "ms", "within", "operational", "project", "Head of Platform", "PT5M",
        _BELOW_AND_ABOVE,
    ),
    _File(
        "elb_request_count_8c0756.csv", "request-count", "Requests",
        "Requests to the load balancer in five minutes.",
        "requests", "within", "operational", "project", "Head of Platform", "PT5M", _ABOVE,
        "sum",
    ),
    _File(
        "exchange-2_cpc_results.csv", "cost-per-click", "Cost per click",
        "Paid for a click on an advertisement.",
        "USD", "down", "financial", "department", "Head of Marketing", "PT1H", _ABOVE,
    ),
    _File(
        "exchange-3_cpm_results.csv", "cost-per-mille", "Cost per thousand impressions",
        "Paid for showing an advertisement a thousand times.",
        "USD", "down", "financial", "department", "Head of Marketing", "PT1H", _ABOVE,
    ),
    _File(
        "Twitter_volume_AAPL.csv", "mentions", "Mentions",
        "Mentions of the brand in five minutes.",
        "mentions", "within", "strategic", "department", "Head of Communications", "PT5M", _ABOVE,
        "sum",
    ),
    _File(
        "TravelTime_387.csv", "travel-time", "Travel time",
        "Time a vehicle takes for a stretch of road.",
        "s", "down", "operational", "project", "Head of Fleet Operations", "PT10M", _ABOVE,
    ),
)  # fmt: skip


def recorded_series(folder: Path) -> Iterator[Series]:
    """The series under `folder`/kpi-readings; raises RecordingUnreadable."""
    readings_folder = folder / "kpi-readings"
    marked = _read_windows(readings_folder / "anomaly-windows.json")
    for file in _FILES:
        yield Series(
            slug=file.slug,
            name=file.name,
            definition=file.definition,
            unit=file.unit,
            direction=file.direction,
            type=file.type,
            level=file.level,
            owner=file.owner,
            cadence=file.cadence,
            watched=file.watched,
            readings=_read_readings(readings_folder / file.file),
            windows=marked.get(file.file, ()),
            aggregation=file.aggregation,
        )


def _read_readings(path: Path) -> Sequence[Reading]:
    try:
        with path.open(encoding="utf-8", newline="") as text:
            readings = [
                Reading(_instant(row["timestamp"]), row["value"]) for row in csv.DictReader(text)
            ]
    except OSError as error:
        raise RecordingUnreadable(f"{path} can't be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingUnreadable(f"{path} is not a CSV of timestamp,value: {error}") from error
    if not readings:
        raise RecordingUnreadable(f"{path} holds no readings")
    return readings


def _read_windows(path: Path) -> dict[str, list[MarkedWindow]]:
    try:
        files = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: [MarkedWindow(_instant(first), _instant(last), "") for first, last in windows]
            for name, windows in files.items()
        }
    except OSError as error:
        raise RecordingUnreadable(f"{path} can't be read: {error.strerror}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise RecordingUnreadable(f"{path} does not hold windows by file: {error}") from error


def _instant(text: str) -> datetime:
    """The recordings give naive UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
