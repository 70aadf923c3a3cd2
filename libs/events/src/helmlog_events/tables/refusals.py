"""Why a file as a whole is not read; a row that is refused is a `Rejected`."""

from __future__ import annotations

from collections.abc import Sequence


class TableRefused(Exception):
    """One subclass a rule; `args` are its facts."""


class FileNotText(TableRefused):
    """The file is not UTF-8; `position` is the first byte that cannot be read."""

    def __init__(self, position: int) -> None:
        super().__init__(position)


class FileNotRows(TableRefused):
    """The JSON is no array of objects."""


class FileEmpty(TableRefused):
    """There is no header, or no row below it."""


class TooManyRows(TableRefused):
    def __init__(self, limit: int) -> None:
        super().__init__(limit)


class QuoteNeverClosed(TableRefused):
    """Where a quoted cell never ends, no later row can be told from another."""

    def __init__(self, row: int) -> None:
        super().__init__(row)


class CellTooLarge(TableRefused):
    """A cell beyond what a reader of CSV takes; mostly a quote that is closed far too late."""

    def __init__(self, row: int) -> None:
        super().__init__(row)


class ColumnsMissing(TableRefused):
    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(", ".join(columns))


class ColumnTwice(TableRefused):
    """Two columns of the file have the same heading, or are mapped to the same column."""

    def __init__(self, column: str) -> None:
        super().__init__(column)


class MappingUnreadable(TableRefused):
    """A mapping is `heading:column`, several of them separated by commas."""

    def __init__(self, mapping: str) -> None:
        super().__init__(mapping)


class HeadingUnknown(TableRefused):
    """A mapping names a heading that the file does not have."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
