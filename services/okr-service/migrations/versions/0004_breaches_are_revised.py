"""Breaches of KPIs that late readings changed: what was told before counts no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "kpi_breaches", sa.Column("place", sa.Integer, nullable=False, server_default="0")
    )
    for name in ("revises", "withdrawn"):
        op.add_column(
            "kpi_breaches", sa.Column(name, sa.Boolean, nullable=False, server_default="false")
        )
    op.drop_constraint("kpi_breaches_pkey", "kpi_breaches")
    op.create_primary_key(
        "kpi_breaches_pkey", "kpi_breaches", ["tenant", "kpi_id", "seq", "place"]
    )
    op.create_index(
        "kpi_breaches_revised",
        "kpi_breaches",
        ["tenant", "breach_id", "seq"],
        postgresql_where=sa.text("revises"),
    )


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
