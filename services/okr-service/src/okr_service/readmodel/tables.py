"""What lists and boards are read from.

A board is the fold of its cycle's events: `cycle_entries` says where in the log they stand, so that
any past moment costs the size of the cycle and is folded like the present one. Values are many and
only the newest counts, so `key_result_updates` keeps them apart.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()


def _facts() -> list[Column[object]]:
    """Where the fact stands in the log, and since when it was true."""
    return [
        Column("seq", BigInteger, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
    ]


cycle_entries = Table(
    "cycle_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("category", Text, nullable=False, comment="what kind of stream it stands in"),
    Column("id", Uuid, nullable=False, comment="of the stream"),
    Column("type", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Index("cycle_entries_by_cycle", "tenant", "cycle_id", "seq"),
    Index("cycle_entries_by_stream", "tenant", "id", "seq"),
    Index("cycle_entries_by_category", "tenant", "category", "seq"),
)

cycles = Table(
    "cycles",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    *_facts(),
)

key_result_updates = Table(
    "key_result_updates",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("value", Numeric),
    Column("done", JSON, nullable=False),
    Column("progress", Numeric, nullable=False),
    Column("progress_raw", Numeric, nullable=False),
    Column("expected_progress", Numeric, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_rule", Text, nullable=False),
    Column("cause", Text, nullable=False),
    *_facts(),
    Index("key_result_updates_by_cycle", "tenant", "cycle_id", "seq"),
)
Index(
    "key_result_updates_newest",
    key_result_updates.c.tenant,
    key_result_updates.c.key_result_id,
    key_result_updates.c.occurred_at.desc(),
    key_result_updates.c.version.desc(),
)

kpi_bindings = Table(
    "kpi_bindings",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("place", Integer, primary_key=True, comment="0: moved by it; then its guardrails"),
    Column("cycle_id", Uuid, nullable=False),
    Column("kpi_id", Uuid, comment="none where no KPI moves it"),
    Column("relative", Boolean, nullable=False, comment="its target is a change of the KPI"),
    Index("kpi_bindings_by_kpi", "tenant", "kpi_id"),
    Index("kpi_bindings_by_cycle", "tenant", "cycle_id"),
)

kpi_values = Table(
    "kpi_values",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, comment="in the log of KPIs"),
    Column("value", Numeric, nullable=False),
    Column("observed_at", DateTime(timezone=True), nullable=False),
)
Index(
    "kpi_values_newest",
    kpi_values.c.tenant,
    kpi_values.c.kpi_id,
    kpi_values.c.observed_at.desc(),
    kpi_values.c.seq.desc(),
)

kpi_breaches = Table(
    "kpi_breaches",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, comment="in the log of KPIs"),
    Column("breach_id", Uuid, nullable=False),
    Column("severity", Text, comment="none: recovered"),
    Column("observed_at", DateTime(timezone=True), nullable=False),
)
Index(
    "kpi_breaches_newest",
    kpi_breaches.c.tenant,
    kpi_breaches.c.kpi_id,
    kpi_breaches.c.observed_at.desc(),
    kpi_breaches.c.seq.desc(),
)
