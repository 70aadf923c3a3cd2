"""Which events of a batch are new, come too early, or must wait behind one that failed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.inbox import Stream, stream_of
from helmlog_events.pipeline.parking import Parked


@dataclass(slots=True)
class Triage:
    """The fate of each event of a batch; duplicates are in none of the lists."""

    apply: list[SourcedEvent] = field(default_factory=list)
    park: list[Parked] = field(default_factory=list)
    release: list[SourcedEvent] = field(default_factory=list)


def triage(
    events: Sequence[SourcedEvent],
    heads: Mapping[Stream, int],
    parked: Mapping[Stream, Sequence[Parked]],
) -> Triage:
    """Sorts `events` by what was applied (`heads`) and what waits (`parked`) of their streams.

    A stream with a failed event takes nothing more until it is re-driven. A stream with a gap takes
    the missing event and, after it, what had been parked behind the gap.
    """
    result = Triage()
    versions = dict(heads)
    waiting = {
        stream: {item.event.record.version: item for item in items}
        for stream, items in parked.items()
    }
    for event in events:
        stream = stream_of(event)
        version = event.record.version
        head = versions.get(stream, 0)
        held = waiting.setdefault(stream, {})
        if version <= head or version in held:
            continue
        if any(item.kind == "failed" for item in held.values()):
            item = Parked(event, "behind", "an earlier event of this stream failed")
        elif version > head + 1:
            item = Parked(event, "gap", f"version {head + 1} is expected, {version} came")
        else:
            versions[stream] = _take(result, event, held)
            continue
        held[version] = item
        result.park.append(item)
    return result


def _take(result: Triage, event: SourcedEvent, held: dict[int, Parked]) -> int:
    """Applies `event` and what waited right behind it; returns the stream's new head."""
    result.apply.append(event)
    version = event.record.version
    while (item := held.pop(version + 1, None)) is not None:
        version += 1
        result.apply.append(item.event)
        if item in result.park:
            result.park.remove(item)
        else:
            result.release.append(item.event)
    return version
