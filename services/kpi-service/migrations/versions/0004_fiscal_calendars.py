"""Fiscal calendars, as okr-service tells of them."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GRANTS: tuple[str, ...] = ("GRANT SELECT, INSERT, UPDATE, DELETE ON fiscal_calendars TO {app}",)


def upgrade() -> None:
    app = os.environ.get("HELMLOG_APP_ROLE", "helmlog_kpi_app")
    _create_fiscal_calendars()
    for statement in GRANTS:
        op.execute(statement.format(app=app))


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
