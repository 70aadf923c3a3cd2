"""Apache Kafka, one KRaft node, from the jars that Maven fetches."""

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from helmlog_local.broker import Broker, BrokerFailed
from helmlog_local.processes import find_free_port, last_lines

VERSION = "4.4.0"
_FETCH_SECONDS = 600
_LEAST_JAVA = 17
# One node of one cluster: the same identity over every start of a data folder.
_CLUSTER_ID = "aGVsbWxvZy1sb2NhbC0wMQ"
_POM = Path(__file__).parents[2] / "kafka" / "pom.xml"

_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server
logger.server.level = info
"""


class ApacheKafka(Broker):
    """`cache` keeps the jars, over all data folders."""

    kind: ClassVar[str] = f"Apache Kafka {VERSION} (Maven)"
    is_apache: ClassVar[bool] = True
    start_seconds: ClassVar[float] = 60.0

    def __init__(
        self,
        data_dir: Path,
        cache: Path,
        port: int | None = None,
        *,
        log_file: Path | None = None,
    ) -> None:
        super().__init__(data_dir, port, log_file=log_file)
        self._jars = self.jars_in(cache)
        self._properties = data_dir / "server.properties"
        self._logging = data_dir / "log4j2.properties"

    @staticmethod
    def jars_in(cache: Path) -> Path:
        return cache / f"kafka-{VERSION}"

    def prepare(self) -> None:
        fetch_jars(self._jars)
        self._properties.write_text(self._settings(), encoding="utf-8")
        self._logging.write_text(_LOGGING, encoding="utf-8")
        if not (self.data_dir / "messages" / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        return self._java("512m", "kafka.Kafka", str(self._properties))

    def _format(self) -> None:
        arguments = ["format", "-t", _CLUSTER_ID, "-c", str(self._properties)]
        with self.log_file.open("ab") as log:
            finished = subprocess.run(
                self._java("128m", "kafka.tools.StorageTool", *arguments),
                check=False,
                stdout=log,
                stderr=log,
            )
        if finished.returncode != 0:
            raise BrokerFailed(f"formatting Kafka's folder failed:\n{last_lines(self.log_file)}")

    def _java(self, heap: str, main_class: str, *arguments: str) -> list[str]:
        return [
            "java",
            f"-Xmx{heap}",
            f"-Xms{heap}",
            "-XX:+UseG1GC",
            f"-Dlog4j2.configurationFile={self._logging}",
            "-cp",
            f"{self._jars}/*",
            main_class,
            *arguments,
        ]

    def _settings(self) -> str:
        controller = find_free_port()
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"BROKER://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"BROKER://127.0.0.1:{self.port}",
            "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.data_dir / "messages"),
            # A topic that nobody declared is a mistake, not a wish.
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "3",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "3",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "3",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "controlled.shutdown.enable": "false",
            # Killed and started again, the node waits this long for its former self to expire.
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "400",
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def fetch_jars(folder: Path) -> None:
    """Have the jars in the folder; raises BrokerFailed, in one line, when they can't be had."""
    _require_java()
    if folder.exists():
        return
    if shutil.which("mvn") is None:
        raise BrokerFailed("Apache Kafka needs Maven to fetch it, and there is no 'mvn'")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once fetch only once
        if not folder.exists():
            _fetch(folder)


def _fetch(folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies"]
    try:
        finished = subprocess.run(
            [*command, f"-DoutputDirectory={partial}"],
            check=False,
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise BrokerFailed(
            f"Maven did not fetch Apache Kafka within {_FETCH_SECONDS} s",
        ) from None
    if finished.returncode != 0:
        errors = [line for line in finished.stdout.splitlines() if "ERROR" in line]
        reason = errors[0] if errors else finished.stderr.strip()[-300:]
        raise BrokerFailed(f"Maven could not fetch Apache Kafka: {reason[:300]}")
    partial.rename(folder)


def _require_java() -> None:
    if shutil.which("java") is None:
        raise BrokerFailed(f"Apache Kafka needs Java {_LEAST_JAVA} or later; there is no 'java'")
    printed = subprocess.run(["java", "-version"], check=False, capture_output=True, text=True)
    words = printed.stderr.split('"')
    version = words[1].split(".")[0] if len(words) > 1 else ""
    if not version.isdigit() or int(version) < _LEAST_JAVA:
        raise BrokerFailed(
            f"Apache Kafka needs Java {_LEAST_JAVA} or later; this is {version or 'unknown'}",
        )
