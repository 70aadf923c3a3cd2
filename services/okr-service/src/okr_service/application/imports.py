"""Imports: what stands is loaded at once, the rows are planned on it, and all is one append."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.envelope import StreamWrite
from helmlog_events.ids import new_id, stream_id
from helmlog_events.tables.reading import Table

from okr_service.application.cycles import load_cycle
from okr_service.application.decided import stream_write
from okr_service.application.streams import Loaded, Streams
from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.commands import ActivateCycle
from okr_service.domain.cycle.decide import decide as decide_cycle
from okr_service.domain.cycle.events import CycleEvent
from okr_service.domain.cycle.refusals import CycleNotActive
from okr_service.domain.cycle.state import Cycle, NoCycle, Planning
from okr_service.domain.imports.ledger import IMPORTS, ImportDone, Ledger, recorded
from okr_service.domain.imports.plan import Known, Plan, Progress, plan_import
from okr_service.domain.imports.report import Note
from okr_service.domain.imports.standing import Place
from okr_service.domain.imports.work import Work
from okr_service.domain.key_result.state import KeyResult

OnError = Literal["reject_all", "skip_rows"]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file that was read; `digest` is SHA-256 of its bytes, in hex."""

    table: Table
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """`writes` is empty where nothing changes. `cycle_version` is what the decision rests on."""

    plan: Plan
    writes: tuple[StreamWrite, ...]
    cycle_version: int


def digest_of(body: bytes) -> str:
    return sha256(body).hexdigest()


class ImportHandlers:
    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def prepare(
        self,
        tenant: str,
        cycle_id: UUID,
        file: ImportFile,
        *,
        import_id: UUID,
        on_error: OnError,
        now: datetime,
        progress: Progress,
    ) -> Prepared:
        """Raises `UnknownCycle` and `CycleIsClosed`; what a row breaks refuses the row."""
        cycle = await load_cycle(self._streams, tenant, cycle_id, Cut(now))
        ledger = await self._streams.load(IMPORTS, tenant, cycle_id)
        nodes = _nodes_named(file.table, ledger.state)

        async def plan_in(stands: Cycle) -> Plan:
            known = await self._known(tenant, cycle_id, nodes)
            columns = file.table.header.known
            work = Work(stands, now, import_id, columns, new_id)
            # Thousands of rows are seconds of work: other requests go on meanwhile.
            return await asyncio.to_thread(plan_import, file.table, known, work, _new_ids, progress)

        plan, activation = await plan_in(cycle.state), list[CycleEvent]()
        if _waits_for_activation(plan, cycle.state, now):
            activation = decide_cycle(ActivateCycle(cycle_id, now), cycle.state)
            plan = _with_activation(await plan_in(_active(cycle.state, activation)))
        if plan.rejected and on_error == "reject_all":
            plan = plan.without_effect()
        if not plan.places:
            return Prepared(plan, (), cycle.version)
        done = _done(plan, import_id, cycle.state, file)
        writes = (
            *(_write(place) for place in plan.places),
            *(_guard(place) for place in plan.rests_on),
            stream_write(cycle, activation, cycle.state.facts.course.begun_at(now)),
            stream_write(ledger, recorded(done), cycle.state.facts.course.defined_at(now)),
        )
        return Prepared(plan, writes, cycle.version)

    async def _known(self, tenant: str, cycle_id: UUID, nodes: dict[str, Sequence[Node]]) -> Known:
        """What of the nodes named stands in the cycle, with the objectives of key results."""
        wanted = [node for named in nodes.values() for node in named]
        key_results = await self._streams.load_many(
            KEY_RESULT, tenant, {node.id for node in wanted if node.type == "key_result"}
        )
        parents = {
            loaded.state.facts.objective_id
            for loaded in key_results.values()
            if isinstance(loaded.state, KeyResult)
        }
        objectives = await self._streams.load_many(
            OBJECTIVE,
            tenant,
            parents | {node.id for node in wanted if node.type == "objective"},
        )
        places = _places("objective", objectives) | _places("key_result", key_results)
        here = {
            node_id: place
            for node_id, place in places.items()
            if place.state.facts.cycle_id == cycle_id
        }
        by_key = {
            key: here[node.id]
            for key, named in nodes.items()
            for node in named
            if node.id in here and here[node.id].node == node
        }
        return Known(by_key, {key: place for key, place in here.items() if _is_objective(place)})


def _nodes_named(table: Table, ledger: Ledger) -> dict[str, Sequence[Node]]:
    """What the ids and parents of a file may stand for: what an import made under this key, or a
    thing made by hand, which goes by its own id.
    """
    keys = {
        key
        for record in table.records
        for key in (record.cells["id"], record.cells.get("parent_id", ""))
        if key
    }
    named: dict[str, Sequence[Node]] = {}
    for key in keys:
        node = ledger.nodes.get(key)
        if node is not None:
            named[key] = (node,)
        elif (node_id := _uuid(key)) is not None:
            named[key] = (Node(type="objective", id=node_id), Node(type="key_result", id=node_id))
    return named


def _uuid(key: str) -> UUID | None:
    try:
        node_id = UUID(key)
    except ValueError:
        return None
    return node_id if str(node_id) == key else None


def _new_ids(count: int) -> Sequence[UUID]:
    # Ids of one millisecond have no order of their own; boards show things in that of their ids.
    return sorted(new_id() for _ in range(count))


def _places(
    category: Literal["objective", "key_result"], loaded: Mapping[UUID, Loaded[Any]]
) -> dict[UUID, Place]:
    return {
        key: Place(Node(type=category, id=key), one.state, one.version, one.last_at)
        for key, one in loaded.items()
        if one.version
    }


def _is_objective(place: Place) -> bool:
    return place.node.type == "objective"


def _waits_for_activation(plan: Plan, cycle: Cycle, now: datetime) -> bool:
    """Results of a cycle that has begun, though nobody activated it: a past quarter, mostly."""
    return (
        isinstance(cycle, Planning)
        and cycle.facts.course.starts_at <= now
        and any(isinstance(one.reason, CycleNotActive) for one in plan.rejected)
    )


def _active(cycle: Cycle, activation: Iterable[CycleEvent]) -> Cycle:
    for event in activation:
        state = CYCLE.evolve(cycle, event)
        if isinstance(state, NoCycle):
            raise TypeError("an activated cycle is a cycle")
        cycle = state
    return cycle


def _with_activation(plan: Plan) -> Plan:
    note = Note("cycle-activated", "results are stated, so the cycle that has begun is activated")
    return plan.noting(note)


def _done(plan: Plan, import_id: UUID, cycle: Cycle, file: ImportFile) -> ImportDone:
    return ImportDone(
        import_id=import_id,
        cycle_id=cycle.facts.cycle_id,
        reopened=cycle.facts.reopened,
        digest=file.digest,
        rows=plan.rows,
        rejected=len(plan.rejected),
        created=plan.created,
        updated=plan.updated,
        keys=plan.keys,
    )


def _write(place: Place) -> StreamWrite:
    loaded = Loaded(_stream(place), place.state, place.version)
    writes = (stream_write(loaded, [dated.event], dated.at) for dated in place.planned)
    events = tuple(event for write in writes for event in write.events)
    return StreamWrite(loaded.stream, place.version, events)


def _guard(place: Place) -> StreamWrite:
    return StreamWrite(_stream(place), place.version, ())


def _stream(place: Place) -> str:
    return stream_id(place.node.type, place.node.id)
