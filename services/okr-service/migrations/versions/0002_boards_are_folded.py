"""Boards are folded from their cycle's events: the read models say where those stand.

What was read before is dropped, and the new tables are filled from the log when the worker starts.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APP = os.environ.get("HELMLOG_APP_ROLE", "helmlog_okr_app")
OLD = (
    "cycles",
    "cycle_steps",
    "objectives",
    "objective_steps",
    "key_results",
    "key_result_updates",
    "check_ins",
    "kpi_values",
)


def upgrade() -> None:
    for table in OLD:
        op.drop_table(table)
    for created in (
        _create_cycle_entries(),
        _create_cycles(),
        _create_cycle_timers(),
        _create_fiscal_calendars(),
        _create_key_result_updates(),
        _create_kpi_bindings(),
        _create_contributions(),
        _create_kpi_values(),
        _create_imports(),
        _create_kpis(),
        _create_kpi_breaches(),
    ):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {created.name} TO {APP}")


def _facts() -> list[sa.Column[object]]:
    return [
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _create_cycle_entries() -> sa.Table:
    table = op.create_table(
        "cycle_entries",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("category", sa.Text, nullable=False, comment="what kind of stream it stands in"),
        sa.Column("id", sa.Uuid, nullable=False, comment="of the stream"),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("cycle_entries_by_cycle", "cycle_entries", ["tenant", "cycle_id", "seq"])
    op.create_index("cycle_entries_by_stream", "cycle_entries", ["tenant", "id", "seq"])
    op.create_index("cycle_entries_by_category", "cycle_entries", ["tenant", "category", "seq"])
    return table


def _create_cycles() -> sa.Table:
    return op.create_table(
        "cycles",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        *_facts(),
    )


def _create_cycle_timers() -> sa.Table:
    table = op.create_table(
        "cycle_timers",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text, comment="the next one that comes by itself"),
        sa.Column("due_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "cycle_timers_due",
        "cycle_timers",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("cycle_timers_by_state", "cycle_timers", ["state", "ends_at"])
    return table


def _create_fiscal_calendars() -> sa.Table:
    return op.create_table(
        "fiscal_calendars",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("pattern", sa.Text, nullable=False),
        sa.Column("first_month", sa.Integer, nullable=False),
        sa.Column("named_by", sa.Text, nullable=False),
        sa.Column("ends_on_weekday", sa.Text),
        *_facts(),
    )


def _create_key_result_updates() -> sa.Table:
    table = op.create_table(
        "key_result_updates",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("value", sa.Numeric),
        sa.Column("done", sa.JSON, nullable=False),
        sa.Column("progress", sa.Numeric, nullable=False),
        sa.Column("progress_raw", sa.Numeric, nullable=False),
        sa.Column("expected_progress", sa.Numeric, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_rule", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        *_facts(),
    )
    op.create_index(
        "key_result_updates_newest",
        "key_result_updates",
        ["tenant", "key_result_id", sa.text("occurred_at DESC"), sa.text("version DESC")],
    )
    op.create_index(
        "key_result_updates_by_cycle", "key_result_updates", ["tenant", "cycle_id", "seq"]
    )
    return table


def _create_kpi_bindings() -> sa.Table:
    table = op.create_table(
        "kpi_bindings",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column(
            "place",
            sa.Integer,
            primary_key=True,
            comment="0: moved by it; then its guardrails",
        ),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("kpi_id", sa.Uuid, comment="none where no KPI moves it"),
        sa.Column(
            "relative", sa.Boolean, nullable=False, comment="its target is a change of the KPI"
        ),
    )
    op.create_index("kpi_bindings_by_kpi", "kpi_bindings", ["tenant", "kpi_id"])
    op.create_index("kpi_bindings_by_cycle", "kpi_bindings", ["tenant", "cycle_id"])
    return table


def _create_contributions() -> sa.Table:
    return op.create_table(
        "contributions",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column(
            "seq", sa.BigInteger, primary_key=True, comment="in the log of alignment"
        ),
        sa.Column(
            "stands", sa.Boolean, nullable=False, comment="whether it was added or removed"
        ),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("parent_type", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Uuid, nullable=False),
        sa.Column("weight", sa.Numeric, comment="none where it was removed"),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_kpi_values() -> sa.Table:
    table = op.create_table(
        "kpi_values",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, comment="in the log of KPIs"),
        sa.Column("value", sa.Numeric, nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "kpi_values_newest",
        "kpi_values",
        ["tenant", "kpi_id", sa.text("observed_at DESC"), sa.text("seq DESC")],
    )
    return table


def _create_imports() -> sa.Table:
    table = op.create_table(
        "imports",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("created", sa.JSON, nullable=False),
        sa.Column("updated", sa.JSON, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *_facts(),
    )
    op.create_index("imports_by_cycle", "imports", ["tenant", "cycle_id", "seq"])
    return table


def _create_kpis() -> sa.Table:
    table = op.create_table(
        "kpis",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="in the log of KPIs"),
    )
    op.create_index("kpis_by_slug", "kpis", ["tenant", "slug", "seq"])
    return table


def _create_kpi_breaches() -> sa.Table:
    table = op.create_table(
        "kpi_breaches",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, comment="in the log of KPIs"),
        sa.Column("breach_id", sa.Uuid, nullable=False),
        sa.Column("severity", sa.Text, comment="none: recovered"),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "kpi_breaches_newest",
        "kpi_breaches",
        ["tenant", "kpi_id", sa.text("observed_at DESC"), sa.text("seq DESC")],
    )
    return table
