"""Which events concern what. The events themselves stand in the journal, the pipeline's inbox."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

cycle_events = Table(
    "cycle_events",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("cycle_events_in_order", "tenant", "cycle_id", "recorded_at", "source", "seq"),
)

kpi_events = Table(
    "kpi_events",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("kpi_events_in_order", "tenant", "kpi_id", "recorded_at", "seq"),
)

bound_kpis = Table(
    "bound_kpis",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
)

chain_positions = Table(
    "chain_positions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Not a read model: what the chain checker remembers."""
