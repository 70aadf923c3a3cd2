"""The whole of Helmlog on this machine: servers, databases, topics, services, gateway."""

import asyncio
import time
from collections.abc import Callable

from helmlog_local.broker import Broker
from helmlog_local.brokers import create_broker
from helmlog_local.child import ModuleProcess
from helmlog_local.databases import DatabaseUrls, create_databases
from helmlog_local.issuer import AUDIENCE, ISSUER, LocalIssuer
from helmlog_local.postgres import EmbeddedPostgres
from helmlog_local.processes import PortTaken, is_port_taken, last_lines
from helmlog_local.secret_files import write_secret
from helmlog_local.services import HOST, SERVICES, Service
from helmlog_local.settings import WORKER_PORT_OFFSET, StackSettings
from helmlog_local.signals import StopRequested, signals_stop
from helmlog_local.state import StateFolder
from helmlog_local.supervisor import StackFailed, Supervised, Supervisor
from helmlog_local.topics import SMALL, WEEK, create_topics

_MIGRATION_SECONDS = 120.0


def run_stack(settings: StackSettings, say: Callable[[str], None] = print) -> None:
    """Start all, say when it is ready, go on until told to stop, leave nothing behind.

    Raises AlreadyRunning, PortTaken, StackFailed, PostgresFailed or BrokerFailed.
    """
    state = StateFolder(settings.data_dir)
    with state.hold():
        if left := state.end_leftovers():
            say(f"ended what an earlier run had left: {', '.join(left)}")
        stack = _Stack(settings, state, say)
        try:
            with signals_stop():
                stack.start()
                state.set_phase("ready")
                say(describe_stack(settings))
                stack.supervisor.watch()
        except StopRequested:
            say("stopping")
        finally:
            stack.stop()


def postgres_of(settings: StackSettings) -> EmbeddedPostgres:
    return EmbeddedPostgres(
        settings.data_dir / "postgres",
        settings.postgres_port,
        log_file=settings.logs / "postgres.log",
    )


def databases_of(settings: StackSettings, postgres: EmbeddedPostgres) -> dict[str, DatabaseUrls]:
    """The services' databases on the running server, made where they are missing."""
    passwords = settings.data_dir / "database-passwords.json"
    return asyncio.run(create_databases(postgres.superuser_url(), passwords))


def audit_logs(databases: dict[str, DatabaseUrls]) -> str:
    """Where the auditor finds each service's log."""
    return ",".join(f"{name}={urls.auditor}" for name, urls in databases.items())


def describe_stack(settings: StackSettings) -> str:
    """Where everything is, and a token to try it with."""
    lines = ["", "Helmlog is ready.", f"  all     http://{HOST}:{settings.gateway_port}"]
    for service in SERVICES:
        own = f"http://{HOST}:{settings.service_ports[service.name]}"
        lines.append(f"  {service.full_name:<18} {own}/docs")
    token = LocalIssuer(settings.issuer_folder).issue("admin")
    return "\n".join([*lines, f"  logs    {settings.logs}", "", f"TOKEN={token}", ""])


