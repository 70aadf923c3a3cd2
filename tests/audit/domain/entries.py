"""Logs to look at, out of memory."""

from helmlog_events.canonical import GENESIS, chain_hash, content_digest, leaf_hash
from helmlog_events.envelope import RecordedEvent
from helmlog_events.store.memory import MemoryStore
from helmlog_events.testing.events import append, write


async def log_of(count: int) -> list[RecordedEvent]:
    """Entries in three streams by turns."""
    store = MemoryStore()
    for number in range(count):
        stream, version = f"note-{number % 3}", number // 3
        await store.append(append(write(stream, f"note {number + 1}", expected=version)))
    return [*await store.read_log(0, count)]


def rechained(entries: list[RecordedEvent], previous: bytes = GENESIS) -> list[RecordedEvent]:
    """The entries with leaves and hashes computed again, as a forger with the code would."""
    forged = []
    for entry in entries:
        content = content_digest(
            tenant=entry.tenant,
            stream=entry.stream,
            event_id=entry.event_id,
            event_type=entry.type,
            schema_version=entry.schema_version,
            occurred_at=entry.occurred_at,
            data=entry.data.encode(),
            metadata=entry.metadata.encode(),
        )
        leaf = leaf_hash(
            content=content,
            recorded_at=entry.recorded_at,
            seq=entry.seq,
            version=entry.version,
        )
        previous = chain_hash(previous, leaf)
        forged.append(entry._replace(leaf=leaf, hash=previous))
    return forged
