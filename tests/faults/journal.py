"""What the clients were told: their own record, to hold against the logs afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tests.support.stack import TENANT


class Acknowledged(NamedTuple):
    """A command that was answered with success. `thing` and `version` as the answer had them."""

    service: str
    key: str
    path: str
    thing: str | None
    version: int | None
    seq: int


class Reading(NamedTuple):
    kpi_id: str
    source: str
    observed_at: datetime


@dataclass(slots=True)
class Journal:
    tenant: str = TENANT
    commands: list[Acknowledged] = field(default_factory=list)
    readings: set[Reading] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    """Keys of commands, where a client gave up: they may stand, once, or not at all."""
    offered: set[Reading] = field(default_factory=set)
    """Readings that were sent, acknowledged or not."""
    tries_again: int = 0
    """How often a client had to ask again because of no answer, or one from 500 on."""
    errors: list[str] = field(default_factory=list)
    """Answers that blame the service itself; one that is merely away says so with 503."""

    def of(self, service: str) -> list[Acknowledged]:
        return [command for command in self.commands if command.service == service]

    def __str__(self) -> str:
        return (
            f"{len(self.commands)} commands acknowledged, {self.tries_again} tries repeated,"
            f" {len(self.readings)} readings"
        )
