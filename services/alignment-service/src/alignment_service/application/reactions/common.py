from __future__ import annotations

from helmlog_events.store.postgres.transaction import Transaction

_GRAPH = 7305805412380


async def lock_graph(tx: Transaction) -> None:
    """One batch at a time decides on the graph; to be called before anything is read.

    Batches of different logs run side by side, and neither sees what the other has not committed:
    two halves of one truth (a breach and a binding, two key results of an objective) could each be
    judged without the other. Whoever comes second sees the first's rows.
    """
    await tx.raw.execute("SELECT pg_advisory_xact_lock($1)", _GRAPH)
