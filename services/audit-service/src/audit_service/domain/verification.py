"""A log against itself and against the witness's copy of it. Pure: pages in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from helmlog_events.canonical import GENESIS
from helmlog_events.contracts.audit import FindingKind
from helmlog_events.envelope import RecordedEvent

from audit_service.domain.chain import ChainPosition
from audit_service.domain.entries import differences, follows, gives_its_leaf

MAX_NAMED: Final = 1_000
"""How many places of one gap are named one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An entry that does not hold, where it stands and what is wrong with it."""

    source: str
    seq: int
    place: Literal["log", "journal", "readings"]
    finding: FindingKind
    detail: str


@dataclass(slots=True)
class LogVerification:
    """Takes a log page by page, each with the journal's copies of the same range of places.

    `checked` is how far the witness had checked its journal: from there back it has every entry.
    """

    checked: ChainPosition
    findings: list[Finding] = field(default_factory=list)
    entries: int = 0
    unjournaled: int = 0
    """Entries that the journal does not have yet."""
    last_seq: int = 0
    _hash: bytes | None = GENESIS
    _copy_hash: bytes | None = GENESIS
    _versions: dict[tuple[str, str], int] = field(default_factory=dict)

    def page(self, entries: Iterable[RecordedEvent], copies: Mapping[int, RecordedEvent]) -> None:
        """`entries` in order of `seq`, and all copies with a `seq` up to the last one's."""
        for entry in entries:
            if entry.seq <= self.last_seq:
                self._find(entry.seq, "unknown", "its place is taken, or before the first")
                continue
            if entry.seq > self.last_seq + 1:
                self._gap(range(self.last_seq + 1, entry.seq), copies)
            self._entry(entry, copies.get(entry.seq))
            self.entries += 1
            self.last_seq = entry.seq

    def tail(self, copies: Iterable[RecordedEvent]) -> None:
        """What the journal has beyond the end of the log, which was read after it."""
        for copy in copies:
            self._find(copy.seq, "truncated", f"the journal has it: {_described(copy)}")

    def _gap(self, places: range, copies: Mapping[int, RecordedEvent]) -> None:
        for seq in places[:MAX_NAMED]:
            copy = copies.get(seq)
            known = "the journal does not have it either"
            if copy is not None:
                known = f"the journal has it: {_described(copy)}"
                self._versions[copy.tenant, copy.stream] = copy.version
            self._find(seq, "missing", known)
        if len(places) > MAX_NAMED:
            rest = len(places) - MAX_NAMED
            self._find(places[MAX_NAMED], "missing", f"and {rest} places up to {places[-1]}")
        last = copies.get(places[-1])
        # Without a copy nobody knows what the next entry has to follow; that it is missing is told.
        self._hash = self._copy_hash = None if last is None else last.hash

    def _entry(self, entry: RecordedEvent, copy: RecordedEvent | None) -> None:
        sound = self._check_log(entry)
        if copy is not None:
            if copy != entry:
                self._compare(entry, copy, sound=sound)
            self._copy_hash = copy.hash
        else:
            self._copy_hash = None
            if entry.seq <= self.checked.seq:
                self._find(entry.seq, "unknown", "the journal was checked beyond it without it")
            else:
                self.unjournaled += 1
        if entry.seq == self.checked.seq and entry.hash != self.checked.hash:
            self._find(entry.seq, "unchained", "its hash is not the one the witness once checked")
        self._hash = entry.hash

    def _check_log(self, entry: RecordedEvent) -> bool:
        sound = gives_its_leaf(entry)
        if not sound:
            self._find(entry.seq, "altered", "its content does not give its leaf")
        # If only the hash before was altered, the journal still has what this entry follows.
        before = [known for known in (self._hash, self._copy_hash) if known is not None]
        if before and not any(follows(entry, known) for known in before):
            sound = False
            self._find(entry.seq, "unchained", "its hash does not follow from the entry before")
        stream = (entry.tenant, entry.stream)
        expected = self._versions.get(stream, 0) + 1
        if sound and entry.version != expected:
            detail = f"version {entry.version} of its stream, where {expected} is next"
            self._find(entry.seq, "unchained", detail)
        self._versions[stream] = entry.version
        return sound

    def _compare(self, entry: RecordedEvent, copy: RecordedEvent, *, sound: bool) -> None:
        fields = differences(entry, copy)
        if not gives_its_leaf(copy):
            self._find_in_journal(copy.seq, "altered", f"its {fields} are not the log's")
        elif self._copy_hash is not None and not follows(copy, self._copy_hash):
            self._find_in_journal(copy.seq, "unchained", f"its {fields} are not the log's")
        elif sound:
            self._find(entry.seq, "altered", f"the journal has it with another {fields}")

    def _find(self, seq: int, finding: FindingKind, detail: str) -> None:
        self.findings.append(Finding(self.checked.source, seq, "log", finding, detail))

    def _find_in_journal(self, seq: int, finding: FindingKind, detail: str) -> None:
        self.findings.append(Finding(self.checked.source, seq, "journal", finding, detail))


def _described(entry: RecordedEvent) -> str:
    return f"{entry.type} of {entry.stream}, version {entry.version}"


def by_seq(copies: Sequence[RecordedEvent]) -> dict[int, RecordedEvent]:
    return {copy.seq: copy for copy in copies}
