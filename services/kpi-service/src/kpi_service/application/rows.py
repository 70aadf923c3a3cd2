"""From a row as it arrived to a reading that only needs its KPI looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kpi_service.application.instants import read_instant
from kpi_service.application.numbers import read_value
from kpi_service.application.refused import RowRefused
from kpi_service.domain.readings.reading import DEFAULT_SOURCE, Reading

_LONGEST_NAME = 200
_new = tuple.__new__
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Rejected(NamedTuple):
    place: int
    reason: str


class Rows(NamedTuple):
    read: list[Reading]
    rejected: list[Rejected]


def read_rows(
    raw_rows: Sequence[Any], oldest: datetime, newest: datetime, *, first: int = 0
) -> Rows:
    """Reads what can be read and says of each other row why not; fields it doesn't know are let be.

    A row is `{kpi, observed_at, value, source?, id?}`, or the reason why it could not be taken
    apart (a `RowRefused`). Their places are counted from `first`.
    """
    read: list[Reading] = []
    rejected: list[Rejected] = []
    names = {DEFAULT_SOURCE}  # KPIs and sources come again and again: each is checked once
    # This loop is most of what it costs to read a row: calls are left out where nothing is amiss.
    for place, raw in enumerate(raw_rows, first):
        try:
            if type(raw) is not dict:
                raise raw if isinstance(raw, RowRefused) else RowRefused("a reading is an object")
            get = raw.get
            kpi, source, external_id = get("kpi"), get("source", DEFAULT_SOURCE), get("id")
            # A list can't be looked up, so what is no text is seen to first.
            if type(kpi) is not str or kpi not in names:
                names.add(_read_name("kpi", kpi))
            if source is None:
                source = DEFAULT_SOURCE
            elif type(source) is not str or source not in names:
                names.add(_read_name("source", source))
            if external_id is not None and not (
                type(external_id) is str
                and 0 < len(external_id) <= _LONGEST_NAME
                and external_id.isascii()
                and external_id.isprintable()
            ):
                _read_name("id", external_id)
            observed_at = read_instant(get("observed_at"), oldest, newest)
            value = read_value(get("value"))
            read.append(_new(Reading, (place, kpi, source, observed_at, value, external_id)))
        except RowRefused as refused:
            rejected.append(Rejected(place, str(refused)))
    return Rows(read, rejected)


def _read_name(field: str, text: object) -> str:
    if type(text) is not str:
        raise RowRefused(f"{field} is missing" if text is None else f"{field} is no text")
    if not 0 < len(text) <= _LONGEST_NAME:
        raise RowRefused(f"{field} has {len(text)} characters; 1 to {_LONGEST_NAME} are taken")
    if _UNSTORABLE.search(text):
        raise RowRefused(f"{field} holds a character that can't be stored")
    return text
