"""The commands behind the Makefile: python -m helmlog_local --help."""

import argparse
import os
import subprocess
import sys

import httpx

from helmlog_local.broker import BrokerFailed
from helmlog_local.databases import database_of
from helmlog_local.detached import run_detached, stop_stack
from helmlog_local.issuer import ROLES, LocalIssuer
from helmlog_local.postgres import PostgresFailed
from helmlog_local.processes import PortTaken
from helmlog_local.services import HOST, SERVICES, find_service
from helmlog_local.settings import WORKER_PORT_OFFSET, StackSettings, load_settings
from helmlog_local.stack import databases_of, postgres_of, run_stack
from helmlog_local.state import AlreadyRunning, StateFolder
from helmlog_local.supervisor import StackFailed


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return _run(arguments, load_settings())
    except KeyboardInterrupt:
        return 130
    except (
        AlreadyRunning,
        BrokerFailed,
        FileNotFoundError,
        LookupError,
        PortTaken,
        PostgresFailed,
        StackFailed,
        ValueError,
    ) as refusal:
        print(f"helmlog: {refusal}", file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace, settings: StackSettings) -> int:
    match arguments.command:
        case "run" if arguments.detach:
            return run_detached(settings)
        case "run":
            run_stack(settings)
        case "stop":
            return stop_stack(settings)
        case "demo":
            return _demo(settings)
        case "token":
            print(LocalIssuer(settings.issuer_folder).issue(arguments.role, arguments.tenant))
        case "db-url":
            print(_database_url(settings, arguments.service))
        case "operate":
            return _operate(settings, arguments.service, arguments.operation)
        case _:
            return _status(settings)
    return 0


def _demo(settings: StackSettings) -> int:
    if StateFolder(settings.data_dir).running() is None:
        code = run_detached(settings)
        if code != 0:
            return code
    return subprocess.run([sys.executable, "-m", "helmlog_local.demo"], check=False).returncode


def _database_url(settings: StackSettings, name: str) -> str:
    service = find_service(name)
    try:
        return postgres_of(settings).superuser_url(database_of(service.name))
    except FileNotFoundError:
        raise FileNotFoundError("there is no database yet; 'make run' makes it") from None


def _operate(settings: StackSettings, name: str, operation: list[str]) -> int:
    service = find_service(name)
    urls = databases_of(settings, postgres_of(settings))[service.name]
    environment = {"HELMLOG_DATABASE_URL": urls.app, "HELMLOG_MIGRATION_URL": urls.owner}
    return subprocess.run(
        [sys.executable, "-m", f"{service.module}.operate", *operation],
        env=os.environ | environment,
        check=False,
    ).returncode


def _status(settings: StackSettings) -> int:
    running = StateFolder(settings.data_dir).running()
    if running is None:
        print("not running")
        return 1
    print(f"{running.phase} (process {running.pid})")
    for service in SERVICES:
        port = settings.service_ports[service.name]
        print(f"  {service.full_name:<18} {_readiness(port)}")
        print(f"  {service.name + '-worker':<18} {_readiness(port + WORKER_PORT_OFFSET)}")
    return 0


def _readiness(port: int) -> str:
    try:
        answer = httpx.get(f"http://{HOST}:{port}/readyz", timeout=2.0, trust_env=False)
    except httpx.TransportError as error:
        return f"does not answer: {error}"
    return "ready" if answer.status_code == httpx.codes.OK else f"not ready: {answer.text[:300]}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="helmlog_local", description="Helmlog on one machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything and go on until Ctrl-C")
    run.add_argument("--detach", action="store_true", help="return when everything is ready")
    commands.add_parser("stop", help="end the stack that runs")
    commands.add_parser("demo", help="run, then play a company's quarter into it")
    commands.add_parser("status", help="what runs, and whether it is ready")
    token = commands.add_parser("token", help="print a development token")
    token.add_argument("--role", default="admin", help=f"one of {', '.join(ROLES)}")
    token.add_argument("--tenant", default="demo")
    database = commands.add_parser("db-url", help="print a database's superuser URL")
    database.add_argument("--service", default="okr-service")
    operate = commands.add_parser("operate", help="list or re-drive parked events, rebuild")
    operate.add_argument("--service", default="okr-service")
    operate.add_argument("operation", nargs=argparse.REMAINDER, help="as in 'parked list'")
    return parser


if __name__ == "__main__":
    sys.exit(main())
