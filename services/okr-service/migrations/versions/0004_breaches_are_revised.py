"""Breaches of KPIs that late readings changed: what was told before counts no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add("place", sa.Integer, "0", "among those of one event")
    _add("revises", sa.Boolean, "false", "what was told of the breach before")
    _add("withdrawn", sa.Boolean, "false", "there was no such breach")
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


def _add(name: str, kind: type[sa.types.TypeEngine[object]], default: str, comment: str) -> None:
    column = sa.Column(name, kind, nullable=False, server_default=default, comment=comment)
    op.add_column("kpi_breaches", column)


def downgrade() -> None:
    raise NotImplementedError("what is recorded stays")
