"""What derived KPIs are computed by."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

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
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    for statement in FORMULAS:
        op.get_bind().exec_driver_sql(statement)
    _create_formula_inputs()
    for statement in GRANTS:
        op.execute(statement.format(app=app))


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


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
