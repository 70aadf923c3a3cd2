"""From a row as it arrived to a reading that only needs its KPI looked up."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from kpi_service.application.instants import read_instant
from kpi_service.application.numbers import read_value
from kpi_service.application.refused import RowRefused
from kpi_service.domain.readings.reading import DEFAULT_SOURCE, FORMULA_SOURCE, Reading

_LONGEST_NAME = 200
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Rejected(NamedTuple):
    place: int
    reason: str


class Rows(NamedTuple):
    read: list[Reading]
    rejected: list[Rejected]


def read_rows(raw_rows: list[Any], oldest: datetime, newest: datetime) -> Rows:
    """Reads what can be read and says of each other row why not; fields it doesn't know are let be.

    A row is `{kpi, observed_at, value, source?, id?}`, or the reason why it could not be taken
    apart (a `RowRefused`).
    """
    rows = Rows([], [])
    names: set[str] = set()  # KPIs and sources come again and again: each is checked once
    for place, raw in enumerate(raw_rows):
        try:
            rows.read.append(_read_row(place, raw, oldest, newest, names))
        except RowRefused as refused:
            rows.rejected.append(Rejected(place, str(refused)))
    return rows


def _read_row(place: int, raw: Any, oldest: datetime, newest: datetime, names: set[str]) -> Reading:
    if type(raw) is not dict:
        raise raw if isinstance(raw, RowRefused) else RowRefused("a reading is an object")
    kpi = raw.get("kpi")
    if type(kpi) is not str or kpi not in names:
        kpi = _read_name("kpi", kpi)
        names.add(kpi)
    source = raw.get("source")
    if source is None:
        source = DEFAULT_SOURCE
    elif type(source) is not str or source not in names:
        source = _read_name("source", source)
        if source == FORMULA_SOURCE:
            raise RowRefused(f"source {FORMULA_SOURCE!r} is where derived values come from")
        names.add(source)
    external_id = raw.get("id")
    if external_id is not None:
        external_id = _read_name("id", external_id)
    observed_at = read_instant(raw.get("observed_at"), oldest, newest)
    return Reading(place, kpi, source, observed_at, read_value(raw.get("value")), external_id)


def _read_name(field: str, text: object) -> str:
    if type(text) is not str:
        raise RowRefused(f"{field} is missing" if text is None else f"{field} is no text")
    if not 0 < len(text) <= _LONGEST_NAME:
        raise RowRefused(f"{field} has {len(text)} characters; 1 to {_LONGEST_NAME} are taken")
    if _UNSTORABLE.search(text):
        raise RowRefused(f"{field} holds a character that can't be stored")
    return text
