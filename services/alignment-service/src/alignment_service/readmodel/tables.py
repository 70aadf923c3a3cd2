"""What the alignment API reads; every row is made by the events of one stream."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

cycles = Table(
    "cycles",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
)

objectives = Table(
    "objectives",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("objective_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("team", Text),
    Column("owner", Text),
    Column("closed", Boolean, nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("drafted_under_type", Text),
    Column("drafted_under_id", Uuid),
    Index("objectives_by_cycle", "tenant", "cycle_id"),
    Index("objectives_by_drafted_under", "tenant", "drafted_under_id"),
)

key_results = Table(
    "key_results",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
    Column("objective_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("weight", Numeric, nullable=False),
    Column("kpi_id", Uuid),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False, comment="at its objective"),
    Column("bound_at", DateTime(timezone=True), nullable=False, comment="to its KPI, there"),
    Column("bound_recorded_at", DateTime(timezone=True), nullable=False),
    Column("counted_seq", BigInteger, nullable=False, comment="who said how it counts"),
    Column("cancelled", Boolean, nullable=False),
    Column("progress", Numeric),
    Column("status", Text),
    Column("measured_at", DateTime(timezone=True)),
    Column("measured_seq", BigInteger),
    Index("key_results_by_objective", "tenant", "objective_id"),
    Index("key_results_by_cycle", "tenant", "cycle_id"),
    Index("key_results_by_kpi", "tenant", "kpi_id"),
)

links = Table(
    "links",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("link_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("target_type", Text, nullable=False),
    Column("target_id", Uuid, nullable=False),
    Column("target_objective_id", Uuid, nullable=False),
    Column("weight", Numeric, nullable=False),
    Index("links_by_source", "tenant", "source_id"),
    Index("links_by_target", "tenant", "target_id"),
)

kpi_values = Table(
    "kpi_values",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("last_value_at", DateTime(timezone=True), nullable=False),
)

breaches = Table(
    "breaches",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("breach_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, nullable=False),
    Column("severity", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("breached_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recovered_at", DateTime(timezone=True)),
    Column("recovery_recorded_at", DateTime(timezone=True)),
    Index("breaches_by_kpi", "tenant", "kpi_id"),
)

risks = Table(
    "risks",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("objective_id", Uuid, primary_key=True),
    Column("breach_id", Uuid, primary_key=True),
    Column("key_result_id", Uuid, nullable=False),
    Column("kpi_id", Uuid, nullable=False),
    Column("severity", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("cleared", Boolean, nullable=False),
    Index("risks_by_breach", "tenant", "breach_id"),
)
