from __future__ import annotations

from prometheus_client import Counter, Gauge

PUBLISHED = Counter("helmlog_relay_published", "Entries acknowledged by the broker.", ["topic"])
REPUBLISHED = Counter(
    "helmlog_relay_republished", "Entries sent again because the broker had lost them.", ["topic"]
)
RELAY_LAG = Gauge("helmlog_relay_lag_entries", "Entries of the log not yet published.", ["topic"])
RELAY_LEADER = Gauge("helmlog_relay_leader", "1 where this process publishes the log.", ["topic"])

CONSUMED = Counter("helmlog_consumer_messages", "Messages handled.", ["consumer", "topic"])
CONSUMER_LAG = Gauge(
    "helmlog_consumer_lag_messages",
    "Messages not yet handled, of the partitions this process holds.",
    ["consumer", "topic"],
)
CONSUMER_PARTITIONS = Gauge(
    "helmlog_consumer_partitions", "Partitions this process holds.", ["consumer", "topic"]
)
EXPIRED = Counter(
    "helmlog_consumer_expired_messages",
    "Messages the broker's retention removed before they were handled.",
    ["consumer", "topic"],
)
STARTED_OVER = Counter(
    "helmlog_consumer_started_over",
    "Partitions read again from their start, because the broker had lost or replaced records.",
    ["consumer", "topic"],
)
BUFFERED = Gauge(
    "helmlog_consumer_buffered_messages",
    "Messages fetched that wait for their handler.",
    ["consumer", "topic"],
)
BUFFERED_BYTES = Gauge(
    "helmlog_consumer_buffered_bytes",
    "Bytes of the messages fetched that wait for their handler.",
    ["consumer", "topic"],
)
PAUSED = Counter(
    "helmlog_consumer_paused",
    "Times a partition was not fetched from on, until its handler had caught up.",
    ["consumer", "topic"],
)
