"""Why a file as a whole is not imported; a row that is refused is a `Rejected` of the report."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from okr_service.domain.refusals import Refusal


class FileNotText(Refusal):
    """The file is not UTF-8; `position` is the first byte that cannot be read."""

    def __init__(self, position: int) -> None:
        super().__init__(position)


class FileNotRows(Refusal):
    """The JSON is no array of objects."""


class FileEmpty(Refusal):
    """There is no header, or no row below it."""


class TooManyRows(Refusal):
    def __init__(self, limit: int) -> None:
        super().__init__(limit)


class QuoteNeverClosed(Refusal):
    """Where a quoted cell never ends, no later row can be told from another."""

    def __init__(self, row: int) -> None:
        super().__init__(row)


class CellTooLarge(Refusal):
    """A cell beyond what a reader of CSV takes; mostly a quote that is closed far too late."""

    def __init__(self, row: int) -> None:
        super().__init__(row)


class ColumnsMissing(Refusal):
    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(", ".join(columns))


class ColumnTwice(Refusal):
    """Two columns of the file have the same heading, or are mapped to the same column."""

    def __init__(self, column: str) -> None:
        super().__init__(column)


class MappingUnreadable(Refusal):
    """A mapping is `heading:column`, several of them separated by commas."""

    def __init__(self, mapping: str) -> None:
        super().__init__(mapping)


class HeadingUnknown(Refusal):
    """A mapping names a heading that the file does not have."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)


class UnknownImport(Refusal):
    def __init__(self, import_id: UUID) -> None:
        super().__init__(import_id)
