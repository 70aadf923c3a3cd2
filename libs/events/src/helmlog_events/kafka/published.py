"""How far the log has got into its topic, as the broker acknowledged it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helmlog_events.kafka.schema import LOG_ROW
from helmlog_events.kafka.sessions import LockSession


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The last record of a partition that the broker said it has."""

    offset: int
    seq: int


@dataclass(slots=True)
class Published:
    """The leader's knowledge of its topic."""

    seq: int = 0
    """Every entry up to here has been acknowledged."""
    partitions: dict[int, Acknowledged] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)
    """Partitions the broker lost records of, and the seq up to which it still has them all."""
    ends: dict[int, int] = field(default_factory=dict)
    """Where partitions ended when a record of ours arrived earlier in them than it should."""

    @property
    def resume_after(self) -> int:
        return min((self.seq, *self.lost.values()))

    def note(self, losses: Mapping[int, Acknowledged | None]) -> None:
        """Takes in what is left of partitions that were cut short; None: nothing of use."""
        # A repair that was broken off goes on behind what it got through.
        for partition in self.lost.keys() - losses.keys():
            last = self.partitions.get(partition)
            self.lost[partition] = 0 if last is None else last.seq
        for partition, left in losses.items():
            self.lost[partition] = 0 if left is None else left.seq
            if left is None:
                self.partitions.pop(partition, None)
            else:
                self.partitions[partition] = left
        self.ends.clear()

    def has(self, partition: int, seq: int) -> bool:
        """Whether the topic has this entry of the partition."""
        if (kept := self.lost.get(partition)) is not None:
            return seq <= kept
        last = self.partitions.get(partition)
        # What was acknowledged of a page that then failed need not go out again.
        return seq <= max(self.seq, 0 if last is None else last.seq)

    def complete(self, seq: int) -> None:
        """Everything up to `seq` is in the topic now, if only again."""
        if seq >= self.seq:
            self.seq = seq
            self.lost.clear()


async def load(session: LockSession, topic: str) -> Published:
    rows = await session.fetch(
        "SELECT partition, last_offset, last_seq FROM relay_positions WHERE topic = $1", topic
    )
    published = Published()
    for partition, offset, seq in rows:
        if partition == LOG_ROW:
            published.seq = seq
        else:
            published.partitions[partition] = Acknowledged(offset, seq)
    return published


async def save(session: LockSession, topic: str, published: Published) -> int:
    """Keeps it, unless a repair is under way: who takes over then has to find the loss again.

    Returns the last seq of the log, for the lag.
    """
    rows = [(LOG_ROW, -1, published.seq)]
    rows += [(p, last.offset, last.seq) for p, last in published.partitions.items()]
    partitions, offsets, seqs = zip(*rows, strict=True)
    if not published.lost:
        await session.fetch(
            "INSERT INTO relay_positions AS r (topic, partition, last_offset, last_seq)"
            " SELECT $1, * FROM unnest($2::int[], $3::bigint[], $4::bigint[])"
            " ON CONFLICT (topic, partition) DO UPDATE"
            " SET last_offset = excluded.last_offset, last_seq = excluded.last_seq"
            " WHERE (r.last_offset, r.last_seq) <> (excluded.last_offset, excluded.last_seq)",
            topic,
            partitions,
            offsets,
            seqs,
        )
    [row] = await session.fetch("SELECT coalesce(max(seq), 0) AS head FROM event_log")
    return int(row["head"])
