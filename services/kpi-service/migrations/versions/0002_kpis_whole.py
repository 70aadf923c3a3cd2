"""What the whole life of a KPI needs: values that are withdrawn, and tables named below."""

import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

READINGS = (
    # Only a formula takes back the value of an instant: an upstream system corrects it.
    "ALTER TABLE readings ALTER COLUMN value DROP NOT NULL",
    "ALTER TABLE readings ADD CONSTRAINT only_formulas_withdraw"
    " CHECK (value IS NOT NULL OR source = 'formula')",
    # The few instants that were corrected: reads of many readings look there for what not to count.
    "CREATE INDEX readings_corrections ON readings (tenant, kpi_id, observed_at)"
    " WHERE revision > 1",
)

FORMULAS = (
    # Which periods of derived KPIs are to be computed, from when on. `noted` is the seq of the
    # event that last said so, and tells whether one came while they were computed. Lost, it could
    # be made again from the readings: it is no history.
    """
CREATE TABLE derived_due (
    tenant    text        NOT NULL,
    kpi_id    uuid        NOT NULL,
    starts_at timestamptz NOT NULL,
    due_at    timestamptz NOT NULL,
    noted     bigint      NOT NULL,
    PRIMARY KEY (tenant, kpi_id, starts_at)
) WITH (fillfactor = 70)
""",
    "CREATE INDEX derived_due_at ON derived_due (due_at)",
    # Spans of time in which periods are yet to be found: those with readings of the batch, if one
    # is named, else with any.
    """
CREATE TABLE derived_ranges (
    tenant   text        NOT NULL,
    kpi_id   uuid        NOT NULL,
    noted    bigint      NOT NULL,
    since    timestamptz NOT NULL,
    before   timestamptz NOT NULL,
    batch_id uuid,
    due_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant, kpi_id, noted)
)
""",
    # The periods that have no value, with the reason that was last told.
    """
CREATE TABLE derived_undefined (
    tenant    text        NOT NULL,
    kpi_id    uuid        NOT NULL,
    starts_at timestamptz NOT NULL,
    reason    text        NOT NULL,
    PRIMARY KEY (tenant, kpi_id, starts_at)
)
""",
)

GRANTS: tuple[str, ...] = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON derived_due, derived_ranges, derived_undefined,"
    " formula_inputs TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON fiscal_calendars TO {app}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    auditor = os.environ.get("HELMLOG_AUDITOR_ROLE", "helmlog_auditor")
    for statement in (*READINGS, *FORMULAS):
        op.get_bind().exec_driver_sql(statement)
    _create_formula_inputs()
    _create_fiscal_calendars()
    for statement in GRANTS:
        op.execute(statement.format(app=app, auditor=auditor))


def _create_formula_inputs() -> None:
    op.create_table(
        "formula_inputs",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("input_id", sa.Uuid, primary_key=True),
        sa.Column("kpi_id", sa.Uuid, primary_key=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), primary_key=True),
    )
    op.create_index(
        "formula_inputs_of_kpi", "formula_inputs", ["tenant", "kpi_id", "effective_from"]
    )


def _create_fiscal_calendars() -> None:
    op.create_table(
        "fiscal_calendars",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("pattern", sa.Text, nullable=False),
        sa.Column("first_month", sa.Integer, nullable=False),
        sa.Column("named_by", sa.Text, nullable=False),
        sa.Column("ends_on_weekday", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
