"""What taking readings in needs to hold its KPIs in one round trip, and to leave no bloat."""

import os

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

HOLDING = (
    """
CREATE FUNCTION hold_kpi_states(of_tenant text, kpi_ids uuid[]) RETURNS SETOF kpi_state
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
-- The rows are made and held in the order of ids, all made before any is held: so two batches never
-- wait for each other. OFFSET 0 keeps it a look at each of them: as a join, it may read all the
-- states of a tenant.
BEGIN
    INSERT INTO kpi_state (tenant, kpi_id)
        SELECT of_tenant, wanted FROM unnest(kpi_ids) AS wanted
        WHERE NOT EXISTS
            (SELECT FROM kpi_state WHERE tenant = of_tenant AND kpi_id = wanted OFFSET 0)
        ORDER BY wanted ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT * FROM kpi_state WHERE tenant = of_tenant AND kpi_id = ANY(kpi_ids)
        ORDER BY kpi_id FOR UPDATE;
END
$$
""",
    # Rows that every batch writes anew: with room beside them, what they were is tidied at once.
    "ALTER TABLE kpi_state SET (fillfactor = 50)",
    "ALTER TABLE reading_sources SET (fillfactor = 50)",
)

GRANTS: tuple[str, ...] = (
    "REVOKE ALL ON FUNCTION hold_kpi_states FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION hold_kpi_states TO {app}",
)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    for statement in HOLDING:
        op.get_bind().exec_driver_sql(statement)
    for statement in GRANTS:
        op.execute(statement.format(app=app))


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
