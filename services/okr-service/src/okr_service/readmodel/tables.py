"""What lists and boards are read from. Rows are facts with both their times, so that any past
moment is read like the present one; only `kpi_values` is overwritten.
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


cycles = Table(
    "cycles",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("timezone", Text, nullable=False),
    *_facts(),
)

cycle_steps = Table(
    "cycle_steps",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reopened", Boolean, nullable=False),
    *_facts(),
)

objectives = Table(
    "objectives",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("objective_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("team", Text),
    Column("owner", Text),
    *_facts(),
    Index("objectives_by_cycle", "tenant", "cycle_id", "objective_id"),
)

objective_steps = Table(
    "objective_steps",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("objective_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, comment="none where the event changed no state"),
    Column("outcome", Text),
    Column("reason", Text),
    Column("grade", Numeric),
    *_facts(),
)

key_results = Table(
    "key_results",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
    Column("objective_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("baseline", Numeric),
    Column("target", Numeric),
    Column("lower", Numeric),
    Column("upper", Numeric),
    Column("milestones", JSON, nullable=False),
    Column("unit", Text),
    Column("rate", Text),
    Column("weight", Numeric, nullable=False),
    Column("kpi_id", Uuid),
    Column("owner", Text),
    *_facts(),
    Index("key_results_by_objective", "tenant", "objective_id", "key_result_id"),
    Index("key_results_by_kpi", "tenant", "kpi_id"),
)

key_result_updates = Table(
    "key_result_updates",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("value", Numeric),
    Column("done", JSON, nullable=False),
    Column("progress", Numeric, nullable=False),
    Column("progress_raw", Numeric, nullable=False),
    Column("confidence", Integer),
    Column("override", Text),
    *_facts(),
)
Index(
    "key_result_updates_newest",
    key_result_updates.c.tenant,
    key_result_updates.c.key_result_id,
    key_result_updates.c.occurred_at.desc(),
    key_result_updates.c.version.desc(),
)

check_ins = Table(
    "check_ins",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key_result_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("check_in_id", Uuid, nullable=False),
    Column("value", Numeric),
    Column("done", JSON, nullable=False),
    Column("confidence", Integer),
    Column("narrative", Text),
    Column("status", Text),
    Column("status_reason", Text),
    Column("correction_reason", Text),
    Column("after_reopening", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    *_facts(),
)

kpi_values = Table(
    "kpi_values",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("value", Numeric, nullable=False),
    Column("observed_at", DateTime(timezone=True), nullable=False),
    Column("seq", BigInteger, nullable=False),
)
