"""The small broker from the wheel `noida-db`: for trying out, not for keeping.

Killed, it loses what it acknowledged in the last second or two, and it keeps its messages in
memory; so topics here need a retention, and one consumer a service is enough for it.
"""

import importlib.metadata
from typing import ClassVar

from helmlog_local.broker import Broker
from helmlog_local.packages import find_package


class EmbeddedBroker(Broker):
    kind: ClassVar[str] = f"noida-db {importlib.metadata.version('noida-db')} (embedded)"
    is_apache: ClassVar[bool] = False
    start_seconds: ClassVar[float] = 20.0

    def prepare(self) -> None:
        # The binary itself: its Python launcher does not pass signals on.
        self._program = find_package("noida_db") / "noida-db"
        if not self._program.stat().st_mode & 0o100:
            self._program.chmod(0o755)

    def command(self) -> list[str]:
        return [
            str(self._program),
            "start",
            "--only",
            "kafka",
            "--kafka-port",
            str(self.port),
            "--data-dir",
            str(self.data_dir / "messages"),
        ]
