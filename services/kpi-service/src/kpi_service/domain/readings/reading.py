"""A reading, and the row that is kept of it. Tuples, because a batch holds thousands."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from helmlog_events.values import plain

DEFAULT_SOURCE = "default"
"""Where a reading that names no source comes from."""

FORMULA_SOURCE = "formula"
"""Where the values of a derived KPI come from: a name that no upstream system can have."""


class Reading(NamedTuple):
    """As it was sent: `place` is its number, from 0, in what it came with.

    `observed_at` is in UTC. Only a derived KPI's formula has no value to send: it withdraws one.
    The instant and the value are there as text too, as `Row` has them, because what reads them has
    the text at hand.
    """

    place: int
    observed_at: datetime
    value: Decimal | None
    external_id: str | None
    spelled_at: str
    spelled_value: str | None


class Lot(NamedTuple):
    """One source's readings of one KPI, as they came; `kpi` is an id or a slug."""

    kpi: str
    source: str
    readings: list[Reading]


class Known(NamedTuple):
    """What stands at an instant: the value of its `revision`, none where it was withdrawn."""

    revision: int
    value: Decimal | None


class Row(NamedTuple):
    """What is kept of a reading, as the digest and the database are told it.

    The instant in UTC with `Z`, with six decimals of a second if they are not all zero and with
    none if they are; `revision` 1, then one more with each correction; the value in positional
    notation with the digits as sent, without a sign if it is zero, none where it was withdrawn.
    """

    observed_at: str
    revision: int
    value: str | None
    external_id: str | None


def reading(
    place: int, observed_at: datetime, value: Decimal | None, external_id: str | None = None
) -> Reading:
    """One that did not come as text."""
    spelled = (spell_instant(observed_at), spell_value(value))
    return Reading(place, observed_at, value, external_id, *spelled)


def row(observed_at: datetime, revision: int, value: Decimal | None) -> Row:
    """As it was kept, of what the database gives."""
    return Row(spell_instant(observed_at), revision, spell_value(value), None)


def spell_instant(moment: datetime) -> str:
    """`moment` is in UTC."""
    return f"{moment.isoformat()[:-6]}Z"


def spell_value(value: Decimal | None) -> str | None:
    return None if value is None else plain(value or value.copy_abs())
