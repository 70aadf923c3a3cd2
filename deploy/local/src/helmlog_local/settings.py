"""What the environment may change about the local stack."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helmlog_local.brokers import BrokerChoice, parse_choice
from helmlog_local.paths import cache_folder, data_folder
from helmlog_local.services import SERVICES
from helmlog_local.supervisor import CRASHES_ALLOWED

WORKER_PORT_OFFSET = 100


@dataclass(frozen=True, slots=True)
class Port:
    number: int
    what: str
    variable: str


@dataclass(frozen=True, slots=True)
class StackSettings:
    data_dir: Path
    cache_dir: Path
    kafka: BrokerChoice
    postgres_port: int
    kafka_port: int
    gateway_port: int
    service_ports: Mapping[str, int]  # by the services' short names
    crashes_allowed: int = CRASHES_ALLOWED  # of one program, within a minute

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def issuer_folder(self) -> Path:
        return self.data_dir / "issuer"

    def all_ports(self) -> list[Port]:
        """Every port the stack listens on, and the variable that moves it."""
        ports = [
            Port(self.postgres_port, "PostgreSQL", "HELMLOG_POSTGRES_PORT"),
            Port(self.kafka_port, "Kafka", "HELMLOG_KAFKA_PORT"),
            Port(self.gateway_port, "gateway", "HELMLOG_GATEWAY_PORT"),
        ]
        for service in SERVICES:
            port = self.service_ports[service.name]
            worker = f"{service.name}-worker, the service's port + {WORKER_PORT_OFFSET}"
            ports.append(Port(port, service.full_name, service.port_variable))
            ports.append(Port(port + WORKER_PORT_OFFSET, worker, service.port_variable))
        return ports


def load_settings() -> StackSettings:
    """From the environment; raises ValueError naming the variable that makes no sense."""
    return StackSettings(
        data_dir=data_folder(),
        cache_dir=cache_folder(),
        kafka=parse_choice(os.environ.get("HELMLOG_KAFKA") or "embedded"),
        postgres_port=_port("HELMLOG_POSTGRES_PORT", 8432),
        kafka_port=_port("HELMLOG_KAFKA_PORT", 8092),
        gateway_port=_port("HELMLOG_GATEWAY_PORT", 8000),
        service_ports={s.name: _port(s.port_variable, s.default_port) for s in SERVICES},
        crashes_allowed=_count("HELMLOG_CRASHES_ALLOWED", CRASHES_ALLOWED),
    )


def _count(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdigit() or int(text) == 0:
        raise ValueError(f"{variable} is '{text}'; it must be a number from 1 on")
    return int(text)


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    highest = 65535 - WORKER_PORT_OFFSET
    if not text.isdigit() or not 0 < int(text) <= highest:
        raise ValueError(f"{variable} is '{text}'; it must be a port from 1 to {highest}")
    return int(text)
