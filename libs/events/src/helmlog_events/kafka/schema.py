"""Where relay and consumers stand, kept in the service's own database."""

from __future__ import annotations

from typing import Final

LOG_ROW: Final = -1
"""The `partition` of the row that says up to which seq the log is published."""

RELAY_TABLES: Final = (
    """
CREATE TABLE relay_positions (
    topic       text   NOT NULL,
    partition   int    NOT NULL,  -- -1: the log as a whole
    last_offset bigint NOT NULL,  -- of the last acknowledged record; -1 in the log's row
    last_seq    bigint NOT NULL,
    PRIMARY KEY (topic, partition)
)
""",
)

CONSUMER_TABLES: Final = (
    """
CREATE TABLE consumer_positions (
    consumer    text   NOT NULL,
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    epoch       bigint NOT NULL,  -- moves with every claim: who holds an older one can't write
    next_offset bigint NOT NULL,
    last_event  uuid,             -- identifies the record at next_offset - 1
    PRIMARY KEY (consumer, topic, partition)
)
""",
)
