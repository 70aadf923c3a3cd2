"""Rows as they are meant: objectives and key results, with what is stated of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, get_args

from helmlog_events.contracts.okr import Metric, ObjectiveKind, ObjectiveLevel
from helmlog_events.tables.reading import Record, Rejected

from okr_service.domain.arithmetic import ONE, ZERO
from okr_service.domain.imports import cells as limits
from okr_service.domain.imports.cells import CellRefused, Cells
from okr_service.domain.imports.columns import KEY_RESULT_ONLY, OBJECTIVE_ONLY
from okr_service.domain.imports.report import Note

NodeKind = Literal["objective", "key_result"]

_KINDS: Final[dict[str, NodeKind]] = {kind: kind for kind in get_args(NodeKind)}
_OBJECTIVE_KINDS: Final[dict[str, ObjectiveKind]] = {kind: kind for kind in get_args(ObjectiveKind)}
_LEVELS: Final[dict[str, ObjectiveLevel]] = {level: level for level in get_args(ObjectiveLevel)}
_METRICS: Final[dict[str, Metric]] = {metric: metric for metric in get_args(Metric)}


@dataclass(frozen=True, slots=True)
class Stated:
    """What every row may say; none where its cell is empty, or its column absent."""

    row: int
    key: str
    parent: str | None
    title: str
    owner: str | None
    result: str | None
    score: Decimal | None
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ObjectiveRow(Stated):
    why: str | None
    kind: ObjectiveKind | None
    level: ObjectiveLevel | None
    team: str | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a row wants its key result measured."""

    metric: Metric
    baseline: Decimal | None = None
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True)
class KeyResultRow(Stated):
    """`terms` is none where the row says nothing of how it is measured."""

    terms: Terms | None
    value: Decimal | None
    unit: str | None
    rate: str | None
    weight: Decimal | None
    due_on: date | None
    confidence: int | None


Row = ObjectiveRow | KeyResultRow


def kind_of(row: Row) -> NodeKind:
    return "objective" if isinstance(row, ObjectiveRow) else "key_result"


def read_row(record: Record) -> Row | Rejected:
    """The row, or the first of its cells that cannot be read."""
    cells = Cells(record.cells)
    try:
        match cells.word("kind", _KINDS):
            case "objective":
                return _objective(record.row, cells)
            case "key_result":
                return _key_result(record.row, cells)
            case None:
                return Rejected(record.row, "kind is empty", "kind")
    except CellRefused as refused:
        return Rejected(record.row, refused.reason, refused.column)


def notes_on_cells(record: Record, row: Row) -> list[Note]:
    """Cells that mean nothing to the kind of the row."""
    foreign = KEY_RESULT_ONLY if isinstance(row, ObjectiveRow) else OBJECTIVE_ONLY
    what = "an objective" if isinstance(row, ObjectiveRow) else "a key result"
    return [
        Note("cell-ignored", f"{what} has no {column}", record.row)
        for column in foreign
        if record.cells.get(column)
    ]


def _objective(row: int, cells: Cells) -> ObjectiveRow:
    stated = _stated(row, cells)
    return ObjectiveRow(
        *stated,
        why=cells.lines("why"),
        kind=cells.word("objective_kind", _OBJECTIVE_KINDS),
        level=cells.word("level", _LEVELS),
        team=cells.line("team", limits.LONGEST_NAME),
    )


def _key_result(row: int, cells: Cells) -> KeyResultRow:
    stated = _stated(row, cells)
    return KeyResultRow(
        *stated,
        terms=_terms(cells),
        value=cells.number("value"),
        unit=cells.line("unit", limits.LONGEST_NAME),
        rate=cells.line("rate", limits.LONGEST_NAME),
        weight=cells.number("weight"),
        due_on=cells.day("due_on"),
        confidence=cells.whole("confidence"),
    )


def _stated(
    row: int, cells: Cells
) -> tuple[int, str, str | None, str, str | None, str | None, Decimal | None, datetime | None]:
    """The fields of `Stated`, in its order."""
    score = cells.number("score")
    if score is not None and not ZERO <= score <= ONE:
        raise CellRefused("score", f"a score is from 0 to 1, not {score:f}")
    return (
        row,
        cells.required("id", limits.LONGEST_KEY),
        cells.line("parent_id", limits.LONGEST_KEY),
        cells.required("title", limits.LONGEST_TITLE),
        cells.line("owner", limits.LONGEST_NAME),
        cells.lines("result"),
        score,
        cells.instant("observed_at"),
    )


def _terms(cells: Cells) -> Terms | None:
    metric = cells.word("metric", _METRICS)
    numbers = {name: cells.number(name) for name in ("baseline", "target", "lower", "upper")}
    if metric is not None:
        return Terms(metric, **numbers)
    for name, number in numbers.items():
        if number is not None:
            raise CellRefused(name, f"{name} means nothing without a metric")
    return None
