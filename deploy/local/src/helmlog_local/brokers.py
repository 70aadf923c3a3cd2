"""Which broker it shall be."""

from pathlib import Path
from typing import Literal, get_args

from helmlog_local.apache_kafka import ApacheKafka, fetch_jars
from helmlog_local.broker import Broker, BrokerFailed
from helmlog_local.embedded_broker import EmbeddedBroker

BrokerChoice = Literal["embedded", "apache", "auto"]


def parse_choice(text: str) -> BrokerChoice:
    for choice in get_args(BrokerChoice):
        if text == choice:
            return choice  # type: ignore[no-any-return]  # get_args forgets the types
    raise ValueError(f"HELMLOG_KAFKA is '{text}'; it can be embedded, apache or auto")


def create_broker(
    choice: BrokerChoice,
    data_dir: Path,
    cache: Path,
    port: int | None = None,
    *,
    log_file: Path | None = None,
) -> tuple[Broker, str | None]:
    """The broker, not yet started, and why it is not the better one where `auto` fell back.

    Raises BrokerFailed when Apache Kafka was asked for and can't be had.
    """
    # Each broker has its own folder: neither reads what the other wrote.
    if choice == "embedded":
        return EmbeddedBroker(data_dir / "embedded", port, log_file=log_file), None
    try:
        fetch_jars(ApacheKafka.jars_in(cache))
    except BrokerFailed as reason:
        if choice == "apache":
            raise
        return EmbeddedBroker(data_dir / "embedded", port, log_file=log_file), str(reason)
    return ApacheKafka(data_dir / "apache", cache, port, log_file=log_file), None
