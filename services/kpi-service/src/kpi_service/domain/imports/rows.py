"""From the cells of a row to what it says of a KPI."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from helmlog_events.contracts.kpi import Direction, KPILevel, KPIType
from helmlog_events.tables.columns import Columns
from helmlog_events.tables.reading import Record, Rejected

from kpi_service.domain.imports.phrases import NotUnderstood, TargetPhrase, read_target_phrase

COLUMNS: Final = Columns(
    known=(
        "name",
        "slug",
        "definition",
        "department",
        "org",
        "is_key",
        "target",
        "unit",
        "direction",
        "cadence",
        "type",
        "level",
    ),
    required=("name",),
)
_YES: Final = frozenset({"true", "yes", "y", "1", "x"})
_NO: Final = frozenset({"false", "no", "n", "0"})
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "direction": get_args(Direction),
    "type": get_args(KPIType),
    "level": get_args(KPILevel),
}
_LONGEST: Final = {"name": 500, "slug": 63, "org": 200, "department": 200, "unit": 200}
_LONGEST_SLUG: Final = 63


@dataclass(frozen=True, slots=True)
class KPIRow:
    """`fields` are those of the definition that the row tells; `phrase` its target in words."""

    row: int
    slug: str
    fields: Mapping[str, Any]
    phrase: str
    target: TargetPhrase | NotUnderstood


def read_rows(records: Iterable[Record]) -> list[KPIRow | Rejected]:
    """Each row by itself, but for its slug: names that stand twice are told apart by department."""
    records = list(records)
    names = Counter(slug_of(record.cells["name"]) for record in records)
    taken: dict[str, int] = {}
    read: list[KPIRow | Rejected] = []
    for record in records:
        one = _read(record, names)
        if isinstance(one, KPIRow) and taken.setdefault(one.slug, one.row) != one.row:
            reason = f"row {taken[one.slug]} is of the KPI {one.slug!r} already"
            one = Rejected(record.row, reason, "name")
        read.append(one)
    return read


def slug_of(text: str) -> str:
    """`Offer acceptance rate (%)` is `offer-acceptance-rate`; empty if nothing remains."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:_LONGEST_SLUG].rstrip("-")


def _read(record: Record, names: Counter[str]) -> KPIRow | Rejected:
    cells = {column: cell for column, cell in record.cells.items() if cell}
    if "name" not in cells:
        return Rejected(record.row, "a KPI has a name", "name")
    for column, limit in _LONGEST.items():
        if len(cells.get(column, "")) > limit:
            return Rejected(record.row, f"more than {limit} characters", column)
    for column, choices in _CHOICES.items():
        if cells.get(column, choices[0]) not in choices:
            return Rejected(record.row, f"one of {', '.join(choices)} is expected", column)
    key = _truth(cells.pop("is_key", ""))
    if key is None:
        return Rejected(record.row, "true or false is expected", "is_key")
    slug = cells.pop("slug", "") or _slug(cells, names)
    if not slug:
        return Rejected(record.row, "nothing of the name can be a slug: give one", "slug")
    phrase = cells.pop("target", "")
    target = read_target_phrase(phrase)
    return KPIRow(record.row, slug, _fields(cells, key, target), phrase, target)


def _fields(
    cells: Mapping[str, str], key: str, target: TargetPhrase | NotUnderstood
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "owner": cells.get("org"),
        "org_unit": slug_of(cells["department"]) if "department" in cells else None,
        "key": {"": None, "yes": True, "no": False}[key],
    }
    if isinstance(target, TargetPhrase):
        fields |= {"unit": target.unit, "rate": target.rate, "direction": target.direction}
    # What has a column of its own goes before what the target's words tell.
    own = ("name", "definition", "unit", "direction", "cadence", "type", "level")
    fields |= {name: cells[name] for name in own if name in cells}
    return {name: value for name, value in fields.items() if value is not None}


def _slug(cells: Mapping[str, str], names: Counter[str]) -> str:
    slug = slug_of(cells["name"])
    if names[slug] > 1 and (whose := cells.get("department") or cells.get("org")):
        return slug_of(f"{slug} {whose}")
    return slug


def _truth(text: str) -> str | None:
    """`yes`, `no`, empty for what is not told; none for what is neither."""
    word = text.lower()
    if not word:
        return ""
    return "yes" if word in _YES else "no" if word in _NO else None
