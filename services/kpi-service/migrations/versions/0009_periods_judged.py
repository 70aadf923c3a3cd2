"""What judging by period needs."""

import os

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PERIODS = (
    # Up to when periods are over and judged, and how they were cut then.
    "ALTER TABLE kpi_state ADD COLUMN over_until timestamptz, ADD COLUMN cut_by text",
    # When the period ends that a KPI's readings lie in, where its end is to be judged.
    """
CREATE TABLE period_timers (
    tenant  text        NOT NULL,
    kpi_id  uuid        NOT NULL,
    ends_at timestamptz NOT NULL,
    due_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, kpi_id)
) WITH (fillfactor = 70)
""",
    "CREATE INDEX period_timers_due ON period_timers (due_at)",
)

GRANTS: tuple[str, ...] = ("GRANT SELECT, INSERT, UPDATE, DELETE ON period_timers TO {app}",)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    for statement in PERIODS:
        op.get_bind().exec_driver_sql(statement)
    for statement in GRANTS:
        op.execute(statement.format(app=app))


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
