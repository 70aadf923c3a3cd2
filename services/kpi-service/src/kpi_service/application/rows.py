"""From rows as they arrived to readings that only need their KPIs looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kpi_service.application.instants import read_instant
from kpi_service.application.numbers import read_value
from kpi_service.application.refused import RowRefused
from kpi_service.domain.readings.reading import DEFAULT_SOURCE, Lot, Reading, spell_instant

_LONGEST_NAME = 200
_new = tuple.__new__
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Rejected(NamedTuple):
    place: int
    reason: str


class Rows:
    """Reads what can be read and says of each other row why not; fields it doesn't know are let be.

    A row is `{kpi, observed_at, value, source?, id?}`, or the reason why it could not be taken
    apart (a `RowRefused`). What is read is there in lots, each in the order in which it came.
    """

    def __init__(self, oldest: datetime, newest: datetime) -> None:
        self._bounds = (oldest, newest)
        self._lots: dict[tuple[str, str], Lot] = {}
        self._instants: dict[str, tuple[datetime, str]] = {}
        self.rejected: list[Rejected] = []

    @property
    def lots(self) -> list[Lot]:
        return [lot for lot in self._lots.values() if lot.readings]

    def read(self, raw_rows: Sequence[Any], *, first: int = 0) -> None:
        """Their places are counted from `first`."""
        lots, instants = self._lots, self._instants
        # This loop is most of what it costs to read a row: calls are left out where nothing is
        # amiss, and what comes again and again is looked into once.
        for place, raw in enumerate(raw_rows, first):
            try:
                if type(raw) is not dict:
                    raise (
                        raw if isinstance(raw, RowRefused) else RowRefused("a reading is an object")
                    )
                get = raw.get
                kpi, source, external_id = get("kpi"), get("source"), get("id")
                if source is None:
                    source = DEFAULT_SOURCE
                # A list can't be looked up, so what is no text is seen to first.
                if type(kpi) is not str or type(source) is not str:
                    raise _no_text(kpi, source)
                lot = lots.get((kpi, source))
                if lot is None:
                    lot = self._open(kpi, source)
                if external_id is not None and not (
                    type(external_id) is str
                    and 0 < len(external_id) <= _LONGEST_NAME
                    and external_id.isascii()
                    and external_id.isprintable()
                ):
                    _read_name("id", external_id)
                text = get("observed_at")
                instant = instants.get(text) if type(text) is str else None
                if instant is None:
                    instant = self._read_instant(text)
                value, spelled = read_value(get("value"))
                reading = (place, instant[0], value, external_id, instant[1], spelled)
                lot.readings.append(_new(Reading, reading))
            except RowRefused as refused:
                self.rejected.append(Rejected(place, str(refused)))

    def _open(self, kpi: str, source: str) -> Lot:
        lot = Lot(_read_name("kpi", kpi), _read_name("source", source), [])
        self._lots[kpi, source] = lot
        return lot

    def _read_instant(self, text: object) -> tuple[datetime, str]:
        moment = read_instant(text, *self._bounds)
        self._instants[str(text)] = instant = moment, spell_instant(moment)
        return instant


def without(
    lots: Iterable[Lot], why_not: Callable[[Lot, Reading], str | None]
) -> tuple[list[Lot], list[Rejected]]:
    """The lots without the readings that there is a reason against, and these."""
    left: list[Lot] = []
    rejected: list[Rejected] = []
    for lot in lots:
        readings = []
        for one in lot.readings:
            reason = why_not(lot, one)
            if reason is None:
                readings.append(one)
            else:
                rejected.append(Rejected(one.place, reason))
        if readings:
            left.append(lot._replace(readings=readings))
    return left, rejected


def _no_text(kpi: object, source: object) -> RowRefused:
    name, found = ("source", source) if type(kpi) is str else ("kpi", kpi)
    return RowRefused(f"{name} is missing" if found is None else f"{name} is no text")


def _read_name(field: str, text: object) -> str:
    if type(text) is not str:
        raise RowRefused(f"{field} is no text")
    if not 0 < len(text) <= _LONGEST_NAME:
        raise RowRefused(f"{field} has {len(text)} characters; 1 to {_LONGEST_NAME} are taken")
    if _UNSTORABLE.search(text):
        raise RowRefused(f"{field} holds a character that can't be stored")
    return text
