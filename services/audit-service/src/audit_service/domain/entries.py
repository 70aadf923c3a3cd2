"""What makes an entry of a log hold: its content gives its leaf, its leaf and the entry before
give its hash.
"""

from __future__ import annotations

from helmlog_events.canonical import chain_hash, content_digest, leaf_hash
from helmlog_events.envelope import RecordedEvent


def gives_its_leaf(entry: RecordedEvent) -> bool:
    """Whether data, metadata, times and place are those that were recorded."""
    try:
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
    except (ValueError, OverflowError, TypeError):
        return False  # no clock says "infinity": somebody wrote it there
    return leaf == entry.leaf


def follows(entry: RecordedEvent, previous_hash: bytes) -> bool:
    return chain_hash(previous_hash, entry.leaf) == entry.hash


def differences(entry: RecordedEvent, copy: RecordedEvent) -> str:
    """The names of the fields in which two entries are not the same."""
    return ", ".join(
        name
        for name, left, right in zip(RecordedEvent._fields, entry, copy, strict=True)
        if left != right
    )
