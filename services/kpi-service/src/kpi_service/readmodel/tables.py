from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

metadata = MetaData()

kpis = Table(
    "kpis",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("owner", Text),
    Column("key", Boolean, nullable=False),
    # The definition's events as [type, schema version, data]: the list folds them as the log would.
    Column("events", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("tenant", "slug"),
)

breaches = Table(
    "breaches",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("breach_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("announced_at", DateTime(timezone=True), nullable=False),
    Column("trigger", JSONB, nullable=False),
    # [severity, observed_at, recorded_at], one a change: enough to tell any moment's severity.
    Column("severities", JSONB, nullable=False),
    Column("readings", Integer, nullable=False),
    Column("recovered_at", DateTime(timezone=True)),
    Column("recovery_known_at", DateTime(timezone=True)),
    Index("breaches_of_kpi", "tenant", "kpi_id", "opened_at", "breach_id"),
)

formula_inputs = Table(
    "formula_inputs",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("input_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("effective_from", DateTime(timezone=True), primary_key=True),
)

# As okr-service tells of them; a version each time one is defined anew.
fiscal_calendars = Table(
    "fiscal_calendars",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("first_month", Integer, nullable=False),
    Column("named_by", Text, nullable=False),
    Column("ends_on_weekday", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

# What follows is written by ingestion, not by projections, and read here.
_written_elsewhere = MetaData()

kpi_state = Table(
    "kpi_state",
    _written_elsewhere,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("value", Numeric),
    Column("observed_at", DateTime(timezone=True)),
    Column("threshold", JSON, nullable=False),
)

readings = Table(
    "readings",
    _written_elsewhere,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("observed_at", DateTime(timezone=True), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("value", Numeric, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("external_id", Text),
)
