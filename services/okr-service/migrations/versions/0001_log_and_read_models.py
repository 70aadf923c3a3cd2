"""The log, the pipeline, and what lists and boards are read from."""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op
from helmlog_events.pipeline.schema import create_pipeline
from helmlog_events.store.postgres.schema import create_log

revision = "0001"
down_revision = None

APP = os.environ.get("HELMLOG_APP_ROLE", "helmlog_okr_app")
AUDITOR = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")


def upgrade() -> None:
    create_log(op, app=APP, auditor=AUDITOR)  # type: ignore[arg-type]  # a module in its place
    create_pipeline(op, app=APP, auditor=AUDITOR)  # type: ignore[arg-type]
    for table in (
        _create_cycles(),
        _create_cycle_steps(),
        _create_objectives(),
        _create_objective_steps(),
        _create_key_results(),
        _create_key_result_updates(),
        _create_check_ins(),
        _create_kpi_values(),
    ):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.name} TO {APP}")


def _facts() -> list[sa.Column[object]]:
    return [
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _create_cycles() -> sa.Table:
    return op.create_table(
        "cycles",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        *_facts(),
    )


def _create_cycle_steps() -> sa.Table:
    return op.create_table(
        "cycle_steps",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reopened", sa.Boolean, nullable=False),
        *_facts(),
    )


def _create_objectives() -> sa.Table:
    table = op.create_table(
        "objectives",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("objective_id", sa.Uuid, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("owner", sa.Text),
        *_facts(),
    )
    op.create_index("objectives_by_cycle", "objectives", ["tenant", "cycle_id", "objective_id"])
    return table


def _create_objective_steps() -> sa.Table:
    return op.create_table(
        "objective_steps",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("objective_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, comment="none where the event changed no state"),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("grade", sa.Numeric),
        *_facts(),
    )


def _create_key_results() -> sa.Table:
    table = op.create_table(
        "key_results",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
        sa.Column("objective_id", sa.Uuid, nullable=False),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("baseline", sa.Numeric),
        sa.Column("target", sa.Numeric),
        sa.Column("lower", sa.Numeric),
        sa.Column("upper", sa.Numeric),
        sa.Column("milestones", sa.JSON, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("rate", sa.Text),
        sa.Column("weight", sa.Numeric, nullable=False),
        sa.Column("kpi_id", sa.Uuid),
        sa.Column("owner", sa.Text),
        *_facts(),
    )
    op.create_index(
        "key_results_by_objective", "key_results", ["tenant", "objective_id", "key_result_id"]
    )
    op.create_index("key_results_by_kpi", "key_results", ["tenant", "kpi_id"])
    return table


def _create_key_result_updates() -> sa.Table:
    table = op.create_table(
        "key_result_updates",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("value", sa.Numeric),
        sa.Column("done", sa.JSON, nullable=False),
        sa.Column("progress", sa.Numeric, nullable=False),
        sa.Column("progress_raw", sa.Numeric, nullable=False),
        sa.Column("confidence", sa.Integer),
        sa.Column("override", sa.Text),
        *_facts(),
    )
    op.create_index(
        "key_result_updates_newest",
        "key_result_updates",
        ["tenant", "key_result_id", sa.text("occurred_at DESC"), sa.text("version DESC")],
    )
    return table


def _create_check_ins() -> sa.Table:
    return op.create_table(
        "check_ins",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key_result_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("check_in_id", sa.Uuid, nullable=False),
        sa.Column("value", sa.Numeric),
        sa.Column("done", sa.JSON, nullable=False),
        sa.Column("confidence", sa.Integer),
        sa.Column("narrative", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("status_reason", sa.Text),
        sa.Column("correction_reason", sa.Text),
        sa.Column("after_reopening", sa.Boolean, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *_facts(),
    )


def _create_kpi_values() -> sa.Table:
    return op.create_table(
        "kpi_values",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("value", sa.Numeric, nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
