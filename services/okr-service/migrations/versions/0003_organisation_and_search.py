"""What comments are about, and the words that are searched for.

The new tables are filled from the log once the migration is done.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0003"
down_revision = "0002"

APP = os.environ.get("HELMLOG_APP_ROLE", "helmlog_okr_app")

# Angle brackets would make PostgreSQL take what is between them for markup, without words.
# Each word as it is written and as English bends it: "harbours" is found by "harbour", and "IT"
# although English has no use for "it". The tenant is a word too, with a blank in it, which no text
# and no query can make: the index then finds the words of one tenant, not of all.
DOCUMENT = (
    "array_to_tsvector(ARRAY['tenant ' || tenant])"
    " || setweight(to_tsvector('pg_catalog.simple', translate(title, '<>', '  ')), 'A')"
    " || setweight(to_tsvector('pg_catalog.english', translate(title, '<>', '  ')), 'A')"
    " || setweight(to_tsvector('pg_catalog.simple',"
    " translate(left(body, 100000), '<>', '  ')), 'B')"
    " || setweight(to_tsvector('pg_catalog.english',"
    " translate(left(body, 100000), '<>', '  ')), 'B')"
)


def upgrade() -> None:
    for created in (_create_comments_by_subject(), _create_search_texts()):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {created.name} TO {APP}")


def _create_comments_by_subject() -> sa.Table:
    return op.create_table(
        "comments_by_subject",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("subject_type", sa.Text, primary_key=True),
        sa.Column("subject_id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("comment_id", sa.Uuid, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_search_texts() -> sa.Table:
    table = op.create_table(
        "search_texts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("cycle_id", sa.Uuid, nullable=False),
        sa.Column("about_type", sa.Text, nullable=False, comment="what it belongs to"),
        sa.Column("about_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("document", TSVECTOR, sa.Computed(DOCUMENT, persisted=True), nullable=False,
            comment="words as written and as English bends them, and the tenant",
        ),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "search_texts_by_document", "search_texts", ["document"], postgresql_using="gin"
    )
    return table
