from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

metadata = MetaData()

kpis = Table(
    "kpis",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("slug", Text(collation="C"), nullable=False),
    Column("name", Text, nullable=False),
    # Lists are sorted and searched by it, alike here and where they are told as of a moment.
    Column("folded_name", Text(collation="C"), nullable=False),
    Column("type", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("owner", Text),
    Column("org_unit", Text),
    Column("key", Boolean, nullable=False),
    Column("parent_id", Uuid),
    Column("template", Text),
    Column("derived", Boolean, nullable=False),
    # [type, schema version, data, occurred_at, seq] of the events that define it: lists fold them
    # as the log would, to any moment.
    Column("events", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("tenant", "slug"),
    Index("kpis_by_name", "tenant", "folded_name", "kpi_id"),
    Index("kpis_by_parent", "tenant", "parent_id"),
)

imports = Table(
    "imports",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("import_id", Uuid, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("imports_in_order", "tenant", "seq"),
)

formula_inputs = Table(
    "formula_inputs",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("input_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("effective_from", DateTime(timezone=True), primary_key=True),
    Index("formula_inputs_of_kpi", "tenant", "kpi_id", "effective_from"),
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

# Where to find a breach, or a silence of the source, as it stands by now.
breach_heads = Table(
    "breach_heads",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("breach_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    # As it was first told: the order of lists, which no revision changes.
    Column("opened_at", DateTime(timezone=True), nullable=False),
    # The earliest opening that was ever told.
    Column("earliest_at", DateTime(timezone=True), nullable=False),
    Column("announced_at", DateTime(timezone=True), nullable=False),
    # When something was last told of it, other than what people did.
    Column("told_at", DateTime(timezone=True), nullable=False),
    # As it is known now.
    Column("recovered_at", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("severity", Text),
    Column("merged_into", Uuid),
    Index("breach_heads_in_order", "tenant", "opened_at", "breach_id"),
    Index("breach_heads_of_kpi", "tenant", "kpi_id", "opened_at", "breach_id"),
    Index(
        "breach_heads_open",
        "tenant",
        "opened_at",
        "breach_id",
        postgresql_where=text("state = 'open'"),
    ),
)

# Which entries of the log tell of a breach: as of any moment, it is what they say.
breach_entries = Table(
    "breach_entries",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("breach_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("silenced_until", DateTime(timezone=True)),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    # As [type, schema version, data, occurred_at, recorded_at].
    Column("events", JSONB, nullable=False),
    UniqueConstraint("tenant", "name"),
)

# What follows is written by ingestion, not by projections, and read here.
written_elsewhere = MetaData()

kpi_state = Table(
    "kpi_state",
    written_elsewhere,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("value", Numeric),
    Column("observed_at", DateTime(timezone=True)),
    Column("threshold", JSON, nullable=False),
)

# The breaches that were announced and not withdrawn.
breach_episodes = Table(
    "breach_episodes",
    written_elsewhere,
    Column("tenant", Text, primary_key=True),
    Column("breach_id", Uuid, primary_key=True),
    Column("kpi_id", Uuid, nullable=False),
    Column("recovered_at", DateTime(timezone=True)),
)

readings = Table(
    "readings",
    written_elsewhere,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("observed_at", DateTime(timezone=True), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("value", Numeric),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("external_id", Text),
)

unmapped_series = Table(
    "unmapped_series",
    written_elsewhere,
    Column("tenant", Text, primary_key=True),
    Column("source_id", Uuid, primary_key=True),
    Column("series", ARRAY(Text), nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
)