class _Stack:
    def __init__(
        self, settings: StackSettings, state: StateFolder, say: Callable[[str], None]
    ) -> None:
        self.supervisor = Supervisor(
            say, state.record_processes, crashes_allowed=settings.crashes_allowed
        )
        self._settings = settings
        self._say = say
        self._services: list[ModuleProcess] = []

    def start(self) -> None:
        self._clear_logs()
        postgres = postgres_of(self._settings)
        # Before looking at the ports: a killed stack leaves a server on our own.
        postgres.end_leftover()
        for port in self._settings.all_ports():
            if is_port_taken(port.number):
                raise PortTaken(port.number, port.what, port.variable)
        broker = self._start_servers(postgres)
        databases = databases_of(self._settings, postgres)
        asyncio.run(create_topics(broker.bootstrap, WEEK if broker.is_apache else SMALL))
        self._migrate(databases)
        self._say("starting the services")
        for service in SERVICES:
            self._start_service(service, databases, broker.bootstrap)
        self._start_gateway()
        self.supervisor.watch_until_ready()

    def stop(self) -> None:
        self.supervisor.stop(together=[service.ask_to_stop for service in self._services])

    def _clear_logs(self) -> None:
        self._settings.logs.mkdir(parents=True, exist_ok=True)
        for log in self._settings.logs.glob("*.log"):
            if log.name != "stack.log":  # a detached stack is writing to it
                log.unlink()

    def _start_servers(self, postgres: EmbeddedPostgres) -> Broker:
        if self._settings.kafka != "embedded":
            self._say("preparing Apache Kafka (the first time it is downloaded)")
        broker, fallen_back = create_broker(
            self._settings.kafka,
            self._settings.data_dir / "kafka",
            self._settings.cache_dir,
            self._settings.kafka_port,
            log_file=self._settings.logs / "kafka.log",
        )
        for notice in (postgres.notice, fallen_back):
            if notice:
                self._say(notice)
        self._say("starting PostgreSQL")
        self.supervisor.start(Supervised("postgres", postgres))
        self._say(f"starting {broker.kind}")
        self.supervisor.start(Supervised("kafka", broker))
        return broker

    def _migrate(self, databases: dict[str, DatabaseUrls]) -> None:
        self._say("bringing the databases up to date")
        running = {}
        for service in SERVICES:
            migration = ModuleProcess(
                f"{service.module}.migrate",
                {"HELMLOG_MIGRATION_URL": databases[service.name].owner},
                self._settings.logs / f"{service.name}-migrate.log",
            )
            migration.start()
            running[service.full_name] = migration
        deadline = time.monotonic() + _MIGRATION_SECONDS
        for name, migration in running.items():
            code = migration.wait(deadline - time.monotonic())
            if code != 0:
                said = last_lines(migration.log_file)
                raise StackFailed(f"the migration of {name} failed (exit code {code}):\n{said}")

    def _start_service(
        self, service: Service, databases: dict[str, DatabaseUrls], bootstrap: str
    ) -> None:
        issuer = LocalIssuer(self._settings.issuer_folder)
        issuer.load_key()
        port = self._settings.service_ports[service.name]
        environment = {
            "HELMLOG_DATABASE_URL": databases[service.name].app,
            "HELMLOG_KAFKA_BOOTSTRAP": bootstrap,
            "HELMLOG_HOST": HOST,
            "HELMLOG_PORT": str(port),
            "HELMLOG_JWKS_PATH": str(issuer.jwks_path),
            "HELMLOG_ISSUER": ISSUER,
            "HELMLOG_AUDIENCE": AUDIENCE,
        }
        if service.name == "audit":
            environment["HELMLOG_AUDIT_LOGS"] = audit_logs(databases)
            # Where the `helmlog` command looks when the environment does not say.
            known = self._settings.data_dir / "helmlog.env"
            write_secret(known, f"HELMLOG_AUDIT_LOGS={audit_logs(databases)}\n")
        health_port = port + WORKER_PORT_OFFSET
        self._start_module(service.full_name, f"{service.module}.main", environment, port)
        self._start_module(
            f"{service.name}-worker",
            f"{service.module}.worker",
            {**environment, "HELMLOG_HEALTH_PORT": str(health_port)},
            health_port,
        )

    def _start_gateway(self) -> None:
        port = self._settings.gateway_port
        ports = self._settings.service_ports
        upstreams = (f"{s.name}=http://{HOST}:{ports[s.name]}" for s in SERVICES)
        environment = {
            "HELMLOG_HOST": HOST,
            "HELMLOG_PORT": str(port),
            "HELMLOG_UPSTREAMS": ",".join(upstreams),
        }
        self._start_module("gateway", "helmlog_local.gateway", environment, port, "healthz")

    def _start_module(
        self,
        name: str,
        module: str,
        environment: dict[str, str],
        port: int,
        probe: str = "readyz",
    ) -> None:
        process = ModuleProcess(module, environment, self._settings.logs / f"{name}.log")
        self._services.append(process)
        self.supervisor.start(Supervised(name, process, f"http://{HOST}:{port}/{probe}"))
