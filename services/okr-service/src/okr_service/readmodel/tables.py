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
    Computed,
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
from sqlalchemy.dialects.postgresql import TSVECTOR

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

cycle_timers = Table(
    "cycle_timers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("step", Text, comment="the next one that comes by itself"),
    Column("due_at", DateTime(timezone=True)),
)
Index(
    "cycle_timers_due", cycle_timers.c.due_at, postgresql_where=cycle_timers.c.due_at.is_not(None)
)
Index("cycle_timers_by_state", cycle_timers.c.state, cycle_timers.c.ends_at)

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

imports = Table(
    "imports",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("import_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("created", JSON, nullable=False),
    Column("updated", JSON, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    *_facts(),
    Index("imports_by_cycle", "tenant", "cycle_id", "seq"),
)

kpis = Table(
    "kpis",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="in the log of KPIs"),
    Index("kpis_by_slug", "tenant", "slug", "seq"),
)

contributions = Table(
    "contributions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, comment="in the log of alignment"),
    Column("stands", Boolean, nullable=False, comment="whether it was added or removed"),
    Column("child_id", Uuid, nullable=False),
    Column("parent_type", Text, nullable=False),
    Column("parent_id", Uuid, nullable=False),
    Column("weight", Numeric, comment="none where it was removed"),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
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

comments_by_subject = Table(
    "comments_by_subject",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject_type", Text, primary_key=True),
    Column("subject_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("comment_id", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
)

# A version replaces those before it, so that a past moment finds the words it had.
search_texts = Table(
    "search_texts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("about_type", Text, nullable=False, comment="what it belongs to"),
    Column("about_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column(
        "document",
        TSVECTOR,
        Computed(
            "array_to_tsvector(ARRAY['tenant ' || tenant])"
            " || setweight(to_tsvector('pg_catalog.simple', translate(title, '<>', '  ')), 'A')"
            " || setweight(to_tsvector('pg_catalog.english', translate(title, '<>', '  ')), 'A')"
            " || setweight(to_tsvector('pg_catalog.simple',"
            " translate(left(body, 100000), '<>', '  ')), 'B')"
            " || setweight(to_tsvector('pg_catalog.english',"
            " translate(left(body, 100000), '<>', '  ')), 'B')",
            persisted=True,
        ),
        nullable=False,
        comment="words as written and as English bends them, and the tenant",
    ),
    *_facts(),
    Index("search_texts_by_document", "document", postgresql_using="gin"),
)

kpi_breaches = Table(
    "kpi_breaches",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kpi_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, comment="in the log of KPIs"),
    Column("place", Integer, primary_key=True, comment="among those of one event"),
    Column("breach_id", Uuid, nullable=False),
    Column("severity", Text, comment="none: recovered"),
    Column("observed_at", DateTime(timezone=True), nullable=False),
    Column("revises", Boolean, nullable=False, comment="what was told of the breach before"),
    Column("withdrawn", Boolean, nullable=False, comment="there was no such breach"),
)
Index(
    "kpi_breaches_revised",
    kpi_breaches.c.tenant,
    kpi_breaches.c.breach_id,
    kpi_breaches.c.seq,
    postgresql_where=kpi_breaches.c.revises,
)
Index(
    "kpi_breaches_newest",
    kpi_breaches.c.tenant,
    kpi_breaches.c.kpi_id,
    kpi_breaches.c.observed_at.desc(),
    kpi_breaches.c.seq.desc(),
)
